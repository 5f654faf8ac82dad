// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "parse/peer.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define IN_BYTES (2 * (RI_WIRE_HEAD + (size_t)RI_WIRE_FRAME_MAX))
#define POLL_MS 200   /* how long a signal may wait to be seen */
#define DYING_MS 2000 /* how long a process that hung up may take to end */

static void ends_close(const struct ri_peer_ends *ends)
{
	struct ri_child child = ends->child;

	close(ends->socket);
	if (ends->shared >= 0)
		close(ends->shared);
	ri_child_close(&child);
}

int ri_peer_connect(struct ri_peer *p, const struct ri_peer_ends *ends, const char *name,
    int wait_ms, struct ri_err *e)
{
	RI_FREE char *in = malloc(IN_BYTES);
	char *shared = NULL;

	if (!in)
		ri_nomem(e);
	else if (ends->shared >= 0)
		shared = ri_shared_map(ends->shared, false, e);
	if (!in || (ends->shared >= 0 && !shared)) {
		ends_close(ends);
		return -1;
	}
	if (ends->shared >= 0)
		close(ends->shared);
	*p = (struct ri_peer){ .name = name,
		.socket = ends->socket,
		.child = ends->child,
		.wait_ms = wait_ms,
		.in = ri_steal(in),
		.shared = shared };
	return 0;
}

void ri_peer_end(struct ri_peer *p)
{
	if (!p->name)
		return;
	close(p->socket);
	ri_child_close(&p->child);
	if (p->shared)
		munmap(p->shared, RI_SHARED_BYTES);
	free(p->in);
	*p = (struct ri_peer){ 0 };
}

static void unanswered(struct ri_peer *p)
{
	if (p->unanswered)
		*p->unanswered = true;
}

/* It hung up: say how it ended. */
static int died(struct ri_peer *p, struct ri_err *e)
{
	p->broken = true;
	unanswered(p);
	if (ri_cancel_check(e) < 0)
		return -1;
	return ri_child_died(&p->child, p->name, DYING_MS, e);
}

int ri_peer_protocol_error(struct ri_peer *p, struct ri_err *e)
{
	p->broken = true;
	unanswered(p);
	return ri_fail(e, RI_E_IO, 0, "%s breaks the protocol", p->name);
}

/* Until it can be written to, or something can be read. */
static int await(struct ri_peer *p, short what, struct ri_err *e)
{
	int64_t deadline = ri_clock_ms() + p->wait_ms;

	for (;;) {
		struct pollfd fd = { p->socket, what, 0 };
		int64_t left = deadline - ri_clock_ms();

		p->broken = ri_cancelled();
		if (p->broken)
			return ri_cancel_check(e);
		if (poll(&fd, 1, left > POLL_MS ? POLL_MS : left < 0 ? 0 : (int)left) > 0)
			return 0;
		if (left > 0)
			continue;
		p->broken = true;
		return ri_fail(e, RI_E_IO, 0, "%s %s for %d s", p->name,
		    what == POLLIN ? "said nothing" : "did not listen", p->wait_ms / 1000);
	}
}

static int send_all(struct ri_peer *p, struct ri_span bytes, struct ri_err *e)
{
	while (bytes.n > 0) {
		ssize_t n = send(p->socket, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			bytes = ri_span_skip(bytes, (size_t)n);
		if (n >= 0 || errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return died(p, e);
		if (errno != EAGAIN) {
			p->broken = true;
			return ri_fail(e, RI_E_IO, errno, "asking %s", p->name);
		}
		if (await(p, POLLOUT, e) < 0)
			return -1;
	}
	return 0;
}

int ri_peer_ask(struct ri_peer *p, uint32_t op, struct ri_span payload, struct ri_err *e)
{
	RI_BUF frame = { 0 };

	if (p->broken)
		unanswered(p);
	if (p->broken || p->streaming)
		return ri_fail(e, RI_E_IO, 0, "%s cannot be asked any more", p->name);
	if (payload.n > RI_WIRE_FRAME_MAX)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "a request too large for %s", p->name);
	ri_wire_put_head(&frame, op, payload.n);
	ri_buf_add_span(&frame, payload);
	return ri_buf_check(&frame, e) < 0 ? -1 : send_all(p, ri_buf_span(&frame), e);
}

/* A slot that was lent is not looked at any more. Half of them at a time, to send less. */
static int give_back(struct ri_peer *p, struct ri_err *e)
{
	RI_BUF frame = { 0 };

	if (!p->borrows)
		return 0;
	p->borrows = false;
	if (++p->returned < RI_SHARED_SLOTS / 2)
		return 0;
	ri_wire_put_head(&frame, RI_WIRE_BACK, sizeof p->returned);
	ri_wire_put_u32(&frame, p->returned);
	p->returned = 0;
	return ri_buf_check(&frame, e) < 0 ? -1 : send_all(p, ri_buf_span(&frame), e);
}

/* At least @n bytes from start on. */
static int have(struct ri_peer *p, size_t n, struct ri_err *e)
{
	if (p->start == p->end)
		p->start = p->end = 0;
	if (p->start + n > IN_BYTES) {
		memmove(p->in, p->in + p->start, p->end - p->start);
		p->end -= p->start;
		p->start = 0;
	}
	while (p->end - p->start < n) {
		ssize_t got = recv(p->socket, p->in + p->end, IN_BYTES - p->end, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno == ECONNRESET))
			return died(p, e);
		if (got < 0 && errno != EINTR && errno != EAGAIN) {
			p->broken = true;
			return ri_fail(e, RI_E_IO, errno, "hearing %s", p->name);
		}
		if (got > 0)
			p->end += (size_t)got;
		p->broken = ri_cancelled();
		if (p->broken)
			return ri_cancel_check(e);
		if (got < 0 && await(p, POLLIN, e) < 0)
			return -1;
	}
	return 0;
}

static int borrow(struct ri_peer *p, struct ri_peer_frame *f, struct ri_err *e)
{
	struct ri_wire_lent l;

	if (!p->shared || !ri_wire_lent(f->bytes, &l))
		return ri_peer_protocol_error(p, e);
	p->borrows = true;
	f->kind = RI_WIRE_DATA;
	f->at = l.at;
	f->bytes = ri_span(p->shared + l.slot * RI_SHARED_SLOT, l.n);
	return 0;
}

static int next_frame(struct ri_peer *p, struct ri_peer_frame *f, struct ri_err *e)
{
	struct ri_wire_head h;

	if (give_back(p, e) < 0)
		return -1;
	do {
		if (have(p, RI_WIRE_HEAD, e) < 0)
			return -1;
		if (!ri_wire_head(ri_span(p->in + p->start, RI_WIRE_HEAD), &h))
			return ri_peer_protocol_error(p, e);
		if (have(p, RI_WIRE_HEAD + h.n, e) < 0)
			return -1;
		f->bytes = ri_span(p->in + p->start + RI_WIRE_HEAD, h.n);
		p->start += RI_WIRE_HEAD + h.n;
	} while (h.kind == RI_WIRE_BEAT);
	f->kind = h.kind;
	switch (h.kind) {
	case RI_WIRE_ERROR:
		return ri_wire_error(f->bytes, p->name, e);
	case RI_WIRE_DATA:
		return ri_wire_u64(&f->bytes, &f->at) ? 0 : ri_peer_protocol_error(p, e);
	case RI_WIRE_LENT:
		return borrow(p, f, e);
	default:
		return 0;
	}
}

int ri_peer_next(struct ri_peer *p, struct ri_peer_frame *f, struct ri_err *e)
{
	if (next_frame(p, f, e) == 0)
		return 0;
	unanswered(p);
	return -1;
}

int ri_peer_call(struct ri_peer *p, uint32_t op, struct ri_span payload,
    const struct ri_peer_sink *sink, struct ri_buf *done, struct ri_err *e)
{
	struct ri_peer_frame f;

	if (ri_peer_ask(p, op, payload, e) < 0)
		return -1;
	for (;;) {
		if (ri_peer_next(p, &f, e) < 0)
			return -1;
		if (f.kind == RI_WIRE_DONE)
			break;
		if (!sink || f.kind != sink->kind)
			return ri_peer_protocol_error(p, e);
		if (sink->take(sink->arg, &f, e) < 0) {
			p->broken = true; /* the rest of the answer would be taken for another */
			return -1;
		}
	}
	ri_buf_add_span(done, f.bytes);
	return ri_buf_check(done, e);
}

int ri_peer_open(struct ri_peer *p, struct ri_span payload, struct ri_err *e)
{
	RI_BUF done = { 0 };
	struct ri_span in;
	uint32_t landlock;

	if (ri_peer_call(p, RI_WIRE_OPEN, payload, NULL, &done, e) < 0)
		return -1;
	in = ri_buf_span(&done);
	if (!ri_wire_u32(&in, &landlock) || in.n > 0)
		return ri_peer_protocol_error(p, e);
	if (!landlock)
		ri_log(RI_LOG_DEBUG,
		    "%s is confined without Landlock, which this kernel does not have", p->name);
	return 0;
}
