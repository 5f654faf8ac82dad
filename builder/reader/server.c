// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/server.h"
#include "disk/nbd_image.h"
#include "disk/scratch.h"
#include "host/confine.h"
#include "reader/server_internal.h"
#include "reader/server_lend.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>

static int open_disk(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_image *disk;
	uint64_t size;
	uint32_t nbd;

	if (s->open || !ri_wire_u64(&in, &size) || !ri_wire_u32(&in, &nbd))
		return ri_server_bad_request(e);
	s->open = true;
	ri_wire_put_u32(out, s->landlock);
	if ((nbd ? ri_image_nbd(s->image, &disk, e) : ri_image_fd(s->image, size, &disk, e)) < 0)
		return -1;
	s->vfs.beat = ri_server_beat;
	s->vfs.beat_arg = s;
	return ri_vfs_open(&s->vfs, disk, RI_READER_SCRATCH, e);
}

static int do_mount(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const char *device, *at;

	(void)out;
	if (!ri_wire_str(&in, &device) || !ri_wire_str(&in, &at))
		return ri_server_bad_request(e);
	return ri_vfs_mount(&s->vfs, device, at, e);
}

static int umount_all(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	(void)in, (void)out, (void)e;
	ri_vfs_umount_all(&s->vfs);
	return 0;
}

static int (*const requests[])(struct ri_server *s, struct ri_span in, struct ri_buf *out,
    struct ri_err *e) = {
	[RI_WIRE_OPEN] = open_disk,
	[RI_WIRE_FILESYSTEMS] = ri_server_filesystems,
	[RI_WIRE_CHECK] = ri_server_check,
	[RI_WIRE_ROOTS] = ri_server_roots,
	[RI_WIRE_OS] = ri_server_os,
	[RI_WIRE_MOUNT] = do_mount,
	[RI_WIRE_UMOUNT_ALL] = umount_all,
	[RI_WIRE_TAGS] = ri_server_tags,
	[RI_WIRE_DEVICE] = ri_server_device,
	[RI_WIRE_SPACE] = ri_server_space,
	[RI_WIRE_KIND] = ri_server_kind,
	[RI_WIRE_RESOLVE] = ri_server_resolve,
	[RI_WIRE_LIST] = ri_server_list,
	[RI_WIRE_READ] = ri_server_read,
	[RI_WIRE_SHA256] = ri_server_sha256,
	[RI_WIRE_GLOB] = ri_server_glob,
	[RI_WIRE_USAGE] = ri_server_usage,
	[RI_WIRE_TREE] = ri_server_tree,
};

static int answer(struct ri_server *s, uint32_t op, struct ri_span in, struct ri_err *e)
{
	RI_BUF out = { 0 };
	struct ri_err why = { 0 };
	uint32_t kind = RI_WIRE_DONE;
	bool known = op < sizeof requests / sizeof *requests && requests[op];

	if (op == RI_WIRE_BACK)
		return ri_server_back(s, in, e);
	/* Requests that are not known, or come before the disk is open, do not come from our client. */
	if (!known || (!s->open && op != RI_WIRE_OPEN))
		return ri_server_bad_request(e);
	if (requests[op](s, in, &out, &why) < 0 || ri_buf_check(&out, &why) < 0) {
		if (s->lost) {
			*e = why;
			return -1;
		}
		kind = RI_WIRE_ERROR;
		out.n = 0;
		ri_wire_put_error(&out, &why);
	}
	return ri_server_frame(s, kind, ri_buf_span(&out), e) < 0 ||
		       ri_server_flush(s, ri_span("", 0), e) < 0
		   ? -1
		   : 0;
}

static int serve(struct ri_server *s, struct ri_err *e)
{
	for (;;) {
		char head[RI_WIRE_HEAD];
		RI_FREE char *payload = NULL;
		struct ri_wire_head h;
		int rc = ri_server_receive(s, head, sizeof head, e);

		if (rc <= 0)
			return rc;
		if (!ri_wire_head(ri_span(head, sizeof head), &h))
			return ri_server_bad_request(e);
		payload = malloc((size_t)h.n + 1);
		if (!payload)
			return ri_nomem(e);
		if (h.n > 0 && ri_server_receive(s, payload, h.n, e) <= 0)
			return -1;
		if (answer(s, h.kind, ri_span(payload, h.n), e) < 0)
			return -1;
	}
}

static void server_end(struct ri_server *s)
{
	ri_vfs_close(&s->vfs);
	ri_buf_free(&s->out);
	if (s->shared)
		munmap(s->shared, RI_SHARED_BYTES);
}

static int make_scratch(struct ri_err *e)
{
	int fd = ri_scratch_create(e);

	if (fd < 0 || fd == RI_READER_SCRATCH)
		return fd < 0 ? -1 : 0;
	if (dup2(fd, RI_READER_SCRATCH) < 0)
		return ri_fail(e, RI_E_IO, errno, "dup2");
	close(fd);
	return 0;
}

int ri_reader_serve(struct ri_err *e)
{
	RI_ON_EXIT(server_end)
	struct ri_server s = {
		.socket = RI_READER_SOCKET,
		.image = RI_READER_IMAGE,
		.shared = ri_shared_map(RI_READER_SHARED, true, e),
	};

	if (!s.shared || make_scratch(e) < 0 ||
	    ri_confine(&ri_confinements[RI_CONFINED_READER], &s.landlock, e) < 0)
		return -1;
	return serve(&s, e);
}
