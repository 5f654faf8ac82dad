// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Ownership by attribute: what a function acquires is released on every way out, and success
 * disarms the release by taking the value away (ri_steal).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Call @fn with the variable's address when it goes out of scope. */
#define RI_ON_EXIT(fn) __attribute__((cleanup(fn)))
/** The result says whether the call succeeded and must be checked. */
#define RI_MUST_CHECK __attribute__((warn_unused_result))
/** Argument @f is a printf format; its values start at argument @a. */
#define RI_PRINTF(f, a) __attribute__((format(printf, f, a)))

static inline void ri_cleanup_free(void *p)
{
	void *held;

	/* memcpy: reading any pointer type through void ** would break the aliasing rule. */
	memcpy(&held, p, sizeof held);
	free(held);
}

static inline void ri_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void ri_cleanup_file(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define RI_FREE RI_ON_EXIT(ri_cleanup_free)
#define RI_FD RI_ON_EXIT(ri_cleanup_fd)
#define RI_FILE RI_ON_EXIT(ri_cleanup_file)

/** Take the pointer out of @var, which is left NULL so that its cleanup does nothing. */
#define ri_steal(var)                                                                              \
	__extension__({                                                                            \
		__typeof__(var) ri_stolen_ = (var);                                                \
		(var) = NULL;                                                                      \
		ri_stolen_;                                                                        \
	})

/** Take the file descriptor out of @fd, which is left -1. */
static inline int ri_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
