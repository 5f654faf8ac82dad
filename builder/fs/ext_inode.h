// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ext2/3/4: inodes.
 */
#include "fs/ext.h"

int ri_extfs_inode(struct ri_extfs *fs, uint32_t ino, struct ri_fs_inode *out,
    struct ri_err *e) RI_MUST_CHECK;
