// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * ext2, ext3 and ext4 read directly with libext2fs: what the appliance's kernel would show of a
 * file system, without the appliance. Read only, by inode number; paths are the caller's business.
 *
 * The file system is hostile input. Whatever libext2fs or this reader does not know, and any
 * damage, is RI_E_UNSUPPORTED with a sentence that says what: the caller then uses the appliance.
 */
#include "disk/image.h"
#include "format/xattrs.h"
#include "fs/inode.h"

struct ri_extfs;

/**
 * Open the file system on @image (borrowed).
 * @return 0; -1 RI_E_UNSUPPORTED: not ext, an unknown feature, a journal to be replayed, not
 * cleanly unmounted, marked as damaged, orphans waiting; RI_E_IO, RI_E_NOMEM.
 */
int ri_extfs_open(struct ri_image *image, struct ri_extfs **out, struct ri_err *e) RI_MUST_CHECK;
void ri_extfs_closep(struct ri_extfs **fs);

/**
 * Size and free bytes as statvfs(3) reports them to root (f_frsize * f_blocks, f_frsize * f_bfree).
 */
void ri_extfs_space(const struct ri_extfs *fs, uint64_t *size, uint64_t *avail);
