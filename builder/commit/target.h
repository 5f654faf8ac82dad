// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The disk inside a volume as a commit reads and writes it. Only the commit writes to a volume, and
 * only through this.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_target {
	/** All @n bytes at @at. @return 0; -1 RI_E_IO. */
	int (*read)(struct ri_target *t, uint64_t at, void *buf, size_t n, struct ri_err *e);
	/** The same; what is written may be lost until flush. */
	int (*write)(struct ri_target *t, uint64_t at, const void *buf, size_t n, struct ri_err *e);
	/**
	 * Have room for the @n bytes at @at that will be written, in rising order, so that this cannot
	 * fail for want of it. @fresh: there are zeros now, maybe a hole. The content stays.
	 * @return 0; -1 RI_E_BUDGET where there is none, RI_E_IO.
	 */
	int (*reserve)(struct ri_target *t, uint64_t at, uint64_t n, bool fresh, struct ri_err *e);
	/** Have all that was written on the disk. @return 0; -1 RI_E_IO. */
	int (*flush)(struct ri_target *t, struct ri_err *e);
	void (*free)(struct ri_target *t);
};

/** Release *@t, for RI_ON_EXIT; NULL is fine. */
static inline void ri_target_freep(struct ri_target **t)
{
	if (*t)
		(*t)->free(*t);
	*t = NULL;
}

/** Whether all @n bytes are zero. */
static inline bool ri_target_is_zero(const void *buf, size_t n)
{
	const char *p = buf;

	return n == 0 || (p[0] == '\0' && memcmp(p, p + 1, n - 1) == 0);
}
