// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The SHA-256 of an image as a whole, and the hash of each of its pieces (RI_IMAGE_PIECE), by which the loader's threads
 * prove what they have read: that one finds damage, and need not withstand anybody, for who can write the image can
 * write the initrd that has the hashes.
 */
#include "format/loader_memory.h"
#include "host/sha256.h"

/* The state itself, and not only a pointer to one (xxhash.h). */
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

/** Zero-initialise it but for ri_piece_sums_begin. */
struct ri_piece_sums {
	struct ri_sha256 whole;
	struct XXH64_state_s piece;
	size_t in_piece;   /* bytes of the current one */
	struct ri_buf out; /* RI_IMAGE_HASH bytes for each that is complete */
};

void ri_piece_sums_begin(struct ri_piece_sums *s);
/** Add @n bytes. */
void ri_piece_sums_add(struct ri_piece_sums *s, const void *p, size_t n);
/**
 * Add the next @bytes that @fd holds at @at. @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_piece_sums_fd(struct ri_piece_sums *s, int fd, uint64_t at, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;
/** The digest of all so far; more may come. */
void ri_piece_sums_whole(const struct ri_piece_sums *s, char out[RI_SHA256_HEX + 1]);
/** End the last piece. @return 0; -1 RI_E_NOMEM: of anything before. */
int ri_piece_sums_end(struct ri_piece_sums *s, struct ri_err *e) RI_MUST_CHECK;
void ri_piece_sums_free(struct ri_piece_sums *s);
