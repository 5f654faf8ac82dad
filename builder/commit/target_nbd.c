// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/target_nbd.h"
#include "base/show.h"
#include "disk/qemu_nbd.h"
#include "volume/tool_files.h"

#include <errno.h>
#include <sys/statvfs.h>

#include <libnbd.h>

struct nbd_target {
	struct ri_target base;
	struct nbd_handle *nbd;
	struct ri_qemu_nbd *program;
	char *path;      /* of the image, whose file system has to have the room */
	bool block;      /* on a device, which does not grow */
	bool backed;     /* it has a backing file */
	uint64_t wanted; /* bytes that were asked for so far */
};

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

static int nbd_write(struct ri_target *t, uint64_t at, const void *buf, size_t n, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;
	int rc = ri_target_is_zero(buf, n) && nbd_can_zero(x->nbd) == 1
		     ? nbd_zero(x->nbd, n, at, 0)
		     : nbd_pwrite(x->nbd, buf, n, at, 0);

	return rc < 0 ? failed("writing", at, e) : 0;
}

/* What holds data has its room, but for what is in a backing file: an upper bound is asked for then. */
static int nbd_reserve(struct ri_target *t, uint64_t at, uint64_t n, bool fresh, struct ri_err *e)
{
	struct nbd_target *x = (struct nbd_target *)t;
	char want[RI_SHOW_FIGURE], have[RI_SHOW_FIGURE];
	struct statvfs st;
	uint64_t room;

	(void)at;
	if (x->block || (!fresh && !x->backed))
		return 0;
	x->wanted += n;
	if (statvfs(x->path, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "asking for the room beside it");
	room = (uint64_t)st.f_bavail * st.f_frsize;
	return x->wanted <= room ? 0
				 : ri_fail(e, RI_E_BUDGET, 0,
				       "it may grow by %s or more, and %s are free beside it",
				       ri_show_bytes(x->wanted, want), ri_show_bytes(room, have));
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
	free(x->path);
	free(x);
}

static int start(struct nbd_target *x, const struct ri_volume *v, const char *dir, struct ri_err *e)
{
	struct ri_tool_files files = { 0 };
	struct ri_qemu_nbd_opts o = { .path = v->path,
		.format = v->format,
		.dir = dir,
		.write = true };

	ri_tool_files_add_volume(&files, v, RI_LANDLOCK_WRITE);
	o.tool = ri_tool_files_keep(&files);
	x->block = v->block;
	x->backed = v->below_n > 0;
	x->path = strdup(v->path);
	x->nbd = nbd_create();
	if (!x->path || !x->nbd)
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
