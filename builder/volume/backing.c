// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/backing.h"
#include "host/hostfile.h"
#include "volume/chain.h"
#include "volume/lack.h"
#include "volume/near.h"
#include "volume/qcow2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Append the path of the image's backing file to @out. @return 1; 0 without one; -1. */
static int backing_of(const char *image, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF head = { 0 };
	struct ri_err why = { 0 };
	struct ri_qcow2 q;
	/* Never waits: the name may be a fifo's. */
	RI_FD int fd = open(image, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return ri_absent(image, e);
	if (ri_chain_head(fd, &head, &why) < 0)
		return ri_absent_by(&why, e);
	return ri_qcow2_parse(ri_buf_span(&head), &q, &why) == 0 &&
	       ri_qcow2_backing_path(image, q.backing, out);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

/* @return 1; 0; -1. */
static int builds_on(const char *image, const struct stat *what, struct ri_err *e)
{
	RI_BUF path = { 0 };
	struct stat st;
	int rc = backing_of(image, &path, e);

	if (rc <= 0)
		return rc;
	if (ri_buf_check(&path, e) < 0)
		return -1;
	return stat(path.p, &st) < 0 ? ri_absent(path.p, e) : ri_stat_same(&st, what);
}

/* An entry of a directory that is looked through. @return 0; -1. */
typedef int visit(const char *path, const struct stat *what, struct ri_buf *who, struct ri_err *e);

static int visit_image(const char *path, const struct stat *what, struct ri_buf *who,
    struct ri_err *e)
{
	int rc = ends_in(ri_file_base(path), ".qcow2") ? builds_on(path, what, e) : 0;

	if (rc > 0)
		ri_buf_add_str(who, path);
	return rc < 0 ? -1 : 0;
}

/* Until there is something in @who. */
static int each(const char *dir, visit *fn, const struct stat *what, struct ri_buf *who,
    struct ri_err *e)
{
	DIR *d = opendir(dir);
	int rc = 0;

	if (!d)
		return ri_absent(dir, e);
	for (struct dirent *en = readdir(d); en && rc == 0 && who->n == 0; en = readdir(d)) {
		RI_FREE char *path = ri_file_join(dir, en->d_name);

		rc = path ? fn(path, what, who, e) : ri_nomem(e);
	}
	closedir(d);
	return rc;
}

static int visit_vm(const char *path, const struct stat *what, struct ri_buf *who, struct ri_err *e)
{
	return ri_near_is_vmid(ri_str(ri_file_base(path))) ? each(path, visit_image, what, who, e)
							   : 0;
}

/* The directory that @path is in, for free(); NULL when out of memory. */
static char *above(const char *path)
{
	size_t n = (size_t)(ri_file_base(path) - path);

	return strndup(path, n > 1 ? n - 1 : n); /* without its last slash */
}

int ri_backing_find(const struct ri_volume *v, struct ri_buf *who, struct ri_err *e)
{
	RI_FREE char *dir = above(v->path), *up = dir ? above(dir) : NULL;
	struct stat what;

	if (!up)
		return ri_nomem(e);
	if (fstat(v->fd, &what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	if (!S_ISREG(what.st_mode))
		return 0;
	if (each(dir, visit_image, &what, who, e) < 0)
		return -1;
	if (who->n == 0 && ri_near_is_vmid(ri_str(ri_file_base(dir))) &&
	    each(up, visit_vm, &what, who, e) < 0)
		return -1;
	return ri_buf_check(who, e);
}
