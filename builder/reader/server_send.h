// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The direct reader's process, its end of the socket: frames out, bytes in (reader/wire.h).
 */
#include "fs/vfs.h"
#include "reader/wire.h"

/** What the process knows: the disk that it reads, and what it has not sent yet. */
struct ri_server {
	int socket, image;
	struct ri_vfs vfs;
	bool open;
	struct ri_buf out; /* frames that wait to be sent together */
	int64_t sent_ms;   /* when the last were */
	bool lost;         /* the socket failed: there is nobody to answer to */
	char *shared;      /* RI_SHARED_BYTES */
	unsigned slot;     /* the next to lend */
	unsigned lent;     /* the slots that have not come back */
	unsigned untold;   /* of them, those whose frames wait */
};

/** Send a frame, or keep it to be sent with others. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_server_frame(struct ri_server *s, uint32_t kind, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** Send what waits, then @more from where it lies. @return as above. */
int ri_server_flush(struct ri_server *s, struct ri_span more, struct ri_err *e) RI_MUST_CHECK;
/** A frame whose payload the caller adds to s->out has been added: send it, or keep it. */
int ri_server_added(struct ri_server *s, struct ri_err *e) RI_MUST_CHECK;
/** All @n bytes. @return 1; 0 where the stream ends before the first; -1 RI_E_IO. */
int ri_server_receive(struct ri_server *s, void *to, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** A BEAT frame, where nothing was sent for a second. @arg is the server. */
int ri_server_beat(void *arg, struct ri_err *e) RI_MUST_CHECK;
/** Append an item to an ITEMS frame in @b, which is sent when it is large. */
int ri_server_item(struct ri_server *s, struct ri_buf *b, uint64_t number, const char *text,
    struct ri_err *e) RI_MUST_CHECK;
/** Send what is left of the ITEMS frame. */
int ri_server_items_end(struct ri_server *s, struct ri_buf *b, struct ri_err *e) RI_MUST_CHECK;

/** RI_E_IO for a request that cannot be decoded; the other end is ours, so this is a bug there. */
int ri_server_bad_request(struct ri_err *e);
