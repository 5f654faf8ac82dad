// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a file is compressed with, and decompressing by libarchive what initrd/unzip.h does not.
 */
#include "initrd/window.h"

/** Bytes that tell the compression. */
#define RI_INITRD_MAGIC 6

/** The compression of a file with this head, as the kernel knows it; RI_INITRD_NONE: none that is known. */
enum ri_initrd_comp ri_initrd_comp_of(const unsigned char head[RI_INITRD_MAGIC]);
/** "gzip", "xz" …, "none". */
const char *ri_initrd_comp_name(enum ri_initrd_comp c);

/**
 * Decompress what is left of @in, which is compressed by @comp, neither gzip nor zstd, and give the
 * bytes to @take piece by piece.
 * @return 0; -1 RI_E_GUEST (damaged, cut short), RI_E_UNSUPPORTED (libarchive does not support it), RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM, or what @take returned.
 */
int ri_initrd_filter(struct ri_initrd_in *in, enum ri_initrd_comp comp,
    int (*take)(void *arg, struct ri_span s, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
