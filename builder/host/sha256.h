// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * SHA-256 (FIPS 180-4) by nettle, which uses the CPU's SHA instructions where it has them.
 */
#include "base/buf.h"
#include "format/manifest.h" /* RI_SHA256_HEX */

#include <nettle/sha2.h>
#include <stdint.h>

/** A digest being computed; plain memory, nothing to release. */
struct ri_sha256 {
	struct sha256_ctx ctx;
};

/** Begin a digest. */
void ri_sha256_init(struct ri_sha256 *d);
/** Add @n bytes at @p. */
void ri_sha256_add(struct ri_sha256 *d, const void *p, size_t n);
/** The digest in lower-case hexadecimal, with a NUL; afterwards @d must be initialised again. */
void ri_sha256_hex(struct ri_sha256 *d, char out[RI_SHA256_HEX + 1]);

/** The first @n bytes of the digest, at most 32; afterwards @d must be initialised again. */
void ri_sha256_head(struct ri_sha256 *d, unsigned char *out, size_t n);

/** The digest of the bytes @s, as ri_sha256_hex. */
void ri_sha256_span(struct ri_span s, char out[RI_SHA256_HEX + 1]);
/**
 * The digest of what @fd holds from its position to its end, and its length in *@bytes, which may
 * be NULL. @what names the file in messages.
 * @return 0; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_sha256_fd(int fd, const char *what, char out[RI_SHA256_HEX + 1], uint64_t *bytes,
    struct ri_err *e) RI_MUST_CHECK;
/** The same for the whole file @path. */
int ri_sha256_file(const char *path, char out[RI_SHA256_HEX + 1], uint64_t *bytes,
    struct ri_err *e) RI_MUST_CHECK;
