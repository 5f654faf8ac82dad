// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The identity of an archive: its tar begins with a pax global header (POSIX pax, typeflag 'g')
 * whose record "comment=ramimg build <id>" says which build made it. Stock tar programs skip it.
 * The initrd of the same build carries the same id in its manifest.
 */
#include "format/manifest.h"

/** Size of what ri_archive_id_render returns: one header block and one block of records. */
#define RI_ARCHIVE_ID_BYTES 1024

/** The header for @build_id (RI_BUILD_ID_LEN hex digits). */
void ri_archive_id_render(const char *build_id, unsigned char out[RI_ARCHIVE_ID_BYTES]);

/** Whether @s is RI_BUILD_ID_LEN lower-case hex digits. */
bool ri_archive_id_valid(const char *s);

/**
 * Find the id at the beginning of a tar stream; RI_ARCHIVE_ID_BYTES of @tar suffice for archives of
 * ours.
 * @return whether it begins with such a header; then @build_id is set.
 */
bool ri_archive_id_find(struct ri_span tar, char build_id[RI_BUILD_ID_LEN + 1]);
