// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/tree_disk.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB 1048576ULL
#define GIB (1024 * MIB)
/* What is compressed or shared in the volume is neither in the stream. */
#define TIMES 4
#define LEAST (16 * MIB)

static uint64_t room_of(const struct statvfs *st)
{
	uint64_t room;

	return __builtin_mul_overflow((uint64_t)st->f_bavail, (uint64_t)st->f_frsize, &room)
		   ? UINT64_MAX
		   : room;
}

static uint64_t likely_most(uint64_t volume_bytes)
{
	uint64_t most;

	return __builtin_mul_overflow(volume_bytes, TIMES, &most) || most > INT64_MAX / 2
		   ? INT64_MAX / 2
		   : most + GIB;
}

int ri_tree_disk_make(const struct ri_dir *d, const char *name, uint64_t volume_bytes,
    struct ri_tree_disk *out, struct ri_err *e)
{
	RI_FD int fd = ri_dir_create(d, name, 0600, e);
	struct statvfs st;
	uint64_t bytes, most;

	if (fd < 0)
		return -1;
	if (fstatvfs(fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", d->path);
	bytes = room_of(&st) / 2;
	most = likely_most(volume_bytes);
	if (bytes > most)
		bytes = most;
	if (bytes < LEAST)
		return ri_fail(e, RI_E_BUDGET, 0, "%s has too little room for it", d->path);
	bytes -= bytes % MIB;
	if (ftruncate(fd, (off_t)bytes) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s/%s", d->path, name);
	*out = (struct ri_tree_disk){ .fd = fd, .bytes = bytes };
	fd = -1;
	return 0;
}

bool ri_tree_disk_fits(const struct ri_tree_disk *t, uint64_t bytes)
{
	return bytes <= t->bytes - 2 * RI_TREE_MARGIN;
}

int ri_tree_disk_cut(const struct ri_tree_disk *t, uint64_t bytes, struct ri_err *e)
{
	if (!ri_tree_disk_fits(t, bytes))
		return ri_fail(e, RI_E_IO, EFBIG, "the tree disk");
	return ftruncate(t->fd, (off_t)(RI_TREE_MARGIN + bytes)) < 0 ||
		       lseek(t->fd, (off_t)RI_TREE_MARGIN, SEEK_SET) < 0
		   ? ri_fail(e, RI_E_IO, errno, "the tree disk")
		   : 0;
}

int ri_tree_disk_clear(const struct ri_tree_disk *t, struct ri_err *e)
{
	return ftruncate(t->fd, 0) < 0 || ftruncate(t->fd, (off_t)t->bytes) < 0
		   ? ri_fail(e, RI_E_IO, errno, "the tree disk")
		   : 0;
}

void ri_tree_disk_close(struct ri_tree_disk *t)
{
	ri_cleanup_fd(&t->fd);
	*t = (struct ri_tree_disk)RI_TREE_DISK_INIT;
}
