// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The client's end of the socket.
 */
#include "base/cancel.h"
#include "host/clock.h"
#include "reader/client_internal.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define IN_BYTES (2 * (RI_WIRE_HEAD + (size_t)RI_WIRE_FRAME_MAX))
#define POLL_MS 200   /* how long a signal may wait to be seen */
#define DYING_MS 2000 /* how long a process that hung up may take to end */

static void ends_close(const struct ri_reader_ends *ends)
{
	struct ri_child child = ends->child;

	close(ends->socket);
	close(ends->shared);
	ri_child_close(&child);
}

int ri_reader_connect(const struct ri_reader_ends *ends, int wait_ms, struct ri_reader **out,
    struct ri_err *e)
{
	RI_FREE struct ri_reader *d = calloc(1, sizeof *d);
	RI_FREE char *in = malloc(IN_BYTES);
	char *shared = ri_shared_map(ends->shared, false, e);

	if (!shared || !d || !in) {
		if (shared) {
			munmap(shared, RI_SHARED_BYTES);
			ri_nomem(e);
		}
		ends_close(ends);
		return -1;
	}
	close(ends->shared);
	d->g.ops = &ri_reader_ops;
	d->socket = ends->socket;
	d->child = ends->child;
	d->wait_ms = wait_ms;
	d->in = ri_steal(in);
	d->shared = shared;
	*out = ri_steal(d);
	return 0;
}

void ri_reader_end(struct ri_reader *d)
{
	close(d->socket);
	ri_child_close(&d->child);
	ri_qemu_nbd_closep(&d->image);
	munmap(d->shared, RI_SHARED_BYTES);
	free(d->in);
	free(d);
}

/* It hung up: say how it ended. */
static int died(struct ri_reader *d, struct ri_err *e)
{
	d->broken = d->g.ask_appliance = true;
	if (ri_cancel_check(e) < 0)
		return -1;
	return ri_child_died(&d->child, "the direct reader", DYING_MS, e);
}

int ri_reader_protocol_error(struct ri_reader *d, struct ri_err *e)
{
	d->broken = d->g.ask_appliance = true;
	return ri_fail(e, RI_E_IO, 0, "the direct reader breaks the protocol");
}

/* Until it can be written to, or something can be read. */
static int await(struct ri_reader *d, short what, struct ri_err *e)
{
	int64_t deadline = ri_clock_ms() + d->wait_ms;

	for (;;) {
		struct pollfd p = { d->socket, what, 0 };
		int64_t left = deadline - ri_clock_ms();

		d->broken = ri_cancelled();
		if (d->broken)
			return ri_cancel_check(e);
		if (poll(&p, 1, left > POLL_MS ? POLL_MS : left < 0 ? 0 : (int)left) > 0)
			return 0;
		if (left > 0)
			continue;
		d->broken = true;
		return ri_fail(e, RI_E_IO, 0, "the direct reader %s for %d s",
		    what == POLLIN ? "said nothing" : "did not listen", d->wait_ms / 1000);
	}
}

static int send_all(struct ri_reader *d, struct ri_span bytes, struct ri_err *e)
{
	while (bytes.n > 0) {
		ssize_t n = send(d->socket, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			bytes = ri_span_skip(bytes, (size_t)n);
		if (n >= 0 || errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return died(d, e);
		if (errno != EAGAIN) {
			d->broken = true;
			return ri_fail(e, RI_E_IO, errno, "asking the direct reader");
		}
		if (await(d, POLLOUT, e) < 0)
			return -1;
	}
	return 0;
}

int ri_reader_ask(struct ri_reader *d, uint32_t op, struct ri_span payload, struct ri_err *e)
{
	RI_BUF frame = { 0 };

	d->g.ask_appliance = d->g.ask_appliance || d->broken;
	if (d->broken || d->streaming)
		return ri_fail(e, RI_E_IO, 0, "the direct reader cannot be asked any more");
	if (payload.n > RI_WIRE_FRAME_MAX)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "a request too large for the direct reader");
	ri_wire_put_head(&frame, op, payload.n);
	ri_buf_add_span(&frame, payload);
	return ri_buf_check(&frame, e) < 0 ? -1 : send_all(d, ri_buf_span(&frame), e);
}

/* A slot that was lent is not looked at any more. Half of them at a time, to send less. */
static int give_back(struct ri_reader *d, struct ri_err *e)
{
	RI_BUF frame = { 0 };

	if (!d->borrows)
		return 0;
	d->borrows = false;
	if (++d->returned < RI_SHARED_SLOTS / 2)
		return 0;
	ri_wire_put_head(&frame, RI_WIRE_BACK, sizeof d->returned);
	ri_wire_put_u32(&frame, d->returned);
	d->returned = 0;
	return ri_buf_check(&frame, e) < 0 ? -1 : send_all(d, ri_buf_span(&frame), e);
}

/* At least @n bytes from start on. */
static int have(struct ri_reader *d, size_t n, struct ri_err *e)
{
	if (d->start == d->end)
		d->start = d->end = 0;
	if (d->start + n > IN_BYTES) {
		memmove(d->in, d->in + d->start, d->end - d->start);
		d->end -= d->start;
		d->start = 0;
	}
	while (d->end - d->start < n) {
		ssize_t got = recv(d->socket, d->in + d->end, IN_BYTES - d->end, MSG_DONTWAIT);

		if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
			return died(d, e);
		if (got > 0)
			d->end += (size_t)got;
		d->broken = ri_cancelled();
		if (d->broken)
			return ri_cancel_check(e);
		if (got < 0 && await(d, POLLIN, e) < 0)
			return -1;
	}
	return 0;
}

static int borrow(struct ri_reader *d, struct ri_reader_frame *f, struct ri_err *e)
{
	struct ri_wire_lent l;

	if (!ri_wire_lent(f->bytes, &l))
		return ri_reader_protocol_error(d, e);
	d->borrows = true;
	f->kind = RI_WIRE_DATA;
	f->at = l.at;
	f->bytes = ri_span(d->shared + l.slot * RI_SHARED_SLOT, l.n);
	return 0;
}

static int next_frame(struct ri_reader *d, struct ri_reader_frame *f, struct ri_err *e)
{
	struct ri_wire_head h;

	if (give_back(d, e) < 0)
		return -1;
	do {
		if (have(d, RI_WIRE_HEAD, e) < 0)
			return -1;
		if (!ri_wire_head(ri_span(d->in + d->start, RI_WIRE_HEAD), &h))
			return ri_reader_protocol_error(d, e);
		if (have(d, RI_WIRE_HEAD + h.n, e) < 0)
			return -1;
		f->bytes = ri_span(d->in + d->start + RI_WIRE_HEAD, h.n);
		d->start += RI_WIRE_HEAD + h.n;
	} while (h.kind == RI_WIRE_BEAT);
	f->kind = h.kind;
	switch (h.kind) {
	case RI_WIRE_ERROR:
		return ri_wire_error(f->bytes, e);
	case RI_WIRE_DATA:
		return ri_wire_u64(&f->bytes, &f->at) ? 0 : ri_reader_protocol_error(d, e);
	case RI_WIRE_LENT:
		return borrow(d, f, e);
	default:
		return 0;
	}
}

int ri_reader_next(struct ri_reader *d, struct ri_reader_frame *f, struct ri_err *e)
{
	if (next_frame(d, f, e) == 0)
		return 0;
	d->g.ask_appliance = true;
	return -1;
}

int ri_reader_call(struct ri_reader *d, uint32_t op, struct ri_span payload,
    const struct ri_reader_sink *sink, struct ri_buf *done, struct ri_err *e)
{
	struct ri_reader_frame f;

	if (ri_reader_ask(d, op, payload, e) < 0)
		return -1;
	for (;;) {
		if (ri_reader_next(d, &f, e) < 0)
			return -1;
		if (f.kind == RI_WIRE_DONE)
			break;
		if (!sink || f.kind != sink->kind)
			return ri_reader_protocol_error(d, e);
		if (sink->take(sink->arg, &f, e) < 0) {
			d->broken = true; /* the rest of the answer would be taken for another */
			return -1;
		}
	}
	ri_buf_add_span(done, f.bytes);
	return ri_buf_check(done, e);
}
