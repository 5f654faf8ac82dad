// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/hostfile.h"

#include <dirent.h>
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

static char *dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

int ri_pending_open(const char *path, unsigned mode, struct ri_pending *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;
	struct ri_buf tmp = { 0 };

	ri_buf_addf(&tmp, "%s.ramimg-XXXXXX", path);
	p.tmp = ri_buf_steal(&tmp);
	p.final = strdup(path);
	if (!p.tmp || !p.final)
		return ri_nomem(e);
	p.fd = mkostemp(p.tmp, O_CLOEXEC);
	if (p.fd < 0) {
		int sys = errno;

		free(ri_steal(p.tmp)); /* nothing of that name to remove */
		return ri_fail(e, RI_E_IO, sys, "cannot create a file beside %s", path);
	}
	if (fchmod(p.fd, mode) < 0)
		return ri_fail(e, RI_E_IO, errno, "chmod %s", p.tmp);
	*out = p;
	p = (struct ri_pending)RI_PENDING_INIT;
	return 0;
}

int ri_pending_keep(struct ri_pending *p, struct ri_err *e)
{
	RI_FREE char *dir = dir_of(p->final);

	if (!dir)
		return ri_nomem(e);
	if (fsync(p->fd) < 0)
		return ri_fail(e, RI_E_IO, errno, "fsync %s", p->tmp);
	if (close(ri_steal_fd(&p->fd)) < 0)
		return ri_fail(e, RI_E_IO, errno, "close %s", p->tmp);
	if (rename(p->tmp, p->final) < 0)
		return ri_fail(e, RI_E_IO, errno, "rename %s to %s", p->tmp, p->final);
	free(ri_steal(p->tmp));
	return ri_file_sync(dir, e);
}

void ri_pending_drop(struct ri_pending *p)
{
	ri_cleanup_fd(&p->fd);
	if (p->tmp)
		unlink(p->tmp);
	free(p->tmp);
	free(p->final);
	*p = (struct ri_pending)RI_PENDING_INIT;
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

int ri_file_put(const char *path, struct ri_span s, unsigned mode, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;

	if (ri_pending_open(path, mode, &p, e) < 0 || ri_file_write(p.fd, s, path, e) < 0)
		return -1;
	return ri_pending_keep(&p, e);
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

int ri_file_mkdirs(const char *path, unsigned mode, struct ri_err *e)
{
	RI_FREE char *copy = strdup(path);
	struct stat st;

	if (!copy)
		return ri_nomem(e);
	for (char *p = copy + 1; p[-1] != '\0'; p++) {
		char cut = *p;

		if (cut != '/' && cut != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return ri_fail(e, RI_E_IO, errno, "cannot make the directory %s", copy);
		*p = cut;
	}
	if (stat(path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	return S_ISDIR(st.st_mode) ? 0 : ri_fail(e, RI_E_IO, ENOTDIR, "%s", path);
}

int ri_file_sync(const char *path, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "cannot open %s", path);
	return fsync(fd) < 0 ? ri_fail(e, RI_E_IO, errno, "fsync %s", path) : 0;
}

int ri_file_rmdir_flat(const char *path, struct ri_err *e)
{
	DIR *d = opendir(path);

	if (!d)
		return errno == ENOENT ? 0 : ri_fail(e, RI_E_IO, errno, "cannot open %s", path);
	for (struct dirent *en = readdir(d); en; en = readdir(d))
		if (strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0)
			unlinkat(dirfd(d), en->d_name, 0);
	closedir(d);
	return rmdir(path) < 0 ? ri_fail(e, RI_E_IO, errno, "cannot remove %s", path) : 0;
}
