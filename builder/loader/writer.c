// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/writer.h"
#include "loader/write.h"

#include <pthread.h>
#include <stdatomic.h>

/* Waking a thread costs as much as writing some small files: it sleeps until there is something worth it. */
#define ENOUGH_FILES 8
#define ENOUGH_BYTES (256 << 10)

struct ri_writer {
	bool started;
	pthread_t thread;
	atomic_bool failed;

	pthread_mutex_t lock;  /* guards what follows; a file is one side's at a time */
	pthread_cond_t enough; /* to do for the thread, or hurry or stop */
	pthread_cond_t idle;   /* nothing is left to do */
	uint64_t put, done;    /* files handed over, and written so far */
	/* The same of content, counted on from one round of the memory to the next. */
	uint64_t filled, free;
	bool hurry, stop;
	struct ri_loss loss;
	struct ri_err err; /* the first */

	struct ri_writer_file files[RI_WRITER_FILES];
	char *content; /* RI_WRITER_BYTES, used in rounds */
};

static bool enough(const struct ri_writer *w)
{
	return w->stop || w->put - w->done >= (w->hurry ? 1 : ENOUGH_FILES) ||
	       w->filled - w->free >= ENOUGH_BYTES;
}

/** For the thread: the next file. @return NULL at the end. */
static struct ri_writer_file *await_file(struct ri_writer *w)
{
	struct ri_writer_file *f = NULL;

	pthread_mutex_lock(&w->lock);
	if (w->put == w->done)
		while (!enough(w))
			pthread_cond_wait(&w->enough, &w->lock);
	if (w->put > w->done)
		f = &w->files[w->done % RI_WRITER_FILES];
	pthread_mutex_unlock(&w->lock);
	return f;
}

static int write_file(const struct ri_writer_file *f, struct ri_loss *loss, struct ri_err *e)
{
	if (ri_write_at(f->fd, ri_span(f->content, f->content_n), 0, e) < 0 ||
	    ri_write_end(f->fd, (int64_t)f->content_n, f->size, e) < 0 ||
	    ri_meta_apply_fd(&f->meta, f->fd, f->made, loss, e) < 0)
		return ri_ctx(e, "%s", f->name);
	return 0;
}

static void *work(void *arg)
{
	struct ri_writer *w = arg;
	struct ri_writer_file *f;

	while ((f = await_file(w))) {
		/* Behind a failure nothing counts any more. */
		if (!w->failed && write_file(f, &w->loss, &w->err) < 0)
			w->failed = true;
		close(f->fd);
		pthread_mutex_lock(&w->lock);
		w->free = f->end;
		if (++w->done == w->put)
			pthread_cond_signal(&w->idle);
		pthread_mutex_unlock(&w->lock);
	}
	return NULL;
}

int ri_writer_open(unsigned cpus, struct ri_writer **out, struct ri_err *e)
{
	struct ri_writer *w = calloc(1, sizeof *w);

	if (!w)
		return ri_nomem(e);
	w->content = malloc(RI_WRITER_BYTES);
	if (!w->content) {
		free(w);
		return ri_nomem(e);
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->enough, NULL);
	pthread_cond_init(&w->idle, NULL);
	w->started = cpus > 1 && pthread_create(&w->thread, NULL, work, w) == 0;
	*out = w;
	return 0;
}

struct ri_writer_file *ri_writer_room(struct ri_writer *w, size_t n)
{
	struct ri_writer_file *f = &w->files[w->put % RI_WRITER_FILES];
	uint64_t at = w->filled;
	bool room;

	if (!w->started || n > RI_WRITER_CONTENT)
		return NULL;
	/* Never in two parts: what is left at the memory's end is passed over. */
	if (at % RI_WRITER_BYTES + n > RI_WRITER_BYTES)
		at += RI_WRITER_BYTES - at % RI_WRITER_BYTES;
	pthread_mutex_lock(&w->lock);
	room = w->put - w->done < RI_WRITER_FILES && at + n - w->free <= RI_WRITER_BYTES;
	pthread_mutex_unlock(&w->lock);
	if (!room)
		return NULL;
	f->content = w->content + at % RI_WRITER_BYTES;
	f->end = at + n;
	return f;
}

void ri_writer_put(struct ri_writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->filled = w->files[w->put++ % RI_WRITER_FILES].end;
	if (enough(w))
		pthread_cond_signal(&w->enough);
	pthread_mutex_unlock(&w->lock);
}

bool ri_writer_failed(const struct ri_writer *w)
{
	return w->failed;
}

/** Let the thread do what it has, and no longer wait for more. */
static void wake(struct ri_writer *w, bool stop)
{
	w->hurry = true;
	w->stop = stop;
	pthread_cond_signal(&w->enough);
}

int ri_writer_finish(struct ri_writer *w, struct ri_loss *loss, struct ri_err *e)
{
	pthread_mutex_lock(&w->lock);
	wake(w, false);
	while (w->done < w->put)
		pthread_cond_wait(&w->idle, &w->lock);
	w->hurry = false;
	pthread_mutex_unlock(&w->lock);
	ri_loss_add(loss, &w->loss);
	w->loss = (struct ri_loss){ 0 };
	if (w->failed)
		*e = w->err;
	return w->failed ? -1 : 0;
}

void ri_writer_close(struct ri_writer **wp)
{
	struct ri_writer *w = *wp;

	if (!w)
		return;
	if (w->started) {
		w->failed = true;
		pthread_mutex_lock(&w->lock);
		wake(w, true);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	for (size_t i = 0; i < RI_WRITER_FILES; i++)
		ri_meta_free(&w->files[i].meta);
	pthread_cond_destroy(&w->enough);
	pthread_cond_destroy(&w->idle);
	pthread_mutex_destroy(&w->lock);
	free(w->content);
	free(w);
	*wp = NULL;
}
