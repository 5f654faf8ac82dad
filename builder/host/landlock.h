// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Landlock (landlock(7)): no file is opened, made or removed any more, no TCP port bound or connected
 * to, and no process outside signalled or spoken to, as far as the kernel's version of it goes. What
 * is open stays so.
 */
#include "base/err.h"

#include <stdbool.h>

/**
 * Put the calling thread, which can gain no privileges any more (PR_SET_NO_NEW_PRIVS), and its
 * children under a ruleset without a rule.
 * @return 0, *@there false where the kernel has no Landlock; -1 RI_E_IO.
 */
int ri_landlock_nothing(bool *there, struct ri_err *e) RI_MUST_CHECK;
