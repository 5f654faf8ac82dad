// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reader/server_send.h"
#include "host/clock.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define OUT_BYTES ((size_t)128 * 1024) /* small frames are sent together up to here */
#define BEAT_MS 1000

int ri_server_bad_request(struct ri_err *e)
{
	return ri_fail(e, RI_E_IO, 0, "the direct reader does not understand a request");
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
		    "an answer of %zu bytes, too large for the direct reader", payload.n);
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
