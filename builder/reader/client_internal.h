// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to the direct reader's client: the connection to its process. What comes over it is not
 * believed (the other end reads a hostile disk); what is not as it must be ends the connection.
 */
#include "disk/qemu_nbd.h"
#include "guest/guest.h"
#include "host/child.h"
#include "reader/wire.h"

struct ri_reader {
	struct ri_guest g;
	int socket;
	struct ri_child child;
	struct ri_qemu_nbd *image; /* what it reads from; NULL: a file */
	int wait_ms;               /* how long nothing at all may come */
	char *in;                  /* received, between start and end */
	size_t start, end;
	char *shared;      /* RI_SHARED_BYTES */
	bool borrows;      /* the last frame's bytes are in there */
	uint32_t returned; /* slots that it was not told of yet */
	bool streaming;    /* a source has the connection */
	bool broken;       /* nothing more can be asked */
};

/** A reader's process, and our ends of what is between it and us. */
struct ri_reader_ends {
	int socket, shared;
	struct ri_child child;
};
/**
 * A client of a process; it takes over all of @ends, in the case of failure too.
 * @return 0; -1 RI_E_NOMEM, RI_E_IO.
 */
int ri_reader_connect(const struct ri_reader_ends *ends, int wait_ms, struct ri_reader **out,
    struct ri_err *e) RI_MUST_CHECK;
/** End the process and free all. */
void ri_reader_end(struct ri_reader *d);

/** Send a request. @return 0; -1 RI_E_IO. */
int ri_reader_ask(struct ri_reader *d, uint32_t op, struct ri_span payload,
    struct ri_err *e) RI_MUST_CHECK;
/** A frame of an answer. */
struct ri_reader_frame {
	uint32_t kind;
	uint64_t at; /* DATA: where in the file */
	struct ri_span
	    bytes; /* DATA: the file's, which may change while they are looked at; else the payload */
};
/**
 * The next frame of the answer: DONE, ITEMS, DATA (what is lent as well) or ENTRY; valid until the
 * next call.
 * @return 0; -1 with what an ERROR frame says, or RI_E_IO, RI_E_CANCELLED and the connection broken.
 */
int ri_reader_next(struct ri_reader *d, struct ri_reader_frame *f, struct ri_err *e) RI_MUST_CHECK;
/** The other end does not keep to the protocol. @return always -1, RI_E_IO. */
int ri_reader_protocol_error(struct ri_reader *d, struct ri_err *e);

/** What takes the frames before DONE; -1 breaks the connection. */
struct ri_reader_sink {
	uint32_t kind; /* the only one that may come */
	int (*take)(void *arg, const struct ri_reader_frame *f, struct ri_err *e);
	void *arg;
};
/**
 * Ask and take the whole answer; the payload of DONE goes to @done. @sink NULL: nothing else comes.
 * @return 0; -1.
 */
int ri_reader_call(struct ri_reader *d, uint32_t op, struct ri_span payload,
    const struct ri_reader_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;

static inline struct ri_reader *ri_reader_of(struct ri_guest *g)
{
	return (struct ri_reader *)g;
}
/** A call with none, one or two strings; NULL are not there. */
int ri_reader_request(struct ri_guest *g, uint32_t op, const char *a, const char *b,
    const struct ri_reader_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;

/** The items of an answer. */
struct ri_reader_list {
	struct ri_strv texts;
	uint64_t *numbers; /* one for each text */
	size_t cap;
};
void ri_reader_list_free(struct ri_reader_list *l);
/** A call with at most one string that is answered by items. */
int ri_reader_items(struct ri_guest *g, uint32_t op, const char *a, struct ri_reader_list *l,
    struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;
/** Decode one number, or with @b two. */
int ri_reader_numbers(struct ri_guest *g, const struct ri_buf *done, uint64_t *a, uint64_t *b,
    struct ri_err *e) RI_MUST_CHECK;

/* The operations, in the order of struct ri_guest_ops; all of them together. */
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
