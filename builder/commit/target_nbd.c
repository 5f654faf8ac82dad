// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/target_nbd.h"
#include "base/log.h"
#include "base/show.h"
#include "commit/growth.h"
#include "disk/qemu_nbd.h"
#include "volume/tool_files.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <libnbd.h>

struct nbd_target {
	struct ri_target base;
	struct nbd_handle *nbd;
	struct ri_qemu_nbd *program;
	int fd;      /* of the image, borrowed; its file system has to have the room */
	bool block;  /* on a device, which does not grow */
	bool backed; /* it has a backing file */
	bool vmdk;
	struct ri_growth wanted; /* what was asked for so far */
	uint64_t length, ahead;  /* of a vmdk's file before, and by how much it was lengthened */
	uint64_t taken;          /* of that, at most */
	bool written;
};

#define AHEAD ((uint64_t)8 << 20) /* where nobody asked for room before */

static int failed(const char *what, uint64_t at, struct ri_err *e)
{
	const char *why = nbd_get_error();

	return ri_fail(e, RI_E_IO, nbd_get_errno(), "%s at byte %llu, by qemu-nbd: %s", what,
	    (unsigned long long)at, why ? why : "no reason given");
}

static int nbd_read(struct ri_target *t, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;

	return nbd_pread(x->nbd, buf, n, at, 0) < 0 ? failed("reading", at, e) : 0;
}

/*
 * QEMU lets a vmdk's tables name a grain behind the end of its file, which ends there as long as the grain is not
 * written. After a power cut in between the next grain would get the same place: both are in one then. So the
 * file's end, where QEMU begins to put new grains when it opens it, is pushed behind all of them. It costs no
 * room.
 */
static int push_end(struct nbd_target *x, uint64_t n, struct ri_err *e)
{
	uint64_t asked = ri_growth_bytes(&x->wanted);

	x->taken += (n / x->wanted.cluster + 2) * x->wanted.cluster;
	if (x->taken <= x->ahead)
		return 0;
	x->ahead = x->ahead + (asked > AHEAD ? asked : AHEAD);
	if (x->ahead < x->taken)
		x->ahead = x->taken;
	if (ftruncate(x->fd, (off_t)(x->length + x->ahead)) < 0 || fsync(x->fd) < 0)
		return ri_fail(e, RI_E_IO, errno, "lengthening its file");
	return 0;
}

static int nbd_write(struct ri_target *t, uint64_t at, const void *buf, size_t n, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;
	int rc;

	if (x->vmdk && !x->block && push_end(x, n, e) < 0)
		return -1;
	rc = ri_target_is_zero(buf, n) && nbd_can_zero(x->nbd) == 1
		 ? nbd_zero(x->nbd, n, at, 0)
		 : nbd_pwrite(x->nbd, buf, n, at, 0);
	x->written = x->written || rc == 0;
	return rc < 0 ? failed("writing", at, e) : 0;
}

/* What holds data has its room, unless it is a backing file's or a snapshot's as well. */
static int nbd_reserve(struct ri_target *t, uint64_t at, uint64_t n, bool fresh, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;
	char want[RI_SHOW_FIGURE], have[RI_SHOW_FIGURE];
	struct statvfs st;
	uint64_t room;

	if (x->block || (!fresh && !x->backed && !x->wanted.anew))
		return 0;
	ri_growth_add(&x->wanted, at, n);
	if (fstatvfs(x->fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "asking for the room beside it");
	room = (uint64_t)st.f_bavail * st.f_frsize;
	return ri_growth_bytes(&x->wanted) <= room
		   ? 0
		   : ri_fail(e, RI_E_BUDGET, 0,
			 "it may grow by %s or more, and %s are free beside it",
			 ri_show_bytes(ri_growth_bytes(&x->wanted), want),
			 ri_show_bytes(room, have));
}

static int nbd_sync(struct ri_target *t, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;

	return nbd_flush(x->nbd, 0) < 0 ? failed("flushing", 0, e) : 0;
}

static void nbd_free(struct ri_target *t)
{
	struct nbd_target *x = (struct nbd_target *)t;

	if (x->nbd)
		nbd_shutdown(x->nbd, 0); /* the program ends in order, its image closed */
	nbd_close(x->nbd);
	ri_qemu_nbd_closep(&x->program);
	/* Nothing was put there: its length is what it was. Where that fails it is harmless. */
	if (x->ahead > 0 && !x->written && ftruncate(x->fd, (off_t)x->length) < 0)
		ri_log(RI_LOG_DEBUG, "a file keeps its new length: %s", strerror(errno));
	free(x);
}

static int start(struct nbd_target *x, const struct ri_volume *v, const char *dir, struct ri_err *e)
{
	struct ri_tool_files files = { 0 };
	struct ri_qemu_nbd_opts o = { .path = v->path,
		.format = v->format,
		.dir = dir,
		.write = true };
	struct stat st;

	ri_tool_files_add_volume(&files, v, RI_LANDLOCK_WRITE);
	o.tool = ri_tool_files_keep(&files);
	x->fd = v->fd;
	x->block = v->block;
	x->backed = v->below_n > 0;
	x->vmdk = strcmp(v->format, "vmdk") == 0;
	if (ri_growth_of(x->fd, v->format, &x->wanted, e) < 0)
		return -1;
	if (fstat(x->fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "looking at it");
	x->length = (uint64_t)st.st_size;
	x->nbd = nbd_create();
	if (!x->nbd)
		return ri_nomem(e);
	if (ri_qemu_nbd_start(&o, &x->program, e) < 0)
		return -1;
	if (nbd_connect_socket(x->nbd, ri_qemu_nbd_steal_fd(x->program)) < 0)
		return failed("connecting", 0, e);
	return 0;
}

int ri_target_nbd(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e)
{
	struct nbd_target *x = calloc(1, sizeof *x);
	RI_ON_EXIT(ri_target_freep) struct ri_target *t = NULL;

	if (!x)
		return ri_nomem(e);
	x->base = (struct ri_target){ nbd_read, nbd_write, nbd_reserve, nbd_sync, nbd_free };
	t = &x->base;
	if (start(x, v, dir, e) < 0)
		return -1;
	*out = ri_steal(t);
	return 0;
}
