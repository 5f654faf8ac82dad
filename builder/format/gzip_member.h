// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The header of the gzip members (RFC 1952) that an archive consists of: fixed bytes, and an extra subfield "RI" with
 * the member's whole length, by which a reader finds the next one without decompressing this one, and with the XXH64
 * (seed 0) of all that follows the header, by which it proves the member while it is compressed: a third of the bytes
 * that the trailer's CRC-32 is of. Archives of 0.1.0 have the length only (docs/format.md).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the header; no member of either kind is shorter. */
#define RI_GZIP_HEAD 28
/** Bytes of the trailer: CRC-32 and length of the content. */
#define RI_GZIP_TRAILER 8

struct ri_gzip_head {
	size_t bytes;   /* its own */
	uint32_t whole; /* the member's, header and trailer included */
	bool summed;    /* it has a sum; else only the trailer proves the content */
	uint64_t sum;
};

/** The header of a member of @whole bytes, of which those behind the header have the XXH64 @sum. */
void ri_gzip_head_put(uint32_t whole, uint64_t sum, unsigned char out[RI_GZIP_HEAD]);
/**
 * Read the header that the RI_GZIP_HEAD bytes at @p begin with. No bit of it but those of length and sum can have
 * another value. @return whether it is one that ramimg writes or wrote.
 */
bool ri_gzip_head_get(const char *p, struct ri_gzip_head *out);
