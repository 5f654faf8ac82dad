// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The archive file read once, from its beginning to its end, in large pieces. It goes past the page
 * cache, since nothing will read it again; where that cannot be, its pages are dropped behind us.
 */
#include "base/err.h"

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

#define RI_INPUT_ATMOST (2 << 20) /* that can be asked for at once */
#define RI_INPUT_PIECE (2 << 20)  /* that is read at once */
#define RI_INPUT_BUFFER (RI_INPUT_ATMOST + RI_INPUT_PIECE)

struct ri_input {
	int fd;           /* not owned */
	uint64_t bytes;   /* length that the file must have */
	uint64_t fetched; /* bytes read from it so far */
	uint64_t dropped; /* of those, bytes whose pages have been given back */
	bool direct;      /* past the page cache */
	char *buf;        /* RI_INPUT_BUFFER bytes; a piece is read to RI_INPUT_ATMOST */
	size_t pos, len;  /* unread: buf[pos..len) */
	bool hash;        /* whether sha256 is being kept of what is fetched */
	struct sha256_ctx sha256;
};

/**
 * Begin to read @fd, which stays the caller's, and with @hash to compute its SHA-256.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_input_init(struct ri_input *in, int fd, uint64_t bytes, bool hash,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Have at least @want unread bytes in the buffer (at most RI_INPUT_ATMOST), fewer only where the
 * file ends. @return 0; -1 RI_E_IO (reading failed), RI_E_VERIFY (the file is shorter than it was).
 */
int ri_input_have(struct ri_input *in, size_t want, struct ri_err *e) RI_MUST_CHECK;
/** Where in the file the first unread byte stands. */
static inline uint64_t ri_input_at(const struct ri_input *in)
{
	return in->fetched - (in->len - in->pos);
}
/**
 * At the file's end: compare the SHA-256 of all of it with @hex, 64 digits.
 * @return 0; -1 RI_E_VERIFY.
 */
int ri_input_compare(struct ri_input *in, const char *hex, struct ri_err *e) RI_MUST_CHECK;
void ri_input_free(struct ri_input *in);
