// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * zstd frames (RFC 8878), each with its content's size and checksum.
 */
#include "pack/compress.h"

#include <zstd.h>

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

const struct ri_compressor ri_compressor_zstd = {
	.name = "zstd",
	.level_min = 1,
	.level_max = 19,
	.bound = ZSTD_COMPRESSBOUND(RI_COMP_PIECE),
	.open = zstd_open,
	.piece = zstd_piece,
	.close = zstd_close,
};
