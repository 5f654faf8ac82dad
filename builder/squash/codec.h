// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The compressors of squashfs images, by libsquashfs.
 */
#include "squash/squash.h"

#include <sqfs/compressor.h>

/** The head of an image as @o says, without tables. @return 0; -1 RI_E_CONFIG. */
int ri_codec_super(const struct ri_squash_opts *o, sqfs_super_t *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * What compresses, or @back: decompresses. For sqfs_destroy. @return 0; -1 RI_E_CONFIG (level), RI_E_NOMEM, RI_E_IO.
 */
int ri_codec_new(const struct ri_squash_opts *o, bool back, sqfs_compressor_t **out,
    struct ri_err *e) RI_MUST_CHECK;
