// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What ramimg itself keeps of root's rights (capabilities(7)). They are a thread's: what is given up here stays
 * with the threads that exist, and is not had by those that start later, or by any program.
 */
#include "base/err.h"

#include <stdbool.h>

/**
 * Keep what a build takes once its volume is open and locked: to open, own and remove files whatever their
 * owner, to see who has a volume open, and to start, confine and end programs. With @devices also what
 * LVM, device-mapper and block devices take. No privilege can be gained again. For anybody but root: nothing.
 * @return 0; -1 RI_E_IO.
 */
int ri_privileges_shed(bool devices, struct ri_err *e) RI_MUST_CHECK;

/** For a thread that needs none: give up all; that it cannot is not an error. */
void ri_privileges_none(void);
