// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Errors that are passed over, as one VM or one volume that cannot be read is no reason to give up on all.
 */
#include "base/err.h"

/**
 * Pass over @why, unless it is a lack of memory or a signal: neither says anything about what was looked at, and
 * what looks absent for that may be another VM's disk.
 * @return 0; -1 with @why in *@e.
 */
static inline int ri_pass_over(const struct ri_err *why, struct ri_err *e)
{
	if (why->code != RI_E_NOMEM && why->code != RI_E_CANCELLED)
		return 0;
	*e = *why;
	return -1;
}
