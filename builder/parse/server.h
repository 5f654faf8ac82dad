// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A process that parses what a guest wrote, its end of the socket: it confines itself, then answers
 * requests (parse/wire.h), one at a time.
 */
#include "host/confine.h"
#include "parse/wire.h"

/** The state of such a process: what it has not sent yet. */
struct ri_server {
	const char *name;   /* "the direct reader", in messages */
	bool open;          /* the first request has come */
	bool landlock;      /* the kernel has it, and it is in force */
	struct ri_buf out;  /* frames that are waiting to be sent together */
	int64_t sent_ms;    /* when frames were last sent (ri_clock_ms) */
	bool lost;          /* the socket failed: there is nobody left to answer */
	char *shared;       /* RI_SHARED_BYTES, or NULL */
	uint64_t sent_data; /* bytes of files, lent or in frames */
	unsigned slot;      /* the next slot to lend */
	unsigned lent;      /* how many slots have not come back */
	unsigned untold;    /* how many of those have frames that are still waiting */
};

/**
 * Answers a request, whose payload is @in; what is appended to @out becomes the payload of DONE.
 * @return 0; -1 with the error that is sent as ERROR.
 */
typedef int ri_server_fn(struct ri_server *s, struct ri_span in, struct ri_buf *out,
    struct ri_err *e);

/** What a process is, and what it answers. */
struct ri_server_kind {
	const char *name;
	enum ri_confined confined;
	bool shares; /* it has RI_WIRE_SHARED */
	ri_server_fn *const *answers;
	size_t n; /* answers are by enum ri_wire_op; the others are NULL */
};
/**
 * Confine this process, then answer on RI_WIRE_SOCKET until the other end closes it. The first
 * request is RI_WIRE_OPEN, which comes once. A request that fails is answered with its error; it
 * does not end the process. @s is zero but for what the kind's own structure, of which it is a part,
 * has beside it; what it holds is released.
 * @return 0; -1 RI_E_IO, also where it cannot be confined; RI_E_NOMEM.
 */
int ri_server_run(struct ri_server *s, const struct ri_server_kind *kind,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The part of it behind the confinement, for a process that has s->name and s->shared; it releases nothing.
 * @return as ri_server_run.
 */
int ri_server_serve(struct ri_server *s, const struct ri_server_kind *kind,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Send a frame, or keep it to be sent with others.
 * @return 0; -1 RI_E_UNSUPPORTED: @payload is too large; RI_E_IO, RI_E_NOMEM.
 */
int ri_server_frame(struct ri_server *s, uint32_t kind, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** Send what is waiting, then the bytes @more, uncopied. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_server_flush(struct ri_server *s, struct ri_span more, struct ri_err *e) RI_MUST_CHECK;
/**
 * The caller has added a whole frame to s->out itself: send it, or keep it.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_server_added(struct ri_server *s, struct ri_err *e) RI_MUST_CHECK;
/** Receive @n bytes. @return 1; 0: the stream ended before the first of them; -1 RI_E_IO. */
int ri_server_receive(void *to, size_t n, struct ri_err *e) RI_MUST_CHECK;
/**
 * Send a BEAT frame if nothing was sent for a second. @arg is the server.
 * @return 0; -1 RI_E_IO.
 */
int ri_server_beat(void *arg, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append an item to the ITEMS frame in @b, which is sent once it is large.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_server_item(struct ri_server *s, struct ri_buf *b, uint64_t number, const char *text,
    struct ri_err *e) RI_MUST_CHECK;
/** Send the rest of the ITEMS frame in @b. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_server_items_end(struct ri_server *s, struct ri_buf *b, struct ri_err *e) RI_MUST_CHECK;

/** The client has given slots back (RI_WIRE_BACK). @return 0; -1 RI_E_IO: more than it had. */
int ri_server_back(struct ri_server *s, struct ri_span in, struct ri_err *e) RI_MUST_CHECK;

/**
 * A request cannot be decoded; as the other end is ours, that is a bug there.
 * @return always -1, RI_E_IO.
 */
int ri_server_bad_request(struct ri_err *e);
