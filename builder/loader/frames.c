// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/frames.h"
#include "loader/decoder.h"

#include <pthread.h>
#include <sched.h>

struct slot {
	struct ri_unit unit;
	bool ready;        /* for the caller; then nobody else touches it */
	int rc;            /* as struct ri_decoder.next has it */
	struct ri_err err; /* rc < 0 */
};

/*
 * A ring of slots, each taken by the next unit of the archive. The threads take turns in cutting
 * units out of the file, so that it is read in order, and each decompresses what it has cut out
 * while the next one cuts. The caller takes the units in their order.
 */
struct ri_frames {
	const struct ri_decoder *decoder;
	void *state; /* of cutting */
	struct ri_input in;
	const char *sha256;
	pthread_mutex_t turn; /* whose turn it is to read: guards the three above, cut and ended */
	uint64_t cut;         /* units cut out so far */
	bool ended;           /* by the archive's end or by an error */

	pthread_mutex_t lock;  /* guards what follows, and slots[].ready */
	pthread_cond_t filled; /* a unit is ready */
	pthread_cond_t freed;  /* a slot is empty, or stop */
	uint64_t done;         /* units that the caller is through with */
	bool lent;             /* unit number `done` is in the caller's hands */
	bool stop;

	struct slot *slots;
	size_t slots_n;
	uint64_t memory; /* that all takes at most */
	struct worker *workers;
	size_t workers_n; /* started */
};

struct worker {
	struct ri_frames *f;
	void *state;
	pthread_t thread;
};

const struct ri_decoder *ri_decoder_find(const char *name)
{
	static const struct ri_decoder *const all[] = { &ri_decoder_gzip, &ri_decoder_zstd,
		&ri_decoder_lz4 };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

/** Wait for an empty slot. @return false when the caller wants no more. */
static bool await_room(struct ri_frames *f)
{
	bool go;

	pthread_mutex_lock(&f->lock);
	while (!f->stop && f->cut - f->done >= f->slots_n)
		pthread_cond_wait(&f->freed, &f->lock);
	go = !f->stop;
	pthread_mutex_unlock(&f->lock);
	return go;
}

/** A slot's buffers are made when it is first used: a small archive needs but a few. */
static int have_buffers(struct ri_unit *u, struct ri_err *e)
{
	if (!u->packed)
		u->packed = malloc(RI_UNIT_PACKED);
	if (!u->content)
		u->content = malloc(RI_UNIT_CONTENT);
	return u->packed && u->content ? 0 : ri_nomem(e);
}

/** In the calling thread's turn: cut out the next unit. @return NULL at the end. */
static struct slot *cut(struct ri_frames *f)
{
	struct slot *s;

	if (f->ended || !await_room(f))
		return NULL;
	s = &f->slots[f->cut++ % f->slots_n];
	s->rc = have_buffers(&s->unit, &s->err);
	if (s->rc == 0)
		s->rc = f->decoder->next(f->state, &f->in, &s->unit, &s->err);
	if (s->rc == 0 && f->sha256 && ri_input_compare(&f->in, f->sha256, &s->err) < 0)
		s->rc = -1;
	f->ended = s->rc <= 0;
	return s;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	struct ri_frames *f = w->f;
	struct slot *s;

	for (;;) {
		pthread_mutex_lock(&f->turn);
		s = cut(f);
		pthread_mutex_unlock(&f->turn);
		if (!s)
			return NULL;
		if (s->rc > 0 && s->unit.whole &&
		    f->decoder->decompress(w->state, &s->unit, &s->err) < 0)
			s->rc = -1;
		pthread_mutex_lock(&f->lock);
		s->ready = true;
		pthread_cond_signal(&f->filled);
		pthread_mutex_unlock(&f->lock);
	}
}

/** Give the slot in the caller's hands back and wait for the next. */
static struct slot *exchange(struct ri_frames *f)
{
	struct slot *s;

	pthread_mutex_lock(&f->lock);
	if (f->lent) {
		f->slots[f->done++ % f->slots_n].ready = false;
		pthread_cond_signal(&f->freed);
	}
	s = &f->slots[f->done % f->slots_n];
	while (!s->ready)
		pthread_cond_wait(&f->filled, &f->lock);
	/* The end and an error stay where they are, for whoever asks again. */
	f->lent = s->rc > 0;
	pthread_mutex_unlock(&f->lock);
	return s;
}

int ri_frames_next(struct ri_frames *f, struct ri_span *piece, struct ri_err *e)
{
	struct slot *s;

	do
		s = exchange(f);
	while (s->rc > 0 && s->unit.content_n == 0);
	*piece = s->rc > 0 ? ri_span(s->unit.content, s->unit.content_n) : ri_span("", 0);
	if (s->rc < 0)
		*e = s->err;
	return s->rc < 0 ? -1 : 0;
}

uint64_t ri_frames_memory(const struct ri_frames *f)
{
	return f->memory;
}

void ri_frames_close(struct ri_frames **fp)
{
	struct ri_frames *f = *fp;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stop = true;
	pthread_cond_broadcast(&f->freed);
	pthread_mutex_unlock(&f->lock);
	for (size_t i = 0; i < f->workers_n; i++) {
		pthread_join(f->workers[i].thread, NULL);
		f->decoder->worker_close(f->workers[i].state);
	}
	if (f->state)
		f->decoder->close(f->state);
	ri_input_free(&f->in);
	for (size_t i = 0; f->slots && i < f->slots_n; i++) {
		free(f->slots[i].unit.packed);
		free(f->slots[i].unit.content);
	}
	free(f->slots);
	free(f->workers);
	pthread_cond_destroy(&f->filled);
	pthread_cond_destroy(&f->freed);
	pthread_mutex_destroy(&f->lock);
	pthread_mutex_destroy(&f->turn);
	free(f);
	*fp = NULL;
}

unsigned ri_usable_cpus(void)
{
	cpu_set_t set;

	/* Fails where the machine could have more than 1024: then these are as many as help. */
	return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 16;
}

static int start(struct ri_frames *f, size_t n, struct ri_err *e)
{
	f->workers = calloc(n, sizeof *f->workers);
	if (!f->workers)
		return ri_nomem(e);
	for (size_t i = 0; i < n; i++) {
		struct worker *w = &f->workers[i];
		int rc;

		w->f = f;
		if (f->decoder->worker_open(&w->state, e) < 0)
			return -1;
		rc = pthread_create(&w->thread, NULL, work, w);
		if (rc != 0) {
			f->decoder->worker_close(w->state);
			/* Fewer do it too; one there must be. */
			return i > 0 ? 0
				     : ri_fail(e, RI_E_IO, rc, "starting a decompressing thread");
		}
		f->workers_n++;
	}
	return 0;
}

int ri_frames_open(const struct ri_frames_opts *o, struct ri_frames **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_frames_close) struct ri_frames *f = calloc(1, sizeof *f);
	struct ri_loader_size size =
	    ri_loader_size(o->memory, o->cpus > 0 ? o->cpus : ri_usable_cpus());

	if (!f)
		return ri_nomem(e);
	f->in.fd = -1;
	pthread_mutex_init(&f->turn, NULL);
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->filled, NULL);
	pthread_cond_init(&f->freed, NULL);
	f->sha256 = o->sha256;
	f->decoder = ri_decoder_find(o->compression);
	if (!f->decoder)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "compression \"%.40s\" is not one that this loader knows (gzip, zstd, lz4)",
		    o->compression);
	f->slots_n = size.units;
	f->memory = size.bytes;
	f->slots = calloc(f->slots_n, sizeof *f->slots);
	if (!f->slots)
		return ri_nomem(e);
	if (ri_input_init(&f->in, o->fd, o->bytes, o->sha256, e) < 0 ||
	    f->decoder->open(&f->state, e) < 0 || start(f, size.threads, e) < 0)
		return -1;
	*out = ri_steal(f);
	return 0;
}
