// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The ring of pieces between the one that fills them, the threads that compress them, and the thread
 * that writes them in order. A slot goes FREE → FILLED → DONE → FREE; whoever holds it between two
 * states owns its buffers, so that the lock only guards states and counters.
 */
#include "pack/compress.h"
#include "base/show.h"
#include "host/sha256.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

enum slot_state { SLOT_FREE, SLOT_FILLED, SLOT_DONE };

struct slot {
	enum slot_state state;
	unsigned char *in, *out;
	size_t in_n, out_n;
	bool stored; /* not to be compressed */
};

struct ri_comp {
	const struct ri_compressor *kind;
	int level, fd;
	pthread_mutex_t lock;
	pthread_cond_t freed, filled, done; /* a slot became … */
	/* Under the lock. Pieces are numbered from 0; piece i lives in slots[i % slots_n]. */
	uint64_t to_fill, to_take, to_write;
	bool ended;  /* no more input */
	bool failed; /* err is set; everybody leaves */
	struct ri_err err;
	/* The filling thread's own. */
	uint64_t in_bytes;
	size_t have; /* bytes in the slot of to_fill */
	/* The writing thread's own, read after it was joined. */
	uint64_t out_bytes, out_max;
	const char *max_is;
	struct ri_sha256 sha;
	pthread_t writer;
	bool writer_runs;
	size_t workers_n; /* running */
	size_t slots_n;
	pthread_t *workers;
	struct slot *slots;
	unsigned char *memory; /* of all slots; memory_n bytes */
	size_t memory_n;
};

/* With the lock held: the first failure counts. */
static void fail_locked(struct ri_comp *c, const struct ri_err *e)
{
	if (!c->failed)
		c->err = *e;
	c->failed = true;
	pthread_cond_broadcast(&c->freed);
	pthread_cond_broadcast(&c->filled);
	pthread_cond_broadcast(&c->done);
}

static void fail(struct ri_comp *c, const struct ri_err *e)
{
	pthread_mutex_lock(&c->lock);
	fail_locked(c, e);
	pthread_mutex_unlock(&c->lock);
}

/* The next piece to compress, or NULL when there will be none. */
static struct slot *take(struct ri_comp *c)
{
	struct slot *s = NULL;

	pthread_mutex_lock(&c->lock);
	while (!c->failed && c->to_take == c->to_fill && !c->ended)
		pthread_cond_wait(&c->filled, &c->lock);
	if (!c->failed && c->to_take < c->to_fill)
		s = &c->slots[c->to_take++ % c->slots_n];
	pthread_mutex_unlock(&c->lock);
	return s;
}

static void *work(void *arg)
{
	struct ri_comp *c = arg;
	void *ctx = c->kind->open(c->level);
	struct ri_err e;
	struct slot *s;

	if (!ctx) {
		ri_nomem(&e);
		fail(c, &e);
		return NULL;
	}
	while ((s = take(c)) != NULL) {
		const struct ri_span in = { (const char *)s->in, s->in_n };
		const char *why = "";

		s->out_n = s->stored ? c->kind->store(ctx, in, s->out, &why)
				     : c->kind->piece(ctx, in, s->out, &why);
		if (s->out_n == 0) {
			ri_fail(&e, RI_E_IO, 0, "compressing: %s", why);
			fail(c, &e);
			break;
		}
		pthread_mutex_lock(&c->lock);
		s->state = SLOT_DONE;
		pthread_cond_signal(&c->done);
		pthread_mutex_unlock(&c->lock);
	}
	c->kind->close(ctx);
	return NULL;
}

/* The next piece to write, or NULL when there will be none. */
static struct slot *await_done(struct ri_comp *c)
{
	struct slot *s = &c->slots[c->to_write % c->slots_n];

	pthread_mutex_lock(&c->lock);
	while (!c->failed && s->state != SLOT_DONE && !(c->ended && c->to_write == c->to_fill))
		pthread_cond_wait(&c->done, &c->lock);
	if (c->failed || s->state != SLOT_DONE)
		s = NULL;
	pthread_mutex_unlock(&c->lock);
	return s;
}

static int write_all(int fd, const unsigned char *p, size_t n, struct ri_err *e)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return ri_fail(e, RI_E_IO, errno, "writing the archive");
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static int write_piece(const struct ri_comp *c, const struct slot *s, struct ri_err *e)
{
	char room[RI_SHOW_FIGURE];

	if (s->out_n > c->out_max - c->out_bytes)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "it grows beyond the %s that %s; make room there or leave more out "
		    "(archive.exclude)",
		    ri_show_bytes(c->out_max, room), c->max_is);
	return write_all(c->fd, s->out, s->out_n, e);
}

static void *write_out(void *arg)
{
	struct ri_comp *c = arg;
	struct ri_err e;
	struct slot *s;

	while ((s = await_done(c)) != NULL) {
		if (write_piece(c, s, &e) < 0) {
			fail(c, &e);
			break;
		}
		ri_sha256_add(&c->sha, s->out, s->out_n);
		c->out_bytes += s->out_n;
		pthread_mutex_lock(&c->lock);
		s->state = SLOT_FREE;
		c->to_write++;
		pthread_cond_signal(&c->freed);
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

static unsigned cpus(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof set, &set) < 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}

unsigned ri_compress_threads(unsigned asked)
{
	unsigned n = asked;

	if (n == 0) {
		n = cpus();
		if (n > RI_COMP_THREADS_AUTO)
			n = RI_COMP_THREADS_AUTO;
	}
	return n > RI_COMP_THREADS_MAX ? RI_COMP_THREADS_MAX : n;
}

/* Let everybody leave and wait for them. */
static void join_all(struct ri_comp *c)
{
	while (c->workers_n > 0)
		pthread_join(c->workers[--c->workers_n], NULL);
	if (c->writer_runs)
		pthread_join(c->writer, NULL);
	c->writer_runs = false;
}

void ri_compress_freep(struct ri_comp **cp)
{
	struct ri_comp *c = *cp;
	struct ri_err e;

	*cp = NULL;
	if (!c)
		return;
	ri_fail(&e, RI_E_CANCELLED, 0, "given up");
	fail(c, &e);
	join_all(c);
	if (c->memory)
		munmap(c->memory, c->memory_n);
	free(c->slots);
	free(c->workers);
	pthread_cond_destroy(&c->freed);
	pthread_cond_destroy(&c->filled);
	pthread_cond_destroy(&c->done);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* All there from the start, so that what it takes is the same for every tree. */
static int make_memory(struct ri_comp *c, struct ri_err *e)
{
	size_t out = (c->kind->bound + 63) / 64 * 64, one = RI_COMP_PIECE + out;
	void *p;

	c->memory_n = c->slots_n * one;
	p = mmap(NULL, c->memory_n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (p == MAP_FAILED)
		return ri_nomem(e);
	c->memory = p;
	for (size_t i = 0; i < c->slots_n; i++) {
		c->slots[i].in = c->memory + i * one;
		c->slots[i].out = c->slots[i].in + RI_COMP_PIECE;
	}
	return 0;
}

static int make_slots(struct ri_comp *c, unsigned threads, struct ri_err *e)
{
	/* A piece being filled, one being written, and some to spare so that nobody waits. */
	c->slots_n = threads + (threads < 4 ? threads : 4) + 2;
	c->slots = calloc(c->slots_n, sizeof *c->slots);
	c->workers = calloc(threads, sizeof *c->workers);
	return c->slots && c->workers ? make_memory(c, e) : ri_nomem(e);
}

static int start(struct ri_comp *c, unsigned threads, struct ri_err *e)
{
	int rc = pthread_create(&c->writer, NULL, write_out, c);

	if (rc != 0)
		return ri_fail(e, RI_E_IO, rc, "starting the writing thread");
	c->writer_runs = true;
	while (c->workers_n < threads) {
		rc = pthread_create(&c->workers[c->workers_n], NULL, work, c);
		if (rc != 0)
			return ri_fail(e, RI_E_IO, rc, "starting a compressing thread");
		c->workers_n++;
	}
	return 0;
}

int ri_compress_new(enum ri_compression kind, int level, unsigned threads, int fd,
    struct ri_comp **out, struct ri_err *e)
{
	static const struct ri_compressor *const all[] = { [RI_GZIP] = &ri_compressor_gzip,
		[RI_ZSTD] = &ri_compressor_zstd,
		[RI_LZ4] = &ri_compressor_lz4 };
	const struct ri_compressor *how = all[kind];
	RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;

	if (level < how->level_min || level > how->level_max)
		return ri_fail(e, RI_E_CONFIG, 0, "%s level %d: must be %d to %d", how->name, level,
		    how->level_min, how->level_max);
	c = calloc(1, sizeof *c);
	if (!c)
		return ri_nomem(e);
	c->kind = how;
	c->level = level;
	c->fd = fd;
	c->out_max = UINT64_MAX;
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->freed, NULL);
	pthread_cond_init(&c->filled, NULL);
	pthread_cond_init(&c->done, NULL);
	ri_sha256_init(&c->sha);
	threads = ri_compress_threads(threads);
	if (make_slots(c, threads, e) < 0 || start(c, threads, e) < 0)
		return -1;
	*out = ri_steal(c);
	return 0;
}

void ri_compress_limit(struct ri_comp *c, uint64_t bytes, const char *whose)
{
	c->out_max = bytes;
	c->max_is = whose;
}

/* Wait until the slot of the piece to fill is free. */
static int await_free(struct ri_comp *c, struct ri_err *e)
{
	struct slot *s = &c->slots[c->to_fill % c->slots_n];
	int rc = 0;

	pthread_mutex_lock(&c->lock);
	while (!c->failed && s->state != SLOT_FREE)
		pthread_cond_wait(&c->freed, &c->lock);
	if (c->failed) {
		*e = c->err;
		rc = -1;
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}

static void hand_over(struct ri_comp *c, bool stored)
{
	struct slot *s = &c->slots[c->to_fill % c->slots_n];

	pthread_mutex_lock(&c->lock);
	s->in_n = c->have;
	s->stored = stored;
	s->state = SLOT_FILLED;
	c->to_fill++;
	pthread_cond_signal(&c->filled);
	pthread_mutex_unlock(&c->lock);
	c->have = 0;
}

int ri_compress_write(struct ri_comp *c, const void *p, size_t n, struct ri_err *e)
{
	const unsigned char *from = p;

	while (n > 0) {
		size_t part = RI_COMP_PIECE - c->have;

		if (c->have == 0 && await_free(c, e) < 0)
			return -1;
		if (part > n)
			part = n;
		memcpy(c->slots[c->to_fill % c->slots_n].in + c->have, from, part);
		c->have += part;
		c->in_bytes += part;
		from += part;
		n -= part;
		if (c->have == RI_COMP_PIECE)
			hand_over(c, false);
	}
	return 0;
}

int ri_compress_settle(struct ri_comp *c, char sha256[RI_SHA256_HEX + 1], struct ri_err *e)
{
	struct ri_sha256 so_far;
	int rc = 0;

	if (c->have > 0)
		hand_over(c, false);
	pthread_mutex_lock(&c->lock);
	while (!c->failed && c->to_write < c->to_fill)
		pthread_cond_wait(&c->freed, &c->lock);
	if (c->failed) {
		*e = c->err;
		rc = -1;
	} else {
		so_far = c->sha; /* the writing thread has nothing to do */
		ri_sha256_hex(&so_far, sha256);
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}

int ri_compress_store(struct ri_comp *c, const void *p, size_t n, struct ri_err *e)
{
	if (await_free(c, e) < 0)
		return -1;
	memcpy(c->slots[c->to_fill % c->slots_n].in, p, n);
	c->have = n;
	c->in_bytes += n;
	hand_over(c, true);
	return 0;
}

uint64_t ri_compress_in_bytes(const struct ri_comp *c)
{
	return c->in_bytes;
}

int ri_compress_finish(struct ri_comp *c, struct ri_compress_result *out, struct ri_err *e)
{
	if (c->have > 0)
		hand_over(c, false);
	pthread_mutex_lock(&c->lock);
	c->ended = true;
	pthread_cond_broadcast(&c->filled);
	pthread_cond_broadcast(&c->done);
	pthread_mutex_unlock(&c->lock);
	join_all(c);
	if (c->failed) {
		*e = c->err;
		return -1;
	}
	out->in_bytes = c->in_bytes;
	out->out_bytes = c->out_bytes;
	ri_sha256_hex(&c->sha, out->sha256);
	return 0;
}
