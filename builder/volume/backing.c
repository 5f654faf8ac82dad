// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume/backing.h"
#include "host/hostfile.h"
#include "volume/chain.h"
#include "volume/near.h"
#include "volume/qcow2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Append the path of the image's backing file to @out; false without one. */
static bool backing_of(const char *image, struct ri_buf *out)
{
	RI_BUF head = { 0 };
	struct ri_err ignored = { 0 };
	struct ri_qcow2 q;
	/* Never waits: the name may be a fifo's. */
	RI_FD int fd = open(image, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd >= 0 && ri_chain_head(fd, &head, &ignored) == 0 &&
	       ri_qcow2_parse(ri_buf_span(&head), &q, &ignored) == 0 &&
	       ri_qcow2_backing_path(image, q.backing, out);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

static bool builds_on(const char *image, const struct stat *what)
{
	RI_BUF path = { 0 };
	struct stat st;

	return backing_of(image, &path) && path.p && stat(path.p, &st) == 0 &&
	       ri_stat_same(&st, what);
}

static void look_in(const char *dir, const struct stat *what, struct ri_buf *who)
{
	DIR *d = opendir(dir);

	for (struct dirent *en = d ? readdir(d) : NULL; en && who->n == 0; en = readdir(d)) {
		RI_FREE char *path =
		    ends_in(en->d_name, ".qcow2") ? ri_file_join(dir, en->d_name) : NULL;

		if (path && builds_on(path, what))
			ri_buf_add_str(who, path);
	}
	if (d)
		closedir(d);
}

static void look_beside(const char *dir, const struct stat *what, struct ri_buf *who)
{
	RI_FREE char *up = strndup(dir, (size_t)(ri_file_base(dir) - dir));
	size_t n = up ? strlen(up) : 0;
	DIR *d;

	if (n > 1)
		up[n - 1] = '\0'; /* without its last slash */
	d = up ? opendir(up) : NULL;
	for (struct dirent *en = d ? readdir(d) : NULL; en && who->n == 0; en = readdir(d)) {
		RI_FREE char *path =
		    ri_near_is_vmid(ri_str(en->d_name)) ? ri_file_join(up, en->d_name) : NULL;

		if (path)
			look_in(path, what, who);
	}
	if (d)
		closedir(d);
}

int ri_backing_find(const struct ri_volume *v, struct ri_buf *who, struct ri_err *e)
{
	RI_FREE char *dir = strndup(v->path, (size_t)(ri_file_base(v->path) - v->path));
	struct stat what;

	if (!dir)
		return ri_nomem(e);
	if (fstat(v->fd, &what) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	if (!S_ISREG(what.st_mode))
		return 0;
	if (strlen(dir) > 1)
		dir[strlen(dir) - 1] = '\0';
	look_in(dir, &what, who);
	if (who->n == 0 && ri_near_is_vmid(ri_str(ri_file_base(dir))))
		look_beside(dir, &what, who);
	return ri_buf_check(who, e);
}
