// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/image_copy.h"
#include "loader/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <xxhash.h>

struct copying {
	const struct ri_image_copy *c;
	uint64_t pieces;
	atomic_uint_fast64_t next; /* the first piece that nobody has taken */
	atomic_uint_fast64_t done; /* bytes */
	pthread_mutex_t lock;      /* guards the two below */
	uint64_t failed;           /* the first piece that failed; pieces: none */
	struct ri_err err;
};

static uint64_t piece_bytes(const struct copying *k, uint64_t piece)
{
	uint64_t left = k->c->bytes - piece * RI_IMAGE_PIECE;

	return left < RI_IMAGE_PIECE ? left : RI_IMAGE_PIECE;
}

/** Read @n bytes at @at; directly, a read may be asked for beyond the end, and begins aligned. */
static int read_piece(int fd, char *buf, size_t n, uint64_t at, struct ri_err *e)
{
	bool again = true;
	size_t have = 0;

	while (have < n) {
		size_t from = have / RI_DIRECT_ALIGNED * RI_DIRECT_ALIGNED;
		size_t ask =
		    (n - from + RI_DIRECT_ALIGNED - 1) / RI_DIRECT_ALIGNED * RI_DIRECT_ALIGNED;
		ssize_t got = pread(fd, buf + from, ask, (off_t)(at + from));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EINVAL && again && ri_direct_end(fd)) {
			/* From now on through the page cache, whichever thread it was. */
			again = false;
			continue;
		}
		if (got < 0)
			return ri_fail(e, RI_E_IO, errno, "reading at byte %" PRIu64, at + from);
		if (from + (size_t)got <= have)
			return ri_fail(e, RI_E_VERIFY, 0, "the file ends at byte %" PRIu64,
			    at + have);
		have = from + (size_t)got;
	}
	return 0;
}

static int prove(const struct copying *k, uint64_t piece, const char *buf, size_t n,
    struct ri_err *e)
{
	XXH64_canonical_t sum;

	XXH64_canonicalFromHash(&sum, XXH64(buf, n, 0));
	if (memcmp(&sum, k->c->hashes.p + piece * RI_IMAGE_HASH, RI_IMAGE_HASH) == 0)
		return 0;
	return ri_fail(e, RI_E_VERIFY, 0, "damaged, between byte %" PRIu64 " and %" PRIu64,
	    piece * RI_IMAGE_PIECE, piece * RI_IMAGE_PIECE + n);
}

static int write_piece(int fd, const char *buf, size_t n, uint64_t at, struct ri_err *e)
{
	ssize_t put;

	for (; n > 0; buf += put, at += (uint64_t)put, n -= (size_t)put) {
		put = pwrite(fd, buf, n, (off_t)at);
		if (put < 0 && errno == EINTR)
			put = 0;
		if (put < 0)
			return ri_fail(e,
			    errno == ENOSPC || errno == ENOMEM ? RI_E_BUDGET : RI_E_IO, errno,
			    "copying it into RAM at byte %" PRIu64, at);
	}
	return 0;
}

static int take(struct copying *k, uint64_t piece, char *buf, struct ri_err *e)
{
	uint64_t at = piece * RI_IMAGE_PIECE, n = piece_bytes(k, piece);

	if (read_piece(k->c->from, buf, n, at, e) < 0 || prove(k, piece, buf, n, e) < 0)
		return -1;
	if (k->c->to >= 0 && write_piece(k->c->to, buf, n, at, e) < 0)
		return -1;
	atomic_fetch_add(&k->done, n);
	return 0;
}

/* What comes after a failure is of no use; what comes before may fail as well, and is then the first. */
static void fail(struct copying *k, uint64_t piece, const struct ri_err *e)
{
	pthread_mutex_lock(&k->lock);
	if (piece < k->failed) {
		k->failed = piece;
		k->err = *e;
	}
	pthread_mutex_unlock(&k->lock);
	atomic_store(&k->next, k->pieces);
}

static void work(struct copying *k, bool tells)
{
	RI_FREE char *buf = aligned_alloc(RI_DIRECT_ALIGNED, RI_IMAGE_PIECE);
	struct ri_err e = { 0 };
	uint64_t piece;

	if (!buf) {
		(void)!ri_nomem(&e);
		fail(k, 0, &e);
		return;
	}
	while ((piece = atomic_fetch_add(&k->next, 1)) < k->pieces) {
		if (take(k, piece, buf, &e) < 0) {
			fail(k, piece, &e);
			return;
		}
		if (tells && k->c->tick.fn)
			k->c->tick.fn(k->c->tick.arg, atomic_load(&k->done));
	}
}

static void *run(void *arg)
{
	work(arg, false);
	return NULL;
}

int ri_image_copy(const struct ri_image_copy *c, struct ri_err *e)
{
	struct copying k = { .c = c,
		.pieces = c->bytes / RI_IMAGE_PIECE + (c->bytes % RI_IMAGE_PIECE != 0) };
	pthread_t threads[RI_IMAGE_THREADS];
	unsigned n = 0;

	if (c->hashes.n % RI_IMAGE_HASH != 0 || c->hashes.n / RI_IMAGE_HASH != k.pieces)
		return ri_fail(e, RI_E_VERIFY, 0, "the initrd has not a hash for each of its MiB");
	k.failed = k.pieces;
	pthread_mutex_init(&k.lock, NULL);
	(void)ri_direct_begin(c->from);
	/* The calling thread is one of them, and fewer do it too. */
	while (n + 1 < c->threads && n < RI_IMAGE_THREADS &&
	       pthread_create(&threads[n], NULL, run, &k) == 0)
		n++;
	work(&k, true);
	while (n > 0)
		pthread_join(threads[--n], NULL);
	pthread_mutex_destroy(&k.lock);
	posix_fadvise(c->from, 0, 0, POSIX_FADV_DONTNEED);
	if (k.failed == k.pieces)
		return 0;
	*e = k.err;
	return -1;
}
