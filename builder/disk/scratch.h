// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A file in memory that stands in for a disk or a piece of one, for libraries that read only files. It
 * is made once, as large as any disk, and takes the memory of what was put into it; so the process
 * that uses it needs neither new descriptors nor files that grow.
 */
#include "disk/image.h"

/** @return its descriptor; -1 RI_E_IO. */
int ri_scratch_create(struct ri_err *e) RI_MUST_CHECK;
/** All of it is zeros again. @return 0; -1 RI_E_IO. */
int ri_scratch_clear(int fd, struct ri_err *e) RI_MUST_CHECK;
/**
 * Copy @n bytes at @at of @i, or what there is of them, to the same place of it.
 * @return 0; -1 RI_E_IO.
 */
int ri_scratch_put(int fd, struct ri_image *i, uint64_t at, uint64_t n,
    struct ri_err *e) RI_MUST_CHECK;
