// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading back what was written: the staged guest, mounted afresh and read-only, against the plan.
 */
#include "guest/guest.h"
#include "plan/plan.h"

/**
 * Unmount, mount read-only, and compare every file of @l with what it should hold.
 * @return 0; -1 RI_E_VERIFY that names the file, RI_E_IO.
 */
int ri_readback(struct ri_guest *g, const struct ri_facts *f, const struct ri_actions *l,
    struct ri_err *e) RI_MUST_CHECK;
