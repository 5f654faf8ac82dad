// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An image as an io_channel of libext2fs. Metadata is small and close together (sixteen inodes in a
 * block, the tables of neighbouring groups side by side), so it is read in windows that are kept: a
 * read of the image may be a round trip to another process.
 */
#include "fs/ext_internal.h"

enum { WINDOW = 32 << 10, WINDOWS = 128 };

struct ri_extwindow {
	uint64_t at; /* of the image, in windows */
	size_t n;    /* 0: nothing here yet */
	char *p;
};

static int fill(struct ri_extdisk *d, struct ri_extwindow *w, uint64_t at)
{
	uint64_t from = at * WINDOW, left = d->image->size - from;
	size_t n = left < WINDOW ? (size_t)left : WINDOW;

	w->n = 0;
	if (!w->p && !(w->p = malloc(WINDOW)))
		return ri_nomem(&d->err);
	if (d->image->read(d->image, from, w->p, n, &d->err) < 0)
		return -1;
	w->at = at;
	w->n = n;
	return 0;
}

static int cached(struct ri_extdisk *d, uint64_t at, char *to, size_t n)
{
	while (n > 0) {
		struct ri_extwindow *w = &d->windows[at / WINDOW % WINDOWS];
		size_t off = (size_t)(at % WINDOW), len = n < WINDOW - off ? n : WINDOW - off;

		if ((w->n == 0 || w->at != at / WINDOW) && fill(d, w, at / WINDOW) < 0)
			return -1;
		memcpy(to, w->p + off, len);
		to += len;
		at += len;
		n -= len;
	}
	return 0;
}

static errcode_t io_read64(io_channel c, unsigned long long block, int count, void *data)
{
	struct ri_extdisk *d = c->private_data;
	uint64_t at,
	    n = count < 0 ? (uint64_t) - (int64_t)count : (uint64_t)count * (uint64_t)c->block_size;

	/* Reading beyond the end is caused by damage and is not a failure of the image. */
	if (__builtin_mul_overflow(block, (uint64_t)c->block_size, &at) || at > d->image->size ||
	    n > d->image->size - at)
		return EXT2_ET_SHORT_READ;
	if (n > WINDOW)
		return d->image->read(d->image, at, data, (size_t)n, &d->err) < 0 ? EIO : 0;
	return cached(d, at, data, (size_t)n) < 0 ? EIO : 0;
}

static errcode_t io_read(io_channel c, unsigned long block, int count, void *data)
{
	return io_read64(c, block, count, data);
}

static errcode_t io_write64(io_channel c, unsigned long long block, int count, const void *data)
{
	(void)c, (void)block, (void)count, (void)data;
	return EROFS;
}

static errcode_t io_write(io_channel c, unsigned long block, int count, const void *data)
{
	return io_write64(c, block, count, data);
}

static errcode_t io_set_blksize(io_channel c, int blksize)
{
	c->block_size = blksize;
	return 0;
}

static errcode_t io_flush(io_channel c)
{
	(void)c;
	return 0;
}

static errcode_t io_close(io_channel c)
{
	if (--c->refcount == 0)
		free(c);
	return 0;
}

/* libext2fs hands a manager nothing but a name. */
static _Thread_local struct ri_extdisk *opening;

static errcode_t io_open(const char *name, int flags, io_channel *out);

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "ri_image",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read,
	.write_blk = io_write,
	.flush = io_flush,
	.read_blk64 = io_read64,
	.write_blk64 = io_write64,
};

static errcode_t io_open(const char *name, int flags, io_channel *out)
{
	static char nameless[] = "image";
	io_channel c = calloc(1, sizeof *c);

	(void)name, (void)flags;
	if (!c)
		return EXT2_ET_NO_MEMORY;
	c->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	c->manager = &manager;
	c->name = nameless;
	c->block_size = 1024;
	c->refcount = 1;
	c->private_data = opening;
	*out = c;
	return 0;
}

errcode_t ri_extdisk_open(struct ri_extdisk *d, ext2_filsys *fs)
{
	d->windows = calloc(WINDOWS, sizeof *d->windows);
	if (!d->windows)
		return EXT2_ET_NO_MEMORY;
	opening = d;
	return ext2fs_open2("image", NULL, EXT2_FLAG_64BITS, 0, 0, &manager, fs);
}

void ri_extdisk_free(struct ri_extdisk *d)
{
	for (size_t i = 0; d->windows && i < WINDOWS; i++)
		free(d->windows[i].p);
	free(d->windows);
	*d = (struct ri_extdisk){ 0 };
}
