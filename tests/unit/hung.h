// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A child that hangs: what a launch of QEMU that hangs looks like from outside.
 */
#include "unit/run.h"
#include "unit/tmpdir.h"

/** Its program has that name in the test's directory, and does nothing for long. */
static inline pid_t hung_start(const char *name)
{
	const char *argv[] = { tmp_path(name), "600", NULL };
	pid_t pid;

	if (access(argv[0], F_OK) < 0)
		assert_int_equal(symlink("/bin/sleep", argv[0]), 0);
	assert_int_equal(
	    posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	return pid;
}
