// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/archive.h"
#include "loader/forms.h"
#include "loader/identity.h"
#include "loader/image_copy.h"
#include "loader/kmods.h"
#include "loader/loopdev.h"
#include "loader/mounts.h"
#include "loader/overlay.h"

#include "format/archive_id.h"

#include <errno.h>

/** @to: a file, or -1 to prove it only. */
static int copy(const struct ri_form_work *w, int to, struct ri_err *e)
{
	struct ri_progress shown = { w->cons, w->m->archive_bytes };
	RI_BUF hashes = { 0 };
	char path[512];

	snprintf(path, sizeof path, "%s/hashes", w->o->ours);
	if (ri_read_text(path, &hashes, e) < 0)
		return -1;
	if (w->m->archive_bytes < RI_ARCHIVE_ID_BYTES)
		return ri_fail(e, RI_E_VERIFY, 0, "%s is shorter than an image", w->m->archive);
	const struct ri_image_copy c = { .from = w->fd,
		.to = to,
		.bytes = w->m->archive_bytes,
		.hashes = ri_buf_span(&hashes),
		.threads = ri_loader_image_size(ri_usable_cpus()).threads,
		.tick = ri_progress_tick(&shown) };

	if (ri_identity_check(w->fd, w->m, e) < 0 || ri_image_copy(&c, e) < 0)
		return ri_ctx(e, "%s", w->m->archive);
	return 0;
}

/** The kernel looks into the image only when all of it is proven. */
static int mount_image(const struct ri_form_work *w, int image, struct ri_err *e)
{
	RI_FD int loop = -1; /* the mount holds it */
	char device[512];

	if (ri_loop_attach(w->o->dev, image, w->m->archive_bytes - RI_ARCHIVE_ID_BYTES, device,
		sizeof device, &loop, e) < 0)
		return -1;
	return ri_layers_lower(w->o->layers, device, e);
}

/*
 * The whole archive in RAM, proven. What came with the initrd is there already: the loop device holds on to it when the
 * initramfs' files are deleted.
 */
static int get_image(const struct ri_form_work *w, struct ri_err *e)
{
	RI_FD int image =
	    w->m->archive_in ? dup(w->fd) : ri_layers_image(w->o->layers, w->m->archive_bytes, e);

	if (image < 0)
		return w->m->archive_in ? ri_fail(e, RI_E_IO, errno, "%s", w->m->archive) : -1;
	if (copy(w, w->m->archive_in ? -1 : image, e) < 0)
		return -1;
	return ri_steal_fd(&image);
}

static int load(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e)
{
	const char *layers = w->o->layers;
	int64_t begun = ri_now_ms(), copied;
	RI_FD int image = -1;
	char modules[512];

	snprintf(modules, sizeof modules, "%s/modules", w->o->ours);
	if (ri_kmods_load(modules, &w->m->modules, e) < 0 || ri_layers_begin(layers, e) < 0)
		return -1;
	image = get_image(w, e);
	if (image < 0)
		return -1;
	copied = ri_now_ms();
	if (mount_image(w, image, e) < 0 || ri_layers_upper(layers, w->m->tmpfs_size, e) < 0 ||
	    ri_mount_move(w->o->root, w->o->aside, e) < 0 ||
	    ri_layers_overlay(layers, w->o->root, e) < 0)
		return -1;
	ri_layers_end(layers);
	done->ms[RI_PHASE_UNPACK] = copied - begun;
	done->ms[RI_PHASE_FINISH] = ri_now_ms() - copied;
	done->bytes = w->m->archive_bytes;
	done->entries = w->m->entries;
	return 0;
}

static int check(const struct ri_form_work *w, struct ri_form_done *done, struct ri_err *e)
{
	if (copy(w, -1, e) < 0)
		return -1;
	done->bytes = w->m->archive_bytes;
	done->entries = w->m->entries;
	return 0;
}

static uint64_t memory(uint64_t limit)
{
	(void)limit;
	return ri_loader_image_size(ri_usable_cpus()).bytes;
}

const struct ri_form ri_form_compressed = { RI_FORM_COMPRESSED, load, check, memory };
