// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process, its end of the socket: sending frames, receiving bytes
 * (reader/wire.h).
 */
#include "fs/vfs.h"
#include "reader/wire.h"

/** The state of the process: the disk that it reads, and what it has not sent yet. */
struct ri_server {
	int socket, image;
	struct ri_vfs vfs;
	bool open;         /* vfs has been opened */
	bool landlock;     /* the kernel has it, and it is in force */
	struct ri_buf out; /* frames that are waiting to be sent together */
	int64_t sent_ms;   /* when frames were last sent (ri_clock_ms) */
	bool lost;         /* the socket failed: there is nobody left to answer */
	char *shared;      /* RI_SHARED_BYTES */
	unsigned slot;     /* the next slot to lend */
	unsigned lent;     /* how many slots have not come back */
	unsigned untold;   /* how many of those have frames that are still waiting */
};

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
int ri_server_receive(struct ri_server *s, void *to, size_t n, struct ri_err *e) RI_MUST_CHECK;
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

/**
 * A request cannot be decoded; as the other end is ours, that is a bug there.
 * @return always -1, RI_E_IO.
 */
int ri_server_bad_request(struct ri_err *e);
