// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/tar_source.h"
#include "parse/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

struct piped {
	struct ri_source base;
	struct ri_source *tar; /* has a descriptor of @from of its own, and reads it */
	int from;              /* the pipe's end to read, for draining */
	bool writing;          /* the thread is there */
	pthread_t thread;
	/* The thread's own, until it has ended. */
	ri_tar_out_fn *tar_out;
	struct ri_guest *g;
	const struct ri_strv *excludes;
	int to;
	int rc;
	struct ri_err err;
};

static void *feed(void *arg)
{
	struct piped *p = arg;

	p->rc = p->tar_out(p->g, p->to, p->excludes, &p->err);
	close(ri_steal_fd(&p->to)); /* the reader sees the end of the stream */
	return NULL;
}

/* Read until the writer is done, so that it is not left waiting in a full pipe. */
static void drain(int fd)
{
	char chunk[65536];
	ssize_t n;

	do
		n = read(fd, chunk, sizeof chunk);
	while (n > 0 || (n < 0 && errno == EINTR));
}

static void join(struct piped *p)
{
	if (p->writing)
		pthread_join(p->thread, NULL);
	p->writing = false;
}

/* A stream that its writer did not finish looks cut short: the writer's error is the cause. */
static int ended(struct piped *p, int rc, struct ri_err *e)
{
	if (rc < 0 && e->code != RI_E_IO)
		return -1;
	drain(p->from);
	join(p);
	if (p->rc < 0)
		*e = p->err;
	return p->rc < 0 ? -1 : rc;
}

static int piped_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct piped *p = (struct piped *)base;
	int rc = p->tar->ops->next(p->tar, entry, e);

	return rc == 0 && *entry ? 0 : ended(p, rc, e);
}

static int piped_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct piped *p = (struct piped *)base;
	int rc = p->tar->ops->data(p->tar, b, e);

	return rc < 0 ? ended(p, rc, e) : rc;
}

static void piped_free(struct ri_source *base)
{
	struct piped *p = (struct piped *)base;

	ri_source_freep(&p->tar);
	/* Before the thread is waited for: a writer that nobody reads ends with a write error. */
	ri_cleanup_fd(&p->from);
	join(p);
	ri_cleanup_fd(&p->to);
	free(p);
}

static const struct ri_source_ops piped_ops = { piped_next, piped_data, piped_free };

static int start(struct piped *p, struct ri_err *e)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	p->from = ends[0];
	p->to = ends[1];
	if (ri_parse_tar(p->from, &p->tar, e) < 0)
		return -1;
	rc = pthread_create(&p->thread, NULL, feed, p);
	if (rc != 0)
		return ri_fail(e, RI_E_IO, rc, "starting a thread");
	p->writing = true;
	return 0;
}

int ri_tar_source(ri_tar_out_fn *tar_out, struct ri_guest *g, const struct ri_strv *excludes,
    struct ri_source **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *held = NULL;
	struct piped *p = calloc(1, sizeof *p);

	if (!p)
		return ri_nomem(e);
	held = &p->base;
	*p = (struct piped){ .base.ops = &piped_ops,
		.from = -1,
		.to = -1,
		.tar_out = tar_out,
		.g = g,
		.excludes = excludes };
	if (start(p, e) < 0)
		return -1;
	*out = ri_steal(held);
	return 0;
}
