// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading past the page cache a file that nothing will read again.
 */
#include <stdbool.h>

/** What such a read must be aligned to, in memory and in the file, on any disk. */
#define RI_DIRECT_ALIGNED 4096u

/** Read @fd so from now on, unless its beginning is in the page cache: then it is faster from there. @return whether it is so. */
bool ri_direct_begin(int fd);
/** For a file system that takes the flag and then no such read: read @fd as usual. @return whether that could be set. */
bool ri_direct_end(int fd);
