// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

static bool set(int fd, bool direct)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && fcntl(fd, F_SETFL, direct ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
}

/** Whether the file's beginning is not in the page cache: then it need not get there. */
static bool is_cold(int fd)
{
	char c;
	struct iovec iov = { &c, 1 };

	return preadv2(fd, &iov, 1, 0, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

bool ri_direct_begin(int fd)
{
	return is_cold(fd) && set(fd, true);
}

bool ri_direct_end(int fd)
{
	return set(fd, false);
}
