// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The identity of an archive: behind the tar's end mark stands a pax global header (POSIX pax, typeflag 'g')
 * whose record "comment=ramimg build <id>" says which build made it. Stock tar programs stop at the mark.
 * The initrd of the same build carries the same id in its manifest. It is the archive's last gzip member,
 * zstd or LZ4 frame, uncompressed, so that it can be read before anything is unpacked.
 */
#include "format/manifest.h"

/** Size of what ri_archive_id_render returns: one header block and one block of records. */
#define RI_ARCHIVE_ID_BYTES 1024

/** The header for @build_id (RI_BUILD_ID_LEN hex digits). */
void ri_archive_id_render(const char *build_id, unsigned char out[RI_ARCHIVE_ID_BYTES]);

/** Whether @s is RI_BUILD_ID_LEN lower-case hex digits. */
bool ri_archive_id_valid(const char *s);

/** Bytes from an archive's end that hold the identity: its own, and the longest trailer, a gzip member's or an LZ4 frame's. */
#define RI_ARCHIVE_ID_END (RI_ARCHIVE_ID_BYTES + 8)

/**
 * Find the id in such a header, at the beginning of @tar; RI_ARCHIVE_ID_BYTES suffice for archives of ours.
 * @return whether it begins with one; then @build_id is set.
 */
bool ri_archive_id_find(struct ri_span tar, char build_id[RI_BUILD_ID_LEN + 1]);
/**
 * Find the id in the last RI_ARCHIVE_ID_END bytes @end of an archive file that is compressed by @compression.
 * @return as ri_archive_id_find.
 */
bool ri_archive_id_find_end(struct ri_span end, enum ri_compression compression,
    char build_id[RI_BUILD_ID_LEN + 1]);
