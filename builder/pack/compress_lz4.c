// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * LZ4 frames of one block each (format/lz4_frame.h). The loader proves the compressed bytes only, so that what they
 * decompress to is compared here, before anybody relies on it.
 */
#include "base/le.h"
#include "format/lz4_frame.h"
#include "pack/compress.h"

#include <lz4.h>
#include <lz4hc.h>
#include <xxhash.h>

/* What stands in front of a block. */
#define BEFORE (RI_LZ4_HEAD + RI_LZ4_FRAME)

struct lz4_ctx {
	int level;
	void *state;
	char *again; /* RI_COMP_PIECE bytes: what was compressed, decompressed */
};

static void lz4_close(void *ctx)
{
	struct lz4_ctx *c = ctx;

	if (!c)
		return;
	free(c->state);
	free(c->again);
	free(c);
}

/* As the program lz4 has it: below LZ4HC's least level it is the fast compressor. */
static bool thorough(const struct lz4_ctx *c)
{
	return c->level >= LZ4HC_CLEVEL_MIN;
}

static void *lz4_open(int level)
{
	struct lz4_ctx *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->level = level;
	c->state = malloc((size_t)(thorough(c) ? LZ4_sizeofStateHC() : LZ4_sizeofState()));
	c->again = malloc(RI_COMP_PIECE);
	if (c->state && c->again)
		return c;
	lz4_close(c);
	return NULL;
}

/* What stands around the block at @out + BEFORE, which holds @in. */
static size_t frame(struct ri_span in, size_t block_n, bool stored, unsigned char *out)
{
	const struct ri_lz4_block block = { (uint32_t)in.n, (uint32_t)block_n, stored };
	const size_t n = RI_LZ4_FRAME + block_n + RI_LZ4_TRAILER;
	unsigned char *at = out + RI_LZ4_HEAD, *trailer = at + RI_LZ4_FRAME + block_n;

	ri_lz4_frame_put(&block, at);
	at[RI_LZ4_CHECK] =
	    (unsigned char)(XXH32(at + RI_LZ4_DESCRIPTOR, RI_LZ4_CHECK - RI_LZ4_DESCRIPTOR, 0) >>
			    8);
	ri_le_put(trailer, 0, 4);
	ri_le_put(trailer + 4, XXH32(in.p, in.n, 0), 4);
	ri_lz4_head_put(&(struct ri_lz4_head){ (uint32_t)n, XXH64(at, n, 0) }, out);
	return RI_LZ4_HEAD + n;
}

static size_t lz4_store(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	(void)ctx, (void)why;
	memcpy(out + BEFORE, in.p, in.n);
	return frame(in, in.n, true, out);
}

/* @return bytes of the block at @to; 0 where @in would not get smaller. */
static int block(const struct lz4_ctx *c, struct ri_span in, char *to)
{
	const int n = (int)in.n;

	return thorough(c) ? LZ4_compress_HC_extStateHC(c->state, in.p, to, n, n - 1, c->level)
			   : LZ4_compress_fast_extState(c->state, in.p, to, n, n - 1, 1);
}

static size_t lz4_piece(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	const struct lz4_ctx *c = ctx;
	char *to = (char *)out + BEFORE;
	int n = block(c, in, to);

	if (n <= 0)
		return lz4_store(ctx, in, out, why);
	if (LZ4_decompress_safe(to, c->again, n, (int)RI_COMP_PIECE) != (int)in.n ||
	    memcmp(c->again, in.p, in.n) != 0) {
		*why =
		    "lz4: what it made does not decompress to what it was made of: is this machine's memory "
		    "sound?";
		return 0;
	}
	return frame(in, (size_t)n, false, out);
}

const struct ri_compressor ri_compressor_lz4 = {
	.name = "lz4",
	.level_min = 1,
	.level_max = LZ4HC_CLEVEL_MAX,
	.bound = BEFORE + RI_COMP_PIECE + RI_LZ4_TRAILER,
	.open = lz4_open,
	.piece = lz4_piece,
	.store = lz4_store,
	.close = lz4_close,
};
