// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

char *ri_file_join(const char *dir, const char *name)
{
	struct ri_buf b = { 0 };

	ri_buf_addf(&b, "%s/%s", dir, name);
	return ri_buf_steal(&b);
}

const char *ri_file_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool ri_stat_same(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) || S_ISBLK(b->st_mode))
		return S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode) && a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool ri_file_same(const char *a, const char *b)
{
	struct stat x, y;

	return strcmp(a, b) == 0 || (stat(a, &x) == 0 && stat(b, &y) == 0 && ri_stat_same(&x, &y));
}

int ri_file_write(int fd, struct ri_span s, const char *what, struct ri_err *e)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "writing %s", what);
		s.p += n;
		s.n -= (size_t)n;
	}
	return 0;
}

ssize_t ri_file_read_at(int fd, void *buf, size_t n, uint64_t at)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(fd, (char *)buf + have, n - have, (off_t)(at + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int ri_file_write_at(int fd, const void *buf, size_t n, uint64_t at)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = pwrite(fd, (const char *)buf + done, n - done, (off_t)(at + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put == 0)
			errno = EIO;
		if (put <= 0)
			return -1;
		done += (size_t)put;
	}
	return 0;
}

int ri_file_read(const char *path, size_t max, struct ri_buf *out, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	char chunk[16384];

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", path);
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof chunk);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ri_fail(e, RI_E_IO, errno, "reading %s", path);
		if (n == 0)
			return ri_buf_check(out, e);
		have += (size_t)n;
		if (have > max)
			return ri_fail(e, RI_E_IO, EFBIG, "%s is larger than %zu bytes", path, max);
		ri_buf_add(out, chunk, (size_t)n);
	}
}

int ri_file_sync(const char *path, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", path);
	return fsync(fd) < 0 ? ri_fail(e, RI_E_IO, errno, "fsync %s", path) : 0;
}
