// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/shed.h"
#include "format/shed.h"
#include "loader/mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* More than any tree of modules has; each level holds a descriptor. */
enum { DEPTH = 32 };

static void empty(int dir, dev_t dev, int depth);

/** Remove @name and what is below it. What cannot be removed stays. */
static void drop(int dir, const char *name, dev_t dev, int depth)
{
	RI_FD int fd = -1;

	if (unlinkat(dir, name, 0) == 0 || errno != EISDIR)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		empty(fd, dev, depth);
	if (fd >= 0)
		unlinkat(dir, name, AT_REMOVEDIR);
}

static void empty(int dir, dev_t dev, int depth)
{
	int copy = depth < DEPTH ? openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct stat st;

	if (!d && copy >= 0)
		close(copy);
	/* Never into what is mounted there. */
	while (d && fstat(dir, &st) == 0 && st.st_dev == dev && (entry = readdir(d)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			drop(dir, entry->d_name, dev, depth + 1);
	if (d)
		closedir(d);
}

/** Whether the kernel's own first file system is what is seen at @dir. */
static int is_initramfs(const char *dir, const char *mountinfo, bool *is, struct ri_err *e)
{
	RI_FREE char *type = NULL;
	RI_BUF text = { 0 };

	if (ri_read_text(mountinfo, &text, e) < 0 ||
	    ri_mounted_type(ri_buf_span(&text), dir, &type, e) < 0)
		return -1;
	*is = type && strcmp(type, "rootfs") == 0;
	return 0;
}

int ri_shed(const char *dir, const char *mountinfo, struct ri_err *e)
{
	RI_FD int root = -1;
	struct stat st;
	bool is;

	if (is_initramfs(dir, mountinfo, &is, e) < 0)
		return -1;
	if (!is)
		return 0;
	root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "opening %s", dir);
	for (size_t i = 0; ri_shed_dirs[i]; i++) {
		RI_FD int fd =
		    openat(root, ri_shed_dirs[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0)
			empty(fd, st.st_dev, 0);
	}
	return 0;
}
