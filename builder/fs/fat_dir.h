// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * FAT: the contents of directories.
 */
#include "fs/fat.h"

int ri_fatfs_names(struct ri_fatfs *fs, uint32_t dir, struct ri_fs_names *out,
    struct ri_err *e) RI_MUST_CHECK;
