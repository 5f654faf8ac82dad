// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/write.h"

#include <errno.h>

int ri_write_failed(struct ri_err *e, const char *what)
{
	int sys = errno;

	return sys == ENOSPC ? ri_fail(e, RI_E_BUDGET, sys, "the RAM root is full")
			     : ri_fail(e, RI_E_IO, sys, "%s", what);
}

int ri_write_at(int fd, struct ri_span data, int64_t at, struct ri_err *e)
{
	ssize_t n;

	while (data.n > 0) {
		n = pwrite(fd, data.p, data.n, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ri_write_failed(e, "writing");
		data.p += n;
		data.n -= (size_t)n;
		at += n;
	}
	return 0;
}

int ri_write_end(int fd, int64_t end, int64_t size, struct ri_err *e)
{
	return end == size || ftruncate(fd, size) == 0 ? 0 : ri_write_failed(e, "setting the size");
}
