// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Doing what the plan says, on the staged guest.
 */
#include "guest/guest.h"
#include "plan/plan.h"

/**
 * Run @l in order, then flush. A file is written under a temporary name beside its own (symlinks
 * resolved, so that a link stays one) and renamed; where the plan says so it keeps the attributes of
 * the file that it replaces.
 * @return 0; -1 RI_E_IO, RI_E_GUEST (a directory where a file should go), RI_E_CANCELLED.
 */
int ri_apply(struct ri_guest_rw *w, const struct ri_actions *l, struct ri_err *e) RI_MUST_CHECK;
