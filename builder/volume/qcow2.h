// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The header of a qcow2 file, as far as it says which other files QEMU opens with it and how it
 * grows. Source: QEMU docs/interop/qcow2.txt, "Header", "Header extensions".
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_QCOW2_NAME_MAX 1023 /* a longer backing file name is not allowed */

struct ri_qcow2 {
	struct ri_span backing;        /* the backing file's name, in the head; empty: none */
	struct ri_span backing_format; /* empty: not recorded, so QEMU would guess */
	uint64_t cluster;              /* bytes */
	bool snapshots;                /* internal ones */
	bool data_file;                /* the clusters are in another file */
	bool encrypted;
	bool corrupt; /* marked so by QEMU, which does not write to it any more */
};

/**
 * Read the header at the beginning of @head, the first 64 KiB of a file or all of it. What is read
 * points into it.
 * @return 0; -1 RI_E_UNSUPPORTED: no qcow2 of version 2 or 3, or damaged. Whatever QEMU takes and
 *         opens another file for is either told or refused.
 */
int ri_qcow2_parse(struct ri_span head, struct ri_qcow2 *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the path that the name @backing of the image @image means: relative to the image's
 * directory, with a "file:" prefix taken off.
 * @return false if it is not a path ("nbd://…", "json:{…}").
 */
bool ri_qcow2_backing_path(const char *image, struct ri_span backing, struct ri_buf *out);

/** Whether QEMU takes the name for a protocol's ("nbd:…", "json:…", "file:…") and not for a path. */
bool ri_qcow2_has_protocol(struct ri_span name);
