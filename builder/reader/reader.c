// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The direct reader: opening it, and its table of operations.
 */
#include "reader/reader.h"
#include "host/dir.h"
#include "parse/spawn.h"
#include "reader/client_internal.h"
#include "reader/client_tree.h"
#include "volume/tool_files.h"

#include <errno.h>
#include <fcntl.h>

#define WAIT_MS 60000 /* without a sign of life */

/* It knows the rules itself. */
static int do_source(struct ri_guest *g, const struct ri_rules *rules,
    const struct ri_strv *excludes, struct ri_source **out, struct ri_err *e)
{
	(void)excludes;
	return ri_reader_source(g, rules, out, e);
}

static void do_close(struct ri_guest *g)
{
	ri_reader_end(ri_reader_of(g));
}

const struct ri_guest_ops ri_reader_ops = {
	.filesystems = ri_reader_filesystems,
	.preen = ri_reader_preen,
	.describe = ri_reader_describe,
	.mount = ri_reader_mount,
	.subvolumes = ri_reader_subvolumes,
	.mount_subvolume = ri_reader_mount_subvolume,
	.is_snapshot = ri_reader_is_snapshot,
	.umount_all = ri_reader_umount_all,
	.tags = ri_reader_tags,
	.device = ri_reader_device,
	.space = ri_reader_space,
	.kind = ri_reader_kind,
	.resolve = ri_reader_resolve,
	.list = ri_reader_list,
	.read = ri_reader_read,
	.download = ri_reader_download,
	.sha256 = ri_reader_sha256,
	.glob = ri_reader_glob,
	.usage = ri_reader_usage,
	.source = do_source,
	.close = do_close,
};

int ri_reader_new(struct ri_peer *peer, struct ri_reader **out, struct ri_err *e)
{
	struct ri_reader *d = calloc(1, sizeof *d);

	if (!d) {
		ri_peer_end(peer);
		return ri_nomem(e);
	}
	d->g.ops = &ri_reader_ops;
	d->peer = *peer;
	d->peer.unanswered = &d->g.ask_appliance;
	*out = d;
	return 0;
}

void ri_reader_end(struct ri_reader *d)
{
	ri_peer_end(&d->peer);
	ri_qemu_nbd_closep(&d->image);
	free(d);
}

/*
 * Start the reader on the image behind @fd, of which an NBD socket (@image is at its other end and
 * taken over) says itself how large it is, and have it read the disk's layout.
 */
static int start(int fd, uint64_t size, struct ri_qemu_nbd **image, struct ri_guest **out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	const struct ri_spawn_opts o = { .command = "read-direct",
		.name = "the direct reader",
		.input = fd,
		.shares = true,
		.wait_ms = WAIT_MS };
	struct ri_peer peer;
	struct ri_reader *d = NULL;
	RI_BUF in = { 0 };

	if (ri_spawn(&o, &peer, e) < 0 || ri_reader_new(&peer, &d, e) < 0)
		return -1;
	g = &d->g;
	d->image = ri_steal(*image);
	ri_wire_put_u64(&in, size);
	ri_wire_put_u32(&in, d->image != NULL);
	if (ri_buf_check(&in, e) < 0 || ri_peer_open(&d->peer, ri_buf_span(&in), e) < 0)
		return -1;
	*out = ri_steal(g);
	return 0;
}

static int start_export(const struct ri_qemu_nbd_opts *o, struct ri_guest **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_qemu_nbd_closep) struct ri_qemu_nbd *image = NULL;
	RI_FD int fd = -1;

	if (ri_qemu_nbd_start(o, &image, e) < 0)
		return -1;
	fd = ri_qemu_nbd_steal_fd(image);
	return start(fd, 0, &image, out, e);
}

static int open_image(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_remove_temporary) struct ri_dir dir = { 0 };
	struct ri_tool_files files = { 0 };
	struct ri_qemu_nbd_opts o = { .path = v->path, .format = v->format };

	ri_tool_files_add_volume(&files, v, RI_LANDLOCK_READ);
	o.tool = ri_tool_files_keep(&files);
	if (ri_dir_make_temporary(&dir, e) < 0)
		return -1;
	o.dir = dir.path; /* empty again once the export is there */
	return start_export(&o, out, e);
}

int ri_reader_open(const struct ri_volume *v, struct ri_guest **out, struct ri_err *e)
{
	struct ri_qemu_nbd *none = NULL;
	char self[32];
	RI_FD int fd = -1;

	if (strcmp(v->format, "raw") != 0)
		return open_image(v, out, e);
	/* The same file again, so that the reader cannot write whatever the volume is open for. */
	snprintf(self, sizeof self, "/proc/self/fd/%d", v->fd);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", v->path);
	return start(fd, v->size, &none, out, e);
}

int ri_reader_open_stage(const struct ri_stage *s, struct ri_guest **out, struct ri_err *e)
{
	struct ri_tool_files files = { 0 };
	struct ri_qemu_nbd_opts o = { .path = s->overlay,
		.format = "qcow2",
		.dir = s->dir,
		.share = true };

	ri_tool_files_add_stage(&files, s);
	o.tool = ri_tool_files_keep(&files);
	return start_export(&o, out, e);
}
