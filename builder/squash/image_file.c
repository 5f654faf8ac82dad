// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "squash/image_file.h"
#include "base/show.h"

#include <errno.h>
#include <sqfs/error.h>

static int failed(struct ri_image_file *f)
{
	f->failed = true;
	return SQFS_ERROR_IO;
}

static int read_at(sqfs_file_t *base, sqfs_u64 offset, void *buffer, size_t size)
{
	struct ri_image_file *f = (struct ri_image_file *)base;
	char *to = buffer;

	if (f->drops) {
		memset(buffer, 0, size);
		return 0;
	}
	while (size > 0) {
		ssize_t n = pread(f->fd, to, size, (off_t)(f->begin + offset));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			ri_fail(&f->err, RI_E_IO, n < 0 ? errno : EIO, "reading the archive back");
			return failed(f);
		}
		to += n;
		offset += (sqfs_u64)n;
		size -= (size_t)n;
	}
	return 0;
}

static int write_all(struct ri_image_file *f, uint64_t at, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = pwrite(f->fd, p, n, (off_t)at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0) {
			ri_fail(&f->err, RI_E_IO, errno, "writing the archive");
			return failed(f);
		}
		p += w;
		at += (uint64_t)w;
		n -= (size_t)w;
	}
	return 0;
}

static int write_at(sqfs_file_t *base, sqfs_u64 offset, const void *buffer, size_t size)
{
	struct ri_image_file *f = (struct ri_image_file *)base;
	uint64_t end = offset + size;
	char room[RI_SHOW_FIGURE];

	if (!f->drops) {
		if (f->failed)
			return SQFS_ERROR_IO;
		if (end > f->room) {
			ri_fail(&f->err, RI_E_BUDGET, 0,
			    "it grows beyond the %s that %s; make room there or leave more out "
			    "(archive.exclude)",
			    ri_show_bytes(f->room, room), f->room_is);
			return failed(f);
		}
		if (write_all(f, f->begin + offset, buffer, size) < 0)
			return SQFS_ERROR_IO;
	}
	if (end > f->size)
		f->size = end;
	return 0;
}

static sqfs_u64 get_size(const sqfs_file_t *base)
{
	return ((const struct ri_image_file *)base)->size;
}

/* Of a block that was there already. It only becomes shorter, and what comes next is written over it. */
static int truncate_to(sqfs_file_t *base, sqfs_u64 size)
{
	((struct ri_image_file *)base)->size = size;
	return 0;
}

/* It is part of what its owner releases. */
static void destroy(sqfs_object_t *object)
{
	(void)object;
}

int ri_image_file_init(struct ri_image_file *f, int fd, uint64_t room, const char *room_is,
    struct ri_err *e)
{
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (at < 0)
		return ri_fail(e, RI_E_IO, errno, "the archive's position");
	*f = (struct ri_image_file){
		.base = { .base = { .destroy = destroy },
		    .read_at = read_at,
		    .write_at = write_at,
		    .get_size = get_size,
		    .truncate = truncate_to },
		.fd = fd,
		.begin = (uint64_t)at,
		.room = room_is ? room : INT64_MAX,
		.room_is = room_is,
	};
	return 0;
}

int ri_image_file_fail(const struct ri_image_file *f, int rc, const char *doing, struct ri_err *e)
{
	if (f->failed) {
		*e = f->err;
		return -1;
	}
	if (rc == SQFS_ERROR_ALLOC)
		return ri_nomem(e);
	return ri_fail(e, RI_E_IO, 0, "libsquashfs: %s: error %d", doing, rc);
}
