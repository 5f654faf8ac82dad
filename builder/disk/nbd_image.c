// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/nbd_image.h"

#include <errno.h>

#include <libnbd.h>

#define REQUEST_MAX (32u << 20) /* what every server takes (the NBD protocol's own advice) */
/*
 * A request costs thirty microseconds, as many as reading a piece of this size: metadata, read by the
 * block and near each other, come by the piece. Each piece has one slot of the cache.
 */
#define PIECE (64u << 10)
#define SLOTS 64u

struct nbd_image {
	struct ri_image base;
	struct nbd_handle *nbd;
	char *cache;          /* SLOTS pieces */
	uint64_t held[SLOTS]; /* number of the piece in each slot, from 1; 0: none */
};

static int failed(struct ri_err *e)
{
	const char *why = nbd_get_error();

	return ri_fail(e, RI_E_IO, 0, "reading the disk over NBD: %s",
	    why ? why : "no reason given");
}

static int ask(struct nbd_image *n, uint64_t at, void *buf, size_t len, struct ri_err *e)
{
	char *to = buf;

	while (len > 0) {
		size_t now = len < REQUEST_MAX ? len : REQUEST_MAX;

		if (nbd_pread(n->nbd, to, now, at, 0) < 0)
			return failed(e);
		to += now;
		at += now;
		len -= now;
	}
	return 0;
}

/* The piece of that number in the cache. */
static int piece(struct nbd_image *n, uint64_t number, const char **out, struct ri_err *e)
{
	size_t slot = (size_t)(number % SLOTS);
	uint64_t at = number * PIECE;
	size_t len = n->base.size - at < PIECE ? (size_t)(n->base.size - at) : PIECE;
	char *to = n->cache + slot * PIECE;

	if (n->held[slot] != number + 1) {
		n->held[slot] = 0;
		if (ask(n, at, to, len, e) < 0)
			return -1;
		n->held[slot] = number + 1;
	}
	*out = to;
	return 0;
}

static int nbd_read(struct ri_image *i, uint64_t at, void *buf, size_t len, struct ri_err *e)
{
	struct nbd_image *n = (struct nbd_image *)i;
	char *to = buf;

	if (at > i->size || len > i->size - at)
		return ri_fail(e, RI_E_IO, 0, "%zu bytes at %llu lie beyond the end of the disk",
		    len, (unsigned long long)at);
	if (len >= PIECE)
		return ask(n, at, buf, len, e);
	while (len > 0) {
		size_t in = (size_t)(at % PIECE), now = len < PIECE - in ? len : PIECE - in;
		const char *from;

		if (piece(n, at / PIECE, &from, e) < 0)
			return -1;
		memcpy(to, from + in, now);
		to += now;
		at += now;
		len -= now;
	}
	return 0;
}

static void nbd_image_free(struct ri_image *i)
{
	struct nbd_image *n = (struct nbd_image *)i;

	nbd_close(n->nbd);
	free(n->cache);
	free(n);
}

static int greet(struct nbd_image *n, int *fd, struct ri_err *e)
{
	int64_t size;

	n->nbd = nbd_create();
	n->cache = malloc((size_t)SLOTS * PIECE);
	if (!n->nbd || !n->cache)
		return ri_nomem(e);
	if (nbd_connect_socket(n->nbd, ri_steal_fd(fd)) < 0)
		return failed(e);
	size = nbd_get_size(n->nbd);
	if (size < 0)
		return failed(e);
	n->base.size = (uint64_t)size;
	return 0;
}

int ri_image_nbd(int fd, struct ri_image **out, struct ri_err *e)
{
	RI_FD int owned = fd;
	struct nbd_image *n = calloc(1, sizeof *n);
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;

	if (!n)
		return ri_nomem(e);
	n->base = (struct ri_image){ nbd_read, nbd_image_free, 0 };
	i = &n->base;
	if (greet(n, &owned, e) < 0)
		return -1;
	*out = ri_steal(i);
	return 0;
}
