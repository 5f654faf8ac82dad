// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/server.h"
#include "host/clock.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define OUT_BYTES ((size_t)128 * 1024) /* small frames are sent together up to here */
#define BEAT_MS 1000

int ri_server_bad_request(struct ri_err *e)
{
	return ri_fail(e, RI_E_IO, 0, "a request that cannot be understood");
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
		ssize_t n = sendmsg(RI_WIRE_SOCKET, &m, MSG_NOSIGNAL);

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
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "an answer of %zu bytes, too large for %s",
		    payload.n, s->name);
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

int ri_server_receive(void *to, size_t n, struct ri_err *e)
{
	ssize_t got;

	do
		got = recv(RI_WIRE_SOCKET, to, n, MSG_WAITALL);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ri_fail(e, RI_E_IO, errno, "waiting for a request");
	if (got != 0 && (size_t)got != n)
		return ri_fail(e, RI_E_IO, 0, "a request was cut short");
	return got != 0;
}

int ri_server_back(struct ri_server *s, struct ri_span in, struct ri_err *e)
{
	uint32_t n;

	if (!ri_wire_u32(&in, &n) || in.n > 0 || n > s->lent - s->untold)
		return ri_server_bad_request(e);
	s->lent -= n;
	return 0;
}

static int open_input(struct ri_server *s, ri_server_fn *fn, struct ri_span in, struct ri_buf *out,
    struct ri_err *e)
{
	s->open = true;
	ri_wire_put_u32(out, s->landlock);
	return fn(s, in, out, e);
}

static int answer(struct ri_server *s, const struct ri_server_kind *kind, uint32_t op,
    struct ri_span in, struct ri_err *e)
{
	RI_BUF out = { 0 };
	struct ri_err why = { 0 };
	uint32_t frame = RI_WIRE_DONE;
	ri_server_fn *fn = op < kind->n ? kind->answers[op] : NULL;

	if (op == RI_WIRE_BACK)
		return ri_server_back(s, in, e);
	/* Requests that are not known, or come before the first, do not come from our client. */
	if (!fn || s->open == (op == RI_WIRE_OPEN))
		return ri_server_bad_request(e);
	if ((s->open ? fn(s, in, &out, &why) : open_input(s, fn, in, &out, &why)) < 0 ||
	    ri_buf_check(&out, &why) < 0) {
		if (s->lost) {
			*e = why;
			return -1;
		}
		frame = RI_WIRE_ERROR;
		out.n = 0;
		ri_wire_put_error(&out, &why);
	}
	return ri_server_frame(s, frame, ri_buf_span(&out), e) < 0 ||
		       ri_server_flush(s, ri_span("", 0), e) < 0
		   ? -1
		   : 0;
}

int ri_server_serve(struct ri_server *s, const struct ri_server_kind *kind, struct ri_err *e)
{
	for (;;) {
		char head[RI_WIRE_HEAD];
		RI_FREE char *payload = NULL;
		struct ri_wire_head h;
		int rc = ri_server_receive(head, sizeof head, e);

		if (rc <= 0)
			return rc;
		if (!ri_wire_head(ri_span(head, sizeof head), &h))
			return ri_server_bad_request(e);
		payload = malloc((size_t)h.n + 1);
		if (!payload)
			return ri_nomem(e);
		rc = h.n > 0 ? ri_server_receive(payload, h.n, e) : 1;
		if (rc <= 0)
			return rc < 0 ? -1 : ri_fail(e, RI_E_IO, 0, "a request was cut short");
		if (answer(s, kind, h.kind, ri_span(payload, h.n), e) < 0)
			return -1;
	}
}

int ri_server_run(struct ri_server *s, const struct ri_server_kind *kind, struct ri_err *e)
{
	int rc = 0;

	s->name = kind->name;
	if (kind->shares) {
		s->shared = ri_shared_map(RI_WIRE_SHARED, true, e);
		rc = s->shared ? 0 : -1;
	}
	if (rc == 0)
		rc = ri_confine(&ri_confinements[kind->confined], &s->landlock, e);
	if (rc == 0)
		rc = ri_server_serve(s, kind, e);
	ri_buf_free(&s->out);
	if (s->shared)
		munmap(s->shared, RI_SHARED_BYTES);
	return rc;
}
