// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a function of ours writes to standard output, which the tests' own report goes to as well.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

/** Let what is written from here on go into a file of tmpdir. @return what standard output was. */
static inline int capture_begin(void)
{
	int was, fd = open(tmp_path("stdout"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fflush(stdout);
	was = dup(STDOUT_FILENO);
	assert_true(fd >= 0 && was >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO);
	close(fd);
	return was;
}

/** Put standard output back to @was and append to @out what was written meanwhile. */
static inline void capture_end(int was, struct ri_buf *out)
{
	fflush(stdout);
	assert_int_equal(dup2(was, STDOUT_FILENO), STDOUT_FILENO);
	close(was);
	slurp(tmp_path("stdout"), out);
}
