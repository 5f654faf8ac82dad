// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Faults of writing a file, for a whole program of tests: one of its sources includes this, which defines
 * fsync(2) and rename(2) anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

/** The step that fails next, with ENOSPC; then none. */
static enum write_fault { WRITE_FINE, WRITE_FSYNC, WRITE_RENAME } write_fails;

/** What somebody else does before the file is flushed; then nothing. */
static void (*write_meanwhile)(void);

static inline bool write_fault(enum write_fault at)
{
	if (write_fails != at)
		return false;
	write_fails = WRITE_FINE;
	errno = ENOSPC;
	return true;
}

int fsync(int fd)
{
	void (*then)(void) = write_meanwhile;

	write_meanwhile = NULL;
	if (then)
		then();
	return write_fault(WRITE_FSYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	return write_fault(WRITE_RENAME)
		   ? -1
		   : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
