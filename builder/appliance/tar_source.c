#include "appliance/tar_source.h"
#include "pack/source_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

struct feeder {
	struct ri_guest *g;
	const struct ri_strv *excludes;
	int fd; /* the pipe's end to write to */
	int rc;
	struct ri_err err;
};

static void *feed(void *arg)
{
	struct feeder *f = arg;

	f->rc = f->g->ops->tar_out(f->g, f->fd, f->excludes, &f->err);
	close(ri_steal_fd(&f->fd)); /* the packer sees the end of the stream */
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

static int pack_from(int fd, const struct ri_pack_opts *o, int out_fd, struct ri_pack_result *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;

	if (ri_source_tar(fd, &src, e) < 0)
		return -1;
	return ri_pack(src, o, out_fd, out, e);
}

/* The appliance's tar in a thread, the packer here. */
static int pack_piped(struct ri_guest *g, const struct ri_strv *excludes,
    const struct ri_pack_opts *o, int fd, struct ri_pack_result *out, struct ri_err *e)
{
	struct feeder f = { .g = g, .excludes = excludes, .fd = -1 };
	RI_ON_EXIT(ri_pack_result_free) struct ri_pack_result r = { 0 };
	RI_FD int from = -1;
	int ends[2], rc;
	pthread_t thread;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return ri_fail(e, RI_E_IO, errno, "pipe");
	from = ends[0];
	f.fd = ends[1];
	rc = pthread_create(&thread, NULL, feed, &f);
	if (rc != 0) {
		close(f.fd);
		return ri_fail(e, RI_E_IO, rc, "starting a thread");
	}
	rc = pack_from(from, o, fd, &r, e);
	/* A packer that gave up closes the pipe: the appliance's tar ends with a write error. */
	if (rc == 0)
		drain(from);
	close(ri_steal_fd(&from));
	pthread_join(thread, NULL);
	/* A stream that the appliance did not finish looks cut short to the packer: its error is the cause. */
	if (f.rc < 0 && (rc == 0 || e->code == RI_E_IO) && e->sys != ENOSPC) {
		*e = f.err;
		return -1;
	}
	if (rc < 0)
		return -1;
	*out = r;
	r = (struct ri_pack_result){ 0 };
	return 0;
}

int ri_appliance_source(struct ri_guest *g, const struct ri_strv *excludes,
    const struct ri_pack_opts *o, int fd, struct ri_pack_result *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;

	if (!g->ops->source)
		return pack_piped(g, excludes, o, fd, out, e);
	if (g->ops->source(g, o->rules, &src, e) < 0)
		return -1;
	return ri_pack(src, o, fd, out, e);
}
