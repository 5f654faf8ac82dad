// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A lack of memory at every allocation in turn. The program of a folder that has a test_oom.c is linked so that
 * what our own code calls comes here first (CMakeLists.txt); what libraries allocate for themselves does not fail.
 */
#include "unit/check.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

/* _Thread_local where a fake has threads of its own, which are not meant. */
#ifndef OOM_STORAGE
#define OOM_STORAGE
#endif

static OOM_STORAGE atomic_size_t oom_left; /* allocations up to the one that fails; 0: none does */
static OOM_STORAGE bool oom_failed;

static bool oom_now(void)
{
	if (oom_left == 0 || --oom_left > 0)
		return false;
	oom_failed = true;
	errno = ENOMEM;
	return true;
}

#define OOM_WRAP(type, name, args, values)                                                         \
	type __real_##name args;                                                                   \
	type __wrap_##name args;                                                                   \
	type __wrap_##name args                                                                    \
	{                                                                                          \
		return oom_now() ? NULL : __real_##name values;                                    \
	}
OOM_WRAP(void *, malloc, (size_t n), (n))
OOM_WRAP(void *, calloc, (size_t k, size_t n), (k, n))
OOM_WRAP(void *, realloc, (void *p, size_t n), (p, n))
OOM_WRAP(void *, reallocarray, (void *p, size_t k, size_t n), (p, k, n))
OOM_WRAP(char *, strdup, (const char *s), (s))
OOM_WRAP(char *, strndup, (const char *s, size_t n), (s, n))

/**
 * Call @op, which releases what it gets, with the nth allocation failing, for every n that it comes to. Each
 * time it fails with RI_E_NOMEM; without a failing one it does not fail. @return how many there were.
 */
static inline size_t oom_each(const char *name, int (*op)(const void *arg, struct ri_err *e),
    const void *arg)
{
	for (size_t n = 1;; n++) {
		struct ri_err e = { 0 };
		int now;

		oom_left = n;
		oom_failed = false;
		now = op(arg, &e);
		oom_left = 0;
		if (!oom_failed) {
			check_ok(name, now, &e);
			return n - 1;
		}
		if (now != -1 || e.code != RI_E_NOMEM)
			fail_msg("%s: without memory at %zu it returned %d, code %d, said [%s]",
			    name, n, now, (int)e.code, e.msg);
	}
}

/**
 * As oom_each, of an @op that may do without some of the memory, and itself looks whether what it got is whole.
 * @return how many allocations there were.
 */
static inline size_t oom_each_or_whole(const char *name,
    int (*op)(const void *arg, struct ri_err *e), const void *arg)
{
	size_t n = 0;

	do {
		struct ri_err e = { 0 };
		int rc;

		oom_left = ++n;
		oom_failed = false;
		rc = op(arg, &e);
		oom_left = 0;
		if (rc == 0)
			check_ok(name, rc, &e);
		else if (rc != -1 || !oom_failed || e.code != RI_E_NOMEM)
			fail_msg("%s: at %zu it returned %d, said [%s]", name, n, rc, e.msg);
	} while (oom_failed);
	return n - 1;
}
