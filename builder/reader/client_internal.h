// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to the direct reader's client: the connection to the reader's process. Nothing that comes
 * over it is trusted, since the other end reads a hostile disk: anything that breaks the protocol
 * ends the connection.
 */
#include "disk/qemu_nbd.h"
#include "guest/guest.h"
#include "host/child.h"
#include "reader/wire.h"

/** A reader as its client sees it; it owns everything in here. */
struct ri_reader {
	struct ri_guest g; /* first, so that a pointer to it is one to the whole */
	int socket;
	struct ri_child child;
	struct ri_qemu_nbd *image; /* what it reads from; NULL: a file */
	int wait_ms;               /* the longest silence before it is given up */
	char *in; /* bytes received; those from start to end are still to be read */
	size_t start, end;
	char *shared;      /* RI_SHARED_BYTES */
	bool borrows;      /* the last frame's bytes are in there */
	uint32_t returned; /* slots that are free again, which it has not been told yet */
	bool streaming;    /* a source is using the connection */
	bool broken;       /* nothing more can be asked */
};

/** A reader's process, and our ends of the socket and the memory between it and us. */
struct ri_reader_ends {
	int socket, shared;
	struct ri_child child;
};
/**
 * Make the client of a process. It takes over everything in @ends, even if it fails. @wait_ms is
 * how many milliseconds may pass without a word from the process.
 * @return 0 with *@out for ri_reader_end; -1 RI_E_NOMEM, RI_E_IO.
 */
int ri_reader_connect(const struct ri_reader_ends *ends, int wait_ms, struct ri_reader **out,
    struct ri_err *e) RI_MUST_CHECK;
/** End the process and free everything. */
void ri_reader_end(struct ri_reader *d);

/** Send the request @op (enum ri_wire_op). @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM. */
int ri_reader_ask(struct ri_reader *d, uint32_t op, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** A frame of an answer. */
struct ri_reader_frame {
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
int ri_reader_next(struct ri_reader *d, struct ri_reader_frame *f, struct ri_err *e) RI_MUST_CHECK;
/** The other end has broken the protocol: break the connection. @return always -1, RI_E_IO. */
int ri_reader_protocol_error(struct ri_reader *d, struct ri_err *e);

/** A consumer of the frames before DONE. If @take returns -1, the connection is broken. */
struct ri_reader_sink {
	uint32_t kind; /* the only kind of frame that is allowed */
	int (*take)(void *arg, const struct ri_reader_frame *f, struct ri_err *e);
	void *arg;
};
/**
 * Send a request and receive the whole answer; the payload of DONE is appended to @done. @sink
 * NULL: there must be no other frame.
 * @return 0; -1 as ri_reader_ask, ri_reader_next and @sink.
 */
int ri_reader_call(struct ri_reader *d, uint32_t op, struct ri_span payload,
    const struct ri_reader_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;

/** The reader of which @g is a part; @g must be a direct reader. */
static inline struct ri_reader *ri_reader_of(struct ri_guest *g)
{
	return (struct ri_reader *)g;
}
/** ri_reader_call with a payload of up to two strings; one that is NULL is left out. */
int ri_reader_request(struct ri_guest *g, uint32_t op, const char *a, const char *b,
    const struct ri_reader_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;

/** The items of an answer. Zero-initialise it. */
struct ri_reader_list {
	struct ri_strv texts;
	uint64_t *numbers; /* one for each text */
	size_t cap;        /* how many numbers there is room for */
};
/** Release what @l owns. */
void ri_reader_list_free(struct ri_reader_list *l);
/** ri_reader_request with at most one string, answered by items, which are appended to @l. */
int ri_reader_items(struct ri_guest *g, uint32_t op, const char *a, struct ri_reader_list *l,
    struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;
/**
 * Decode one number from the payload of DONE or, if @b is not NULL, two.
 * @return 0; -1 as ri_reader_protocol_error.
 */
int ri_reader_numbers(struct ri_guest *g, const struct ri_buf *done, uint64_t *a, uint64_t *b,
    struct ri_err *e) RI_MUST_CHECK;

/* The operations of struct ri_guest_ops, which describes them, in its order; then their table. */
int ri_reader_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e);
int ri_reader_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e);
int ri_reader_roots(struct ri_guest *g, struct ri_strv *out, struct ri_err *e);
int ri_reader_os(struct ri_guest *g, const char *root, struct ri_guest_os *out, struct ri_err *e);
int ri_reader_mount(struct ri_guest *g, const char *device, const char *mountpoint, bool readonly,
    struct ri_err *e);
int ri_reader_umount_all(struct ri_guest *g, struct ri_err *e);
int ri_reader_tags(struct ri_guest *g, const char *device, struct ri_strv *out, struct ri_err *e);
int ri_reader_device(struct ri_guest *g, const char *device, char **uuid, char **root_spec,
    struct ri_bootdev *out, struct ri_err *e);
int ri_reader_space(struct ri_guest *g, const char *path, uint64_t *size, uint64_t *avail,
    struct ri_err *e);
int ri_reader_kind(struct ri_guest *g, const char *path, enum ri_kind *out, struct ri_err *e);
int ri_reader_resolve(struct ri_guest *g, const char *path, char **out, struct ri_err *e);
int ri_reader_list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e);
int ri_reader_read(struct ri_guest *g, const char *path, size_t max, struct ri_buf *out,
    struct ri_err *e);
int ri_reader_download(struct ri_guest *g, const char *path, const char *host_path,
    struct ri_err *e);
int ri_reader_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e);
int ri_reader_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e);
int ri_reader_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e);
extern const struct ri_guest_ops ri_reader_ops;
