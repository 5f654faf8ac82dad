// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A file system of the disk, by its type: ext (fs/ext.h), or FAT (fs/fat.h), where firmware looks for a
 * boot loader.
 */
#include "fs/ext.h"
#include "fs/fat.h"

struct ri_fs;

/** Whether a file system of this type, as libblkid names it, is read directly. */
bool ri_fs_is_read(const char *type);
/**
 * The one of this type on @image (borrowed). @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_fs_open(const char *type, struct ri_image *image, struct ri_fs **out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_fs_closep(struct ri_fs **fs);
/** Whether "EFI" and "efi" are the same name in it. */
bool ri_fs_folds(const struct ri_fs *fs);

/** Bytes that the file system has in all and free to an ordinary user. */
void ri_fs_space(const struct ri_fs *fs, uint64_t *size, uint64_t *avail);
/**
 * Inode @ino, numbered as the file system does (FAT: its entry's byte / 32); RI_FS_ROOT is the root.
 * @return 0; -1 RI_E_UNSUPPORTED where it is damaged or of a kind that is not read, RI_E_IO.
 */
int ri_fs_inode(struct ri_fs *fs, uint32_t ino, struct ri_fs_inode *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The names in the directory @dir but "." and "..", sorted by their bytes, each with its inode; for
 * ri_fs_names_free. @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_fs_names(struct ri_fs *fs, uint32_t dir, struct ri_fs_names *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append the target of the symbolic link @i. @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM. */
int ri_fs_link(struct ri_fs *fs, const struct ri_fs_inode *i, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The extended attributes and ACLs of @i, as listxattr(2) and getxattr(2) give them; for
 * ri_xattrs_free. @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_fs_xattrs(struct ri_fs *fs, const struct ri_fs_inode *i, struct ri_xattrs *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Give the bytes of the file @i to @to, in the order of their places, at most RI_FS_PIECE at a time; holes
 * are passed over. @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO; what @to returned.
 */
int ri_fs_data_to(struct ri_fs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e) RI_MUST_CHECK;
/** The same with a function alone: the bytes are valid during the call. */
int ri_fs_data(struct ri_fs *fs, const struct ri_fs_inode *i,
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
