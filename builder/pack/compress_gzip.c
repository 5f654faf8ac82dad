// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gzip members (RFC 1952) by ISA-L, each with the header of format/gzip_member.h. The loader proves the compressed
 * bytes only, so that what they decompress to is compared here, before anybody relies on it.
 *
 * The stateless call: all of a piece is there at once, it is some 15 % faster, and what does not
 * compress it stores, where the other one at level 0 lets it grow by a quarter.
 */
#include "base/le.h"
#include "format/gzip_member.h"
#include "pack/compress.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <xxhash.h>

#define STORED_LEN 5 /* in front of a stored block's bytes */

struct gzip_ctx {
	int level;
	uint32_t level_buf_n;
	unsigned char *level_buf;
	struct inflate_state back; /* for trying what was compressed */
	unsigned char *again;      /* RI_COMP_PIECE bytes that it gives */
};

static const uint32_t level_buf_bytes[] = { 0, ISAL_DEF_LVL1_DEFAULT, ISAL_DEF_LVL2_DEFAULT,
	ISAL_DEF_LVL3_DEFAULT };

static void gzip_close(void *ctx)
{
	struct gzip_ctx *g = ctx;

	if (!g)
		return;
	free(g->level_buf);
	free(g->again);
	free(g);
}

static void *gzip_open(int level)
{
	struct gzip_ctx *g = calloc(1, sizeof *g);

	if (!g)
		return NULL;
	g->level = level;
	g->level_buf_n = level_buf_bytes[level];
	g->again = malloc(RI_COMP_PIECE);
	if (g->level_buf_n > 0)
		g->level_buf = malloc(g->level_buf_n);
	if (!g->again || (g->level_buf_n > 0 && !g->level_buf)) {
		gzip_close(g);
		return NULL;
	}
	return g;
}

/* The header of the member of @whole bytes at @out, of which the rest is there. */
static void put_header(unsigned char *out, size_t whole)
{
	uint64_t sum = XXH64(out + RI_GZIP_HEAD, whole - RI_GZIP_HEAD, 0);

	ri_gzip_head_put((uint32_t)whole, sum, out);
}

/* Whether the member at @out, whose header is not there yet, decompresses to @in. */
static bool gives_back(struct gzip_ctx *g, unsigned char *out, size_t whole, struct ri_span in)
{
	isal_inflate_init(&g->back);
	g->back.crc_flag = ISAL_GZIP_NO_HDR_VER;
	g->back.next_in = out + RI_GZIP_HEAD;
	g->back.avail_in = (uint32_t)(whole - RI_GZIP_HEAD);
	g->back.next_out = g->again;
	g->back.avail_out = RI_COMP_PIECE;
	return isal_inflate_stateless(&g->back) == ISAL_DECOMP_OK && g->back.avail_in == 0 &&
	       (size_t)(g->back.next_out - g->again) == in.n && memcmp(g->again, in.p, in.n) == 0;
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
	s.next_out = out + RI_GZIP_HEAD;
	s.avail_out = (uint32_t)(ri_compressor_gzip.bound - RI_GZIP_HEAD);
	rc = isal_deflate_stateless(&s);
	if (rc != COMP_OK || s.avail_in != 0) {
		*why = rc == ISAL_INVALID_LEVEL       ? "ISA-L: invalid level"
		       : rc == ISAL_INVALID_LEVEL_BUF ? "ISA-L: level buffer too small"
						      : "ISA-L: the output did not fit";
		return 0;
	}
	whole = RI_GZIP_HEAD + s.total_out;
	if (!gives_back(g, out, whole, in)) {
		*why =
		    "ISA-L: what it made does not decompress to what it was made of: is this machine's memory sound?";
		return 0;
	}
	put_header(out, whole);
	return whole;
}

/* One stored block (RFC 1951, 3.2.4), the last one. */
static size_t gzip_store(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	size_t whole = RI_GZIP_HEAD + STORED_LEN + in.n + RI_GZIP_TRAILER;
	unsigned char *block = out + RI_GZIP_HEAD, *trailer = out + whole - RI_GZIP_TRAILER;

	(void)ctx, (void)why;
	block[0] = 1;
	ri_le_put(block + 1, (uint32_t)in.n, 2);
	ri_le_put(block + 3, ~(uint32_t)in.n, 2);
	memcpy(block + STORED_LEN, in.p, in.n);
	ri_le_put(trailer, crc32_gzip_refl(0, (const unsigned char *)in.p, in.n), 4);
	ri_le_put(trailer + 4, (uint32_t)in.n, 4);
	put_header(out, whole);
	return whole;
}

const struct ri_compressor ri_compressor_gzip = {
	.name = "gzip",
	.level_min = 0,
	.level_max = 3,
	/* Data that does not compress is stored in blocks of at most 64 KiB with 5 bytes each; the
	 * rest is room for ISA-L, which wants to write whole words. */
	.bound = RI_GZIP_HEAD + RI_COMP_PIECE + RI_COMP_PIECE / 64 + 4096 + RI_GZIP_TRAILER,
	.open = gzip_open,
	.piece = gzip_piece,
	.store = gzip_store,
	.close = gzip_close,
};
