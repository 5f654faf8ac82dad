// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What cannot be looked at is often taken for absent: an attribute of sysfs, another process. Not so where it is this
 * process that lacks something, since then it would take whatever is there for absent.
 */
#include "base/err.h"

#include <errno.h>

/** Whether the errno @sys says that there is not enough memory, or not enough descriptors. */
static inline bool ri_lacks(int sys)
{
	return sys == ENOMEM || sys == EMFILE || sys == ENFILE;
}

/**
 * @path cannot be looked at, errno says why. @return 0: it is absent, or not for us to see; -1 RI_E_IO: this process
 * lacks something.
 */
static inline int ri_absent(const char *path, struct ri_err *e)
{
	return ri_lacks(errno) ? ri_fail(e, RI_E_IO, errno, "looking at %s", path) : 0;
}

/** The same of what @why says, which then is @e. */
static inline int ri_absent_by(const struct ri_err *why, struct ri_err *e)
{
	if (why->code != RI_E_NOMEM && !ri_lacks(why->sys))
		return 0;
	*e = *why;
	return -1;
}
