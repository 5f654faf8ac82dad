// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/overlay.h"
#include "disk/nbd_image.h"
#include "disk/qemu_nbd.h"

/* An image that ends its program with it. */
struct overlay {
	struct ri_image base;
	struct ri_image *inner;
	struct ri_qemu_nbd *program;
};

static int overlay_read(struct ri_image *i, uint64_t at, void *buf, size_t n, struct ri_err *e)
{
	struct ri_image *inner = ((struct overlay *)i)->inner;

	return inner->read(inner, at, buf, n, e);
}

static void overlay_free(struct ri_image *i)
{
	struct overlay *o = (struct overlay *)i;

	ri_image_freep(&o->inner);
	ri_qemu_nbd_closep(&o->program);
	free(o);
}

int ri_overlay_open(const struct ri_stage *s, struct ri_image **out, struct ri_err *e)
{
	const struct ri_tool_file file = { s->overlay, RI_LANDLOCK_READ };
	const struct ri_qemu_nbd_opts opts = { .path = s->overlay,
		.tool = { .files = &file, .n = 1 },
		.format = "qcow2",
		.dir = s->dir,
		.alone = true };
	struct overlay *o = calloc(1, sizeof *o);
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;

	if (!o)
		return ri_nomem(e);
	o->base = (struct ri_image){ overlay_read, overlay_free, 0 };
	i = &o->base;
	if (ri_qemu_nbd_start(&opts, &o->program, e) < 0 ||
	    ri_image_nbd(ri_qemu_nbd_steal_fd(o->program), &o->inner, e) < 0)
		return -1;
	o->base.size = o->inner->size;
	*out = ri_steal(i);
	return 0;
}
