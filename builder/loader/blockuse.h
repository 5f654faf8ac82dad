// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Who still uses a block device, and writing back what it caches.
 */
#include "loader/blockdev.h"

/**
 * Why @disk or one of its partitions is in use: *@why is a text for free(), NULL where it is not.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_block_in_use(const struct ri_release_paths *p, const char *disk, char **why,
    struct ri_err *e) RI_MUST_CHECK;
/** Write out what is cached of @disk and forget the cache. @return 0; -1 RI_E_IO. */
int ri_block_flush(const struct ri_release_paths *p, const char *disk,
    struct ri_err *e) RI_MUST_CHECK;
