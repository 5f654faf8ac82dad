// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "squash/codec.h"

#include <sqfs/error.h>

/* Of enum ri_compression. The range of levels is the library's. */
static const struct {
	const char *name;
	SQFS_COMPRESSOR id;
	int level_min, level_max;
} kinds[] = {
	[RI_GZIP] = { "gzip", SQFS_COMP_GZIP, SQFS_GZIP_MIN_LEVEL, SQFS_GZIP_MAX_LEVEL },
	[RI_ZSTD] = { "zstd", SQFS_COMP_ZSTD, SQFS_ZSTD_MIN_LEVEL, SQFS_ZSTD_MAX_LEVEL },
	[RI_LZ4] = { "lz4", SQFS_COMP_LZ4, 0, 1 },
};

int ri_codec_super(const struct ri_squash_opts *o, sqfs_super_t *out, struct ri_err *e)
{
	/* No time: the same tree gives the same bytes. */
	if (sqfs_super_init(out, o->block_size, 0, kinds[o->compression].id) != 0)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "a block size of %u bytes: must be a power of two from %u to %u", o->block_size,
		    RI_SQUASH_BLOCK_MIN, RI_SQUASH_BLOCK_MAX);
	return 0;
}

/* What libsquashfs has, but that it never makes more bytes of a block: its lz4 does (1.2.0), of short ones, and unsquashfs
 * takes those for damaged. */
struct codec {
	sqfs_compressor_t base;
	sqfs_compressor_t *inner;
};

static sqfs_compressor_t *inner(const void *base)
{
	return ((const struct codec *)base)->inner;
}

static void get_configuration(const sqfs_compressor_t *base, sqfs_compressor_config_t *config)
{
	inner(base)->get_configuration(inner(base), config);
}

static int write_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	return inner(base)->write_options(inner(base), file);
}

static int read_options(sqfs_compressor_t *base, sqfs_file_t *file)
{
	return inner(base)->read_options(inner(base), file);
}

static sqfs_s32 compress(sqfs_compressor_t *base, const sqfs_u8 *in, sqfs_u32 size, sqfs_u8 *out,
    sqfs_u32 out_size)
{
	sqfs_s32 n = inner(base)->do_block(inner(base), in, size, out, out_size);

	return n > 0 && (sqfs_u32)n >= size ? 0 : n; /* 0: it is stored as it is */
}

static void destroy(sqfs_object_t *base)
{
	sqfs_destroy(inner(base));
	free(base);
}

static sqfs_object_t *copy(const sqfs_object_t *base);

/* Owns @of, also where there is no memory. */
static sqfs_compressor_t *wrap(sqfs_compressor_t *of)
{
	struct codec *made = of ? malloc(sizeof *made) : NULL;

	if (!made) {
		sqfs_destroy(of);
		return NULL;
	}
	*made = (struct codec){
		{ { destroy, copy }, get_configuration, write_options, read_options, compress }, of
	};
	return &made->base;
}

static sqfs_object_t *copy(const sqfs_object_t *base)
{
	sqfs_compressor_t *made = wrap(sqfs_copy(inner(base)));

	return made ? &made->base : NULL;
}

int ri_codec_new(const struct ri_squash_opts *o, bool back, sqfs_compressor_t **out,
    struct ri_err *e)
{
	const int min = kinds[o->compression].level_min, max = kinds[o->compression].level_max;
	sqfs_compressor_config_t config;
	int rc;

	if (o->level < min || o->level > max)
		return ri_fail(e, RI_E_CONFIG, 0, "%s level %d: must be %d to %d",
		    kinds[o->compression].name, o->level, min, max);
	rc = sqfs_compressor_config_init(&config, kinds[o->compression].id, o->block_size,
	    back ? SQFS_COMP_FLAG_UNCOMPRESS : 0);
	if (rc == 0) {
		if (o->compression != RI_LZ4)
			config.level = (sqfs_u32)o->level;
		else if (o->level > 0)
			config.flags |= SQFS_COMP_FLAG_LZ4_HC;
		rc = sqfs_compressor_create(&config, out);
	}
	if (rc == 0 && !back) {
		*out = wrap(*out);
		rc = *out ? 0 : SQFS_ERROR_ALLOC;
	}
	if (rc == SQFS_ERROR_ALLOC)
		return ri_nomem(e);
	if (rc != 0)
		return ri_fail(e, RI_E_IO, 0, "libsquashfs has no %s: error %d",
		    kinds[o->compression].name, rc);
	return 0;
}
