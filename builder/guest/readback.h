// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading back what was written: the staged guest, freshly mounted read-only, is compared with the
 * plan.
 */
#include "guest/guest.h"
#include "plan/plan.h"

/**
 * Unmount the guest, mount it read-only, and compare every file of @l with what it should hold:
 * texts byte for byte, uploaded files by their SHA-256; removed files must be gone.
 * @return 0; -1 RI_E_VERIFY, naming the file; RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_readback(struct ri_guest *g, const struct ri_facts *f, const struct ri_actions *l,
    struct ri_err *e) RI_MUST_CHECK;
