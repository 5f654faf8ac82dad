// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ext2/3/4: the bytes of files and symbolic links.
 */
#include "fs/ext.h"

/** The target of a symlink; a C string, without NUL inside, not longer than PATH_MAX. */
int ri_extfs_link(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The blocks of a regular file that are not holes (unwritten extents are holes), in order, handed
 * to to->fn in pieces of at most RI_FS_PIECE; nothing beyond i->size.
 * @return 0; -1 as above, or what to's functions returned if that is not 0 (with *@e set).
 */
int ri_extfs_data_to(struct ri_extfs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e) RI_MUST_CHECK;
/** The same for a sink that takes the bytes from any buffer. */
int ri_extfs_data(struct ri_extfs *fs, const struct ri_fs_inode *i,
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
