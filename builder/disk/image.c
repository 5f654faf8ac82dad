// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/image.h"

#include <errno.h>

struct fd_image {
	struct ri_image base;
	int fd;
};

static bool within(const struct ri_image *i, uint64_t at, size_t n)
{
	return at <= i->size && n <= i->size - at;
}

static int beyond(uint64_t at, size_t n, struct ri_err *e)
{
	return ri_fail(e, RI_E_IO, 0, "%zu bytes at %llu lie beyond the end of the disk", n,
	    (unsigned long long)at);
}

static int fd_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	const struct fd_image *f = (const struct fd_image *)i;
	char *to = buf;

	if (!within(i, at, n))
		return beyond(at, n, e);
	while (n > 0) {
		ssize_t got = pread(f->fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ri_fail(e, RI_E_IO, got < 0 ? errno : EIO,
			    "reading the disk at %llu", (unsigned long long)at);
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static void fd_free(struct ri_image *i)
{
	free(i);
}

int ri_image_fd(int fd, uint64_t size, struct ri_image **out, struct ri_err *e)
{
	struct fd_image *f = calloc(1, sizeof *f);

	if (!f)
		return ri_nomem(e);
	f->base = (struct ri_image){ fd_read, fd_free, size };
	f->fd = fd;
	*out = &f->base;
	return 0;
}

struct pieces {
	struct ri_image base;
	struct ri_image *below;
	size_t n;
	struct ri_extent v[];
};

static int pieces_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	const struct pieces *p = (const struct pieces *)i;
	char *to = buf;

	if (!within(i, at, n))
		return beyond(at, n, e);
	for (size_t k = 0; n > 0 && k < p->n; k++) {
		size_t len = n;

		if (at >= p->v[k].bytes) {
			at -= p->v[k].bytes;
			continue;
		}
		if (len > p->v[k].bytes - at)
			len = (size_t)(p->v[k].bytes - at);
		if (p->below->read(p->below, p->v[k].at + at, to, len, e) < 0)
			return -1;
		to += len;
		n -= len;
		at = 0;
	}
	return 0;
}

int ri_image_pieces(struct ri_image *below, const struct ri_extent *v, size_t n,
    struct ri_image **out, struct ri_err *e)
{
	uint64_t size = 0;
	struct pieces *p;

	for (size_t k = 0; k < n; k++)
		if (v[k].at > below->size || v[k].bytes > below->size - v[k].at ||
		    __builtin_add_overflow(size, v[k].bytes, &size))
			return ri_fail(e, RI_E_GUEST, 0,
			    "it reaches beyond the end of the disk: %llu bytes at %llu",
			    (unsigned long long)v[k].bytes, (unsigned long long)v[k].at);
	p = calloc(1, sizeof *p + n * sizeof *v);
	if (!p)
		return ri_nomem(e);
	p->base = (struct ri_image){ pieces_read, fd_free, size };
	p->below = below;
	p->n = n;
	memcpy(p->v, v, n * sizeof *v);
	*out = &p->base;
	return 0;
}
