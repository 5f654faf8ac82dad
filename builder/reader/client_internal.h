// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to the direct reader's client: the reader's process as a guest.
 */
#include "disk/qemu_nbd.h"
#include "guest/guest.h"
#include "parse/peer.h"

/** A reader as its client sees it; it owns everything in here. */
struct ri_reader {
	struct ri_guest g; /* first, so that a pointer to it is one to the whole */
	struct ri_peer peer;
	struct ri_qemu_nbd *image; /* what it reads from; NULL: a file */
};

/**
 * Make the client of a process, whose connection is taken over, even if it fails.
 * @return 0 with *@out for ri_reader_end; -1 RI_E_NOMEM.
 */
int ri_reader_new(struct ri_peer *peer, struct ri_reader **out, struct ri_err *e) RI_MUST_CHECK;
/** End the process and free everything. */
void ri_reader_end(struct ri_reader *d);

/** The reader of which @g is a part; @g must be a direct reader. */
static inline struct ri_reader *ri_reader_of(struct ri_guest *g)
{
	return (struct ri_reader *)g;
}
/** ri_peer_call with a payload of up to two strings; one that is NULL is left out. */
int ri_reader_request(struct ri_guest *g, uint32_t op, const char *a, const char *b,
    const struct ri_peer_sink *sink, struct ri_buf *done, struct ri_err *e) RI_MUST_CHECK;

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
 * @return 0; -1 as ri_peer_protocol_error.
 */
int ri_reader_numbers(struct ri_guest *g, const struct ri_buf *done, uint64_t *a, uint64_t *b,
    struct ri_err *e) RI_MUST_CHECK;

/* The operations of struct ri_guest_ops, which describes them, in its order; then their table. */
int ri_reader_filesystems(struct ri_guest *g, struct ri_guest_fslist *out, struct ri_err *e);
int ri_reader_preen(struct ri_guest *g, const char *device, bool *bad, struct ri_err *e);
int ri_reader_describe(struct ri_guest *g, struct ri_buf *out, struct ri_err *e);
int ri_reader_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e);
int ri_reader_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e);
int ri_reader_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e);
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
int ri_reader_download(struct ri_guest *g, const char *path, uint64_t max, const char *host_path,
    struct ri_err *e);
int ri_reader_sha256(struct ri_guest *g, const char *path, char hex[RI_SHA256_HEX + 1],
    struct ri_err *e);
int ri_reader_glob(struct ri_guest *g, const char *pattern, struct ri_strv *out, struct ri_err *e);
int ri_reader_usage(struct ri_guest *g, const char *path, uint64_t *bytes, struct ri_err *e);
extern const struct ri_guest_ops ri_reader_ops;
