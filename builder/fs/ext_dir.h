// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ext2/3/4: the contents of directories.
 */
#include "fs/ext.h"

int ri_extfs_names(struct ri_extfs *fs, uint32_t dir, struct ri_fs_names *out,
    struct ri_err *e) RI_MUST_CHECK;
