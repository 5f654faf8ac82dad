// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * zstd frames (RFC 8878), each with its content's size and checksum.
 */
#include "pack/compress.h"

#include <zstd.h>

#define CHECKSUM_LEN 4

static void zstd_close(void *ctx)
{
	ZSTD_freeCCtx(ctx);
}

static void *zstd_open(int level)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();

	if (!c)
		return NULL;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1))) {
		ZSTD_freeCCtx(c);
		return NULL;
	}
	return c;
}

static size_t zstd_piece(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	size_t n = ZSTD_compress2(ctx, out, ri_compressor_zstd.bound, in.p, in.n);

	if (ZSTD_isError(n)) {
		*why = ZSTD_getErrorName(n);
		return 0;
	}
	return n;
}

/*
 * One raw block (RFC 8878, 3.1.1.2), the last one, in a frame with the flags of all others. libzstd stores nothing
 * that it can compress, but it knows the checksum: that is what its own frame of the same bytes ends with.
 */
static size_t zstd_store(void *ctx, struct ri_span in, unsigned char *out, const char **why)
{
	uint32_t size = (uint32_t)in.n - 256, block = (uint32_t)in.n << 3 | 1;
	const unsigned char head[] = { 0x28, 0xb5, 0x2f, 0xfd, /* magic */
		1 << 6 | 1 << 5 | 1 << 2, /* two bytes of content size, single segment, checksum */
		(unsigned char)size, (unsigned char)(size >> 8), (unsigned char)block,
		(unsigned char)(block >> 8), (unsigned char)(block >> 16) };
	size_t n = zstd_piece(ctx, in, out, why);

	if (n == 0)
		return 0;
	memmove(out + sizeof head + in.n, out + n - CHECKSUM_LEN, CHECKSUM_LEN);
	memcpy(out, head, sizeof head);
	memcpy(out + sizeof head, in.p, in.n);
	return sizeof head + in.n + CHECKSUM_LEN;
}

const struct ri_compressor ri_compressor_zstd = {
	.name = "zstd",
	.level_min = 1,
	.level_max = 19,
	.bound = ZSTD_COMPRESSBOUND(RI_COMP_PIECE),
	.open = zstd_open,
	.piece = zstd_piece,
	.store = zstd_store,
	.close = zstd_close,
};
