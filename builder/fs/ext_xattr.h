// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ext2/3/4: extended attributes and ACLs.
 */
#include "fs/ext.h"

/**
 * Those that listxattr(2) shows to root, sorted by name, POSIX ACLs in the kernel's form
 * (include/uapi/linux/posix_acl_xattr.h).
 */
int ri_extfs_xattrs(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_xattrs *out,
    struct ri_err *e) RI_MUST_CHECK;
