// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The connection to a process that parses what a guest wrote. Nothing that comes over it is
 * trusted: anything that breaks the protocol (parse/wire.h) ends it.
 */
#include "host/child.h"
#include "parse/wire.h"

/** Such a process, and our ends of the socket and the memory between it and us. */
struct ri_peer_ends {
	int socket, shared; /* shared -1: none, it sends all bytes in frames */
	struct ri_child child;
};

/** A connection, for ri_peer_end. Zero-initialise it. */
struct ri_peer {
	const char *name; /* "the direct reader", in messages; NULL: there is no connection */
	bool *unanswered; /* set when a question was not answered, for no reason of ours; or NULL */
	int socket;
	struct ri_child child;
	int wait_ms; /* the longest silence before it is given up */
	char *in;    /* bytes received; those from start to end are still to be read */
	size_t start, end;
	char *shared;      /* RI_SHARED_BYTES, or NULL */
	bool borrows;      /* the last frame's bytes are in there */
	uint32_t returned; /* slots that are free again, which it has not been told yet */
	bool streaming;    /* a source is using the connection */
	bool broken;       /* nothing more can be asked */
};

/**
 * Make the connection to a process. It takes over everything in @ends, even if it fails. @name
 * stays borrowed. @wait_ms is how many milliseconds may pass without a word from it.
 * @return 0; -1 RI_E_NOMEM, RI_E_IO.
 */
int ri_peer_connect(struct ri_peer *p, const struct ri_peer_ends *ends, const char *name,
    int wait_ms, struct ri_err *e) RI_MUST_CHECK;
/** End the process and free everything in @p, if there is something. */
void ri_peer_end(struct ri_peer *p);

/**
 * Have it open what it is to read: RI_WIRE_OPEN with this payload. It has confined itself before it
 * answers, and where it did so without Landlock, that is logged.
 * @return 0; -1 as ri_peer_call.
 */
int ri_peer_open(struct ri_peer *p, struct ri_span payload, struct ri_err *e) RI_MUST_CHECK;

/** Send the request @op (enum ri_wire_op). @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM. */
int ri_peer_ask(struct ri_peer *p, uint32_t op, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** A frame of an answer. */
struct ri_peer_frame {
	uint32_t kind;
	uint64_t at; /* DATA: the offset in the file */
	/* DATA: the file's bytes, which may change while they are looked at; else the payload. */
	struct ri_span bytes;
};
/**
 * Receive the next frame of the answer: DONE, ITEMS, DATA (bytes in shared memory come as DATA,
 * too) or ENTRY. It is valid until the next call.
 * @return 0; -1 with the error in an ERROR frame; or RI_E_IO, RI_E_CANCELLED, and the connection is
 *         broken.
 */
int ri_peer_next(struct ri_peer *p, struct ri_peer_frame *f, struct ri_err *e) RI_MUST_CHECK;
/** The other end has broken the protocol: break the connection. @return always -1, RI_E_IO. */
int ri_peer_protocol_error(struct ri_peer *p, struct ri_err *e);

/** A consumer of the frames before DONE. If @take returns -1, the connection is broken. */
struct ri_peer_sink {
	uint32_t kind; /* the only kind of frame that is allowed */
	int (*take)(void *arg, const struct ri_peer_frame *f, struct ri_err *e);
	void *arg;
};
/**
 * Send a request and receive the whole answer; the payload of DONE is appended to @done. @sink
 * NULL: there must be no other frame.
 * @return 0; -1 as ri_peer_ask, ri_peer_next and @sink.
 */
int ri_peer_call(struct ri_peer *p, uint32_t op, struct ri_span payload,
    const struct ri_peer_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;
