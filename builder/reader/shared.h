// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The memory that the direct reader and its client share: slots that the reader fills with bytes of
 * files, lends in order (RI_WIRE_LENT) and gets back (RI_WIRE_BACK), so that they are copied once, out
 * of the image. It cannot shrink or grow (fcntl(2), F_ADD_SEALS), so a reader cannot make its client
 * fail by that; but it can change what it has lent. So nothing in here is ever decoded or decided on,
 * only copied on as bytes of a file.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define RI_SHARED_SLOTS 8u
#define RI_SHARED_SLOT ((size_t)128 << 10)
#define RI_SHARED_BYTES (RI_SHARED_SLOTS * RI_SHARED_SLOT)

/** A descriptor of such memory. @return it; -1 RI_E_IO. */
int ri_shared_create(struct ri_err *e) RI_MUST_CHECK;
/** All RI_SHARED_BYTES of @fd, to be written too or not. @return it, for munmap; NULL RI_E_IO. */
char *ri_shared_map(int fd, bool writable, struct ri_err *e) RI_MUST_CHECK;
