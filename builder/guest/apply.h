// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Carrying out the plan's actions on the staged guest.
 */
#include "guest/guest.h"
#include "plan/plan.h"

/**
 * Run the actions @l in order, and sync the guest after each. A file is written under a temporary name next
 * to its own and renamed; symbolic links are resolved first, so that a link stays a link. Where the
 * plan says so, the new file keeps the attributes of the one that it replaces; the times are as @l says. After a failure some
 * of the actions may have been carried out: the stage is to be thrown away.
 * @return 0; -1 RI_E_IO, RI_E_GUEST (a directory where a file should go), RI_E_CANCELLED,
 *         RI_E_NOMEM.
 */
int ri_apply(struct ri_guest_rw *w, const struct ri_actions *l, struct ri_err *e) RI_MUST_CHECK;
