// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/blockuse.h"
#include "loader/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <sys/ioctl.h>

/** The device node's path: sysfs writes '!' where the node has a directory (cciss!c0d0). */
static void node_path(const struct ri_release_paths *p, const char *name, char *out, size_t size)
{
	char *c;

	snprintf(out, size, "%s/%s", p->dev, name);
	for (c = out + strlen(p->dev); (c = strchr(c, '!')) != NULL;)
		*c = '/';
}

/** @disk and its partitions. */
static int family(const struct ri_release_paths *p, const char *disk, struct ri_strv *names,
    struct ri_err *e)
{
	RI_STRV inside = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/class/block/%s", p->sys, disk);
	if (ri_strv_add(names, disk, e) < 0 || ri_dir_names(path, &inside, e) < 0)
		return -1;
	for (size_t i = 0; i < inside.n; i++) {
		snprintf(path, sizeof path, "%s/class/block/%s/%s/partition", p->sys, disk,
		    inside.v[i]);
		if (access(path, F_OK) == 0 && ri_strv_add(names, inside.v[i], e) < 0)
			return -1;
	}
	return 0;
}

/** Put the text into *@why. */
static int says(char **why, struct ri_err *e, const char *fmt, ...) RI_PRINTF(3, 4);
static int says(char **why, struct ri_err *e, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(why, fmt, ap);
	va_end(ap);
	if (n >= 0)
		return 0;
	*why = NULL;
	return ri_nomem(e);
}

/** Mounted, by device number or, for file systems with numbers of their own (btrfs), by name. */
static int mounted(const struct ri_release_paths *p, const char *name, char **why, struct ri_err *e)
{
	RI_BUF text = { 0 }, dev = { 0 };
	struct ri_span rest, number;
	struct ri_err none;
	struct ri_mount m;
	char path[PATH_MAX];
	int rc;

	snprintf(path, sizeof path, "%s/class/block/%s/dev", p->sys, name);
	if (ri_read_text(path, &dev, &none) < 0 && none.code == RI_E_NOMEM)
		return ri_nomem(e);
	number = ri_span_trim(ri_buf_span(&dev));
	node_path(p, name, path, sizeof path);
	if (ri_read_text(p->mountinfo, &text, e) < 0)
		return -1;
	rest = ri_buf_span(&text);
	while (!*why && (rc = ri_mountinfo_next(&rest, &m, e)) != 0) {
		if (rc < 0)
			return -1;
		if (ri_span_eq(ri_str(m.dev), number) || strcmp(m.source, path) == 0)
			rc = says(why, e, "is mounted on %s", m.point);
		ri_mount_free(&m);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int held(const struct ri_release_paths *p, const char *name, char **why, struct ri_err *e)
{
	RI_STRV holders = { 0 };
	char path[PATH_MAX];
	RI_FD int fd = -1;

	snprintf(path, sizeof path, "%s/class/block/%s/holders", p->sys, name);
	if (ri_dir_names(path, &holders, e) < 0)
		return -1;
	if (holders.n > 0)
		return says(why, e, "is used by %s", holders.v[0]);
	/* Whoever uses a block device for itself (a mount anywhere, swap, md) has it exclusively,
	 * and O_EXCL without O_CREAT asks the kernel for the same (open(2)). */
	node_path(p, name, path, sizeof path);
	fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return says(why, e, errno == EBUSY ? "is in use" : "cannot be opened: %s",
		    strerror(errno));
	return 0;
}

int ri_block_in_use(const struct ri_release_paths *p, const char *disk, char **why,
    struct ri_err *e)
{
	RI_STRV names = { 0 };
	RI_FREE char *found = NULL;

	if (family(p, disk, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n && !found; i++) {
		if (mounted(p, names.v[i], &found, e) < 0)
			return -1;
		if (!found && held(p, names.v[i], &found, e) < 0)
			return -1;
	}
	*why = ri_steal(found);
	return 0;
}

int ri_block_flush(const struct ri_release_paths *p, const char *disk, struct ri_err *e)
{
	char path[PATH_MAX];
	RI_FD int fd = -1;

	node_path(p, disk, path, sizeof path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fsync(fd) < 0)
		return ri_fail(e, RI_E_IO, errno, "flushing");
	/* The cache goes with the device anyway; this only makes it go while errors can be seen. */
	ioctl(fd, BLKFLSBUF, 0);
	return 0;
}
