#include "io/direct_server.h"
#include "io/clock.h"
#include "io/image_nbd.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define OUT_BYTES ((size_t)128 * 1024) /* small frames are sent together up to here */
#define BEAT_MS 1000

int ri_server_garbled(struct ri_err *e)
{
	return ri_fail(e, RI_E_IO, 0, "the direct reader was asked in a way that it does not know");
}

static int lost(struct ri_server *s, struct ri_err *e)
{
	s->lost = true;
	return ri_fail(e, RI_E_IO, errno, "answering");
}

int ri_server_flush(struct ri_server *s, struct ri_span more, struct ri_err *e)
{
	size_t at = 0, all = s->out.n + more.n;

	if (ri_buf_check(&s->out, e) < 0)
		return -1;
	while (at < all) {
		size_t skip = at > s->out.n ? at - s->out.n : 0;
		struct iovec v[2] = {
			{ at < s->out.n ? s->out.p + at : NULL, at < s->out.n ? s->out.n - at : 0 },
			{ (void *)(uintptr_t)(more.p + skip), more.n - skip },
		};
		struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
		ssize_t n = sendmsg(s->socket, &m, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return lost(s, e);
		at += (size_t)n;
	}
	s->out.n = 0;
	s->sent_ms = ri_clock_ms();
	return 0;
}

int ri_server_added(struct ri_server *s, struct ri_err *e)
{
	return s->out.n < OUT_BYTES ? ri_buf_check(&s->out, e)
				    : ri_server_flush(s, ri_span("", 0), e);
}

int ri_server_frame(struct ri_server *s, uint32_t kind, struct ri_span payload, struct ri_err *e)
{
	if (payload.n > RI_WIRE_FRAME_MAX)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "something of %zu bytes, more than is read directly", payload.n);
	ri_wire_put_head(&s->out, kind, payload.n);
	ri_buf_add_span(&s->out, payload);
	return ri_server_added(s, e);
}

int ri_server_beat(void *arg, struct ri_err *e)
{
	struct ri_server *s = arg;

	if (ri_clock_ms() - s->sent_ms < BEAT_MS)
		return 0;
	ri_wire_put_head(&s->out, RI_WIRE_BEAT, 0);
	return ri_server_flush(s, ri_span("", 0), e);
}

int ri_server_items_end(struct ri_server *s, struct ri_buf *b, struct ri_err *e)
{
	int rc = ri_buf_check(b, e) < 0 ? -1 : ri_server_frame(s, RI_WIRE_ITEMS, ri_buf_span(b), e);

	b->n = 0;
	return rc;
}

int ri_server_item(struct ri_server *s, struct ri_buf *b, uint64_t number, const char *text,
    struct ri_err *e)
{
	ri_wire_put_u64(b, number);
	ri_wire_put_str(b, ri_str(text));
	return b->n < OUT_BYTES ? 0 : ri_server_items_end(s, b, e);
}

static int open_disk(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_image *disk;
	uint64_t size;
	uint32_t nbd;

	(void)out;
	if (s->open || !ri_wire_u64(&in, &size) || !ri_wire_u32(&in, &nbd))
		return ri_server_garbled(e);
	s->open = true;
	if ((nbd ? ri_image_nbd(s->image, &disk, e) : ri_image_fd(s->image, size, &disk, e)) < 0)
		return -1;
	s->vfs.beat = ri_server_beat;
	s->vfs.beat_arg = s;
	return ri_vfs_open(&s->vfs, disk, e);
}

static int do_mount(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	const char *device, *at;

	(void)out;
	if (!ri_wire_str(&in, &device) || !ri_wire_str(&in, &at))
		return ri_server_garbled(e);
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
	[RI_WIRE_FILESYSTEMS] = ri_serve_filesystems,
	[RI_WIRE_CHECK] = ri_serve_check,
	[RI_WIRE_ROOTS] = ri_serve_roots,
	[RI_WIRE_OS] = ri_serve_os,
	[RI_WIRE_MOUNT] = do_mount,
	[RI_WIRE_UMOUNT_ALL] = umount_all,
	[RI_WIRE_TAGS] = ri_serve_tags,
	[RI_WIRE_DEVICE] = ri_serve_device,
	[RI_WIRE_SPACE] = ri_serve_space,
	[RI_WIRE_KIND] = ri_serve_kind,
	[RI_WIRE_RESOLVE] = ri_serve_resolve,
	[RI_WIRE_LIST] = ri_serve_list,
	[RI_WIRE_READ] = ri_serve_read,
	[RI_WIRE_SHA256] = ri_serve_sha256,
	[RI_WIRE_GLOB] = ri_serve_glob,
	[RI_WIRE_USAGE] = ri_serve_usage,
	[RI_WIRE_TREE] = ri_serve_tree,
};

int ri_server_receive(struct ri_server *s, void *to, size_t n, struct ri_err *e)
{
	ssize_t got;

	do
		got = recv(s->socket, to, n, MSG_WAITALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ri_fail(e, RI_E_IO, errno, "waiting for a request");
	if (got != 0 && (size_t)got != n)
		return ri_fail(e, RI_E_IO, 0, "a request was cut short");
	return got != 0;
}

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
		return ri_server_garbled(e);
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
			return ri_server_garbled(e);
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

int ri_direct_serve(struct ri_err *e)
{
	RI_ON_EXIT(server_end)
	struct ri_server s = {
		.socket = RI_DIRECT_SOCKET,
		.image = RI_DIRECT_IMAGE,
		.shared = ri_shared_map(RI_DIRECT_SHARED, true, e),
	};

	return s.shared ? serve(&s, e) : -1;
}
