// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Finding the uncompressed archives at the end of an initrd without decompressing what precedes
 * them.
 */
#include "base/err.h"

#include <stdint.h>

/**
 * Where the uncompressed archives at the end of the file begin: the first place from @from on from
 * which nothing but whole cpio archives and zeros reach its end. @return 0 with *@at, @size where
 * there is none; -1 RI_E_IO.
 */
int ri_initrd_tail(int fd, uint64_t from, uint64_t size, uint64_t *at,
    struct ri_err *e) RI_MUST_CHECK;
