// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A process in which a system call is not what it was, for itself and all that it starts.
 */
#include "unit/check.h"

#include <seccomp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/** @call, if its first argument is @fd (-1: whatever it is), has the outcome @action. */
struct filtered {
	int call, fd;
	uint32_t action;
};

static inline void filter_calls(const struct filtered *f)
{
	const struct scmp_arg_cmp is = { 0, SCMP_CMP_EQ, (scmp_datum_t)f->fd, 0 };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	assert_non_null(ctx);
	assert_int_equal(seccomp_rule_add_array(ctx, f->action, f->call, f->fd < 0 ? 0 : 1, &is),
	    0);
	assert_int_equal(seccomp_load(ctx), 0);
	seccomp_release(ctx);
}

/** Does @fn in a process of its own, with @f if there is one; if an assertion fails there, the test fails. */
static inline void apart(const struct filtered *f, void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (f)
			filter_calls(f);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
