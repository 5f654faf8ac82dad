// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gzip members (RFC 1952) by ISA-L. Each carries its own whole length in an extra subfield, so that
 * a reader finds the next member without decompressing this one (docs/format.md).
 *
 * The stateless call: all of a piece is there at once, it is some 15 % faster, and what does not
 * compress it stores, where the other one at level 0 lets it grow by a quarter.
 */
#include "pack/compress.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#define HEADER_LEN 20
#define TRAILER_LEN 8
#define STORED_LEN 5 /* in front of a stored block's bytes */

struct gzip_ctx {
	int level;
	uint32_t level_buf_n;
	unsigned char *level_buf;
};

static const uint32_t level_buf_bytes[] = { 0, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
	ISAL_DEF_LVL3_DEFAULT };

static void gzip_close(void *ctx)
{
	struct gzip_ctx *g = ctx;

	if (g)
		free(g->level_buf);
	free(g);
}

static void *gzip_open(int level)
{
	struct gzip_ctx *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->level = level;
	g->level_buf_n = level_buf_bytes[level];
	if (g->level_buf_n == 0)
		return g;
	g->level_buf = malloc(g->level_buf_n);
	if (!g->level_buf) {
		gzip_close(g);
		return NULL;
	}
	return g;
}

static void put_le(unsigned char *out, uint32_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> (8 * i));
}

static void put_header(unsigned char *out, uint32_t whole)
{
	static const unsigned char fixed[] = {
		0x1f, 0x8b, 8, /* magic, deflate */
		1 << 2,        /* FLG.FEXTRA */
		0, 0, 0, 0,    /* MTIME: none, so that the same input gives the same bytes */
		0, 255,        /* XFL, OS unknown */
		8, 0,          /* XLEN */
		'R', 'I', 4, 0 /* the subfield and its length */
	};

	_Static_assert(sizeof fixed + 4 == HEADER_LEN, "header length");
	memcpy(out, fixed, sizeof fixed);
	put_le(out + sizeof fixed, whole, 4);
}

static size_t gzip_piece(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	struct gzip_ctx *g = ctx;
	struct isal_zstream s;
	size_t whole;
	int rc;

	isal_deflate_stateless_init(&s);
	s.level = (uint32_t)g->level;
	s.level_buf = g->level_buf;
	s.level_buf_size = g->level_buf_n;
	s.gzip_flag = IGZIP_GZIP_NO_HDR;
	s.end_of_stream = 1;
	s.flush = NO_FLUSH;
	/* ISA-L reads through a pointer to non-const. */
	memcpy(&s.next_in, &in.p, sizeof s.next_in);
	s.avail_in = (uint32_t)in.n;
	s.next_out = out + HEADER_LEN;
	s.avail_out = (uint32_t)(ri_compressor_gzip.bound - HEADER_LEN);
	rc = isal_deflate_stateless(&s);
	if (rc != COMP_OK || s.avail_in != 0) {
		*why = rc == ISAL_INVALID_LEVEL       ? "ISA-L: invalid level"
		       : rc == ISAL_INVALID_LEVEL_BUF ? "ISA-L: level buffer too small"
						      : "ISA-L: the output did not fit";
		return 0;
	}
	whole = HEADER_LEN + s.total_out;
	put_header(out, (uint32_t)whole);
	return whole;
}

/* One stored block (RFC 1951, 3.2.4), the last one. */
static size_t gzip_store(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	size_t whole = HEADER_LEN + STORED_LEN + in.n + TRAILER_LEN;
	unsigned char *block = out + HEADER_LEN, *trailer = out + whole - TRAILER_LEN;

	(void)ctx, (void)why;
	put_header(out, (uint32_t)whole);
	block[0] = 1;
	put_le(block + 1, (uint32_t)in.n, 2);
	put_le(block + 3, ~(uint32_t)in.n, 2);
	memcpy(block + STORED_LEN, in.p, in.n);
	put_le(trailer, crc32_gzip_refl(0, (const unsigned char *)in.p, in.n), 4);
	put_le(trailer + 4, (uint32_t)in.n, 4);
	return whole;
}

const struct ri_compressor ri_compressor_gzip = {
	.name = "gzip",
	.level_min = 0,
	.level_max = 3,
	/* Data that does not compress is stored in blocks of at most 64 KiB with 5 bytes each; the
	 * rest is room for ISA-L, which wants to write whole words. */
	.bound = HEADER_LEN + RI_COMP_PIECE + RI_COMP_PIECE / 64 + 4096 + TRAILER_LEN,
	.open = gzip_open,
	.piece = gzip_piece,
	.store = gzip_store,
	.close = gzip_close,
};
