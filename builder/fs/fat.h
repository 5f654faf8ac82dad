// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * FAT12, FAT16 and FAT32 read directly, with long names: what Linux's vfat shows of an EFI
 * partition mounted without options (fs/fat/ in the kernel; Microsoft's "FAT32 File System
 * Specification" for the structures). Read only, by number: the place of a file's entry on the
 * disk.
 *
 * The file system is hostile input. Whatever is not known for certain, and any damage, is
 * RI_E_UNSUPPORTED with a sentence that says what: the caller then uses the appliance. So are names
 * that are not ASCII, and file systems of more than a million clusters, which are not EFI
 * partitions.
 */
#include "disk/image.h"
#include "fs/inode.h"

struct ri_fatfs;

/**
 * Open the file system on @image (borrowed).
 * @return 0; -1 RI_E_UNSUPPORTED: not a FAT that is supported, marked as not cleanly unmounted;
 *         RI_E_IO,
 * RI_E_NOMEM.
 */
int ri_fatfs_open(struct ri_image *image, struct ri_fatfs **out, struct ri_err *e) RI_MUST_CHECK;
void ri_fatfs_closep(struct ri_fatfs **fs);

/** Size and free bytes as statvfs(3) gives them (f_bsize * f_blocks, f_bsize * f_bfree). */
void ri_fatfs_space(const struct ri_fatfs *fs, uint64_t *size, uint64_t *avail);

/** Owner and group are root, modes are what a mount without options gives. */
int ri_fatfs_inode(struct ri_fatfs *fs, uint32_t ino, struct ri_fs_inode *out,
    struct ri_err *e) RI_MUST_CHECK;
/** All bytes of a regular file, in pieces of at most RI_FS_PIECE. @return as ri_extfs_data_to. */
int ri_fatfs_data(struct ri_fatfs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e) RI_MUST_CHECK;
