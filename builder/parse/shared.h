// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The memory that a process that parses and its client share: slots that it fills with bytes of
 * files, lends in order (RI_WIRE_LENT) and gets back (RI_WIRE_BACK), so that bytes are copied only
 * once, out of the image. Its size is sealed (fcntl(2), F_ADD_SEALS), so it cannot crash its
 * client by shrinking it; but it can still change what it has lent. So the client never
 * decodes this memory or bases a decision on it; it only passes it on as bytes of a file.
 */
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define RI_SHARED_SLOTS 8u
#define RI_SHARED_SLOT ((size_t)128 << 10)
#define RI_SHARED_BYTES (RI_SHARED_SLOTS * RI_SHARED_SLOT)

/** Create such memory. @return its descriptor, for close(2); -1 RI_E_IO. */
int ri_shared_create(struct ri_err *e) RI_MUST_CHECK;
/**
 * Map all RI_SHARED_BYTES of @fd, read-only unless @writable.
 * @return the mapping, for munmap(2); NULL RI_E_IO.
 */
char *ri_shared_map(int fd, bool writable, struct ri_err *e) RI_MUST_CHECK;
