// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The header of a qcow2 file, as far as it names the backing file. Source: QEMU
 * docs/interop/qcow2.txt, "Header".
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_QCOW2_HEAD 24       /* bytes of the head that are needed */
#define RI_QCOW2_NAME_MAX 1023 /* a longer backing file name is not allowed */

/**
 * Where in the file the name of its backing file is. @return false if @head is not a qcow2 header,
 * or names no backing file.
 */
bool ri_qcow2_backing(struct ri_span head, uint64_t *offset, size_t *length);

/**
 * Append the path that the name @backing of the image @image means: relative to the image's
 * directory, with a "file:" prefix taken off.
 * @return false if it is not a path ("nbd://…", "json:{…}").
 */
bool ri_qcow2_backing_path(const char *image, struct ri_span backing, struct ri_buf *out);
