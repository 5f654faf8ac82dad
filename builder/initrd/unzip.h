// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Decompressing gzip members and zstd frames one after the other, with their checksums verified
 * (libarchive's gzip filter does not check the CRC-32).
 */
#include "base/buf.h"

enum ri_unzip_kind { RI_UNZIP_GZIP, RI_UNZIP_ZSTD };

/** Where compressed bytes come from: the next block into *@out, of length 0 at the end. */
struct ri_unzip_in {
	int (*more)(void *arg, struct ri_span *out, struct ri_err *e);
	void *arg;
};

struct ri_unzip;

/**
 * @damaged is the code of errors caused by the data.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_unzip_new(enum ri_unzip_kind kind, struct ri_unzip_in in, enum ri_code damaged,
    struct ri_unzip **out, struct ri_err *e) RI_MUST_CHECK;
void ri_unzip_freep(struct ri_unzip **u);

/** Whether input is left for another member or frame. @return 1, 0, or -1 as the input fails. */
int ri_unzip_left(struct ri_unzip *u, struct ri_err *e) RI_MUST_CHECK;
/** Begin the next member or frame. */
void ri_unzip_begin(struct ri_unzip *u);
/**
 * The next decompressed bytes of it, valid until the next call; of length 0 once it is over and its
 * checksum was right. @return 0; -1 @damaged (damaged, cut short), or as the input fails.
 */
int ri_unzip_read(struct ri_unzip *u, struct ri_span *out, struct ri_err *e) RI_MUST_CHECK;
/** How many bytes of the last input block were not used. */
size_t ri_unzip_unused(const struct ri_unzip *u);
