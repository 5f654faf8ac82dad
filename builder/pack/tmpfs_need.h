// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The memory that a tree takes in a tmpfs, as a sum over its entries. Measured on the sources of Linux
 * 6.1, x86-64, with room for what later kernels add:
 *  - Data: whole pages of 4096 bytes, holes take none (mm/shmem.c, shmem_get_folio_gfp). These, and
 *    the page of a symbolic link whose target with its NUL is longer than SHORT_SYMLINK_LEN (128;
 *    shmem_symlink), are what size= limits (shmem_inode_acct_block).
 *  - A file of more than one page has a tree of nodes over them, 576 bytes for each 64 pages
 *    (lib/xarray.c, struct xa_node), again 1/64 for each level above.
 *  - Each inode: 1024 bytes for struct shmem_inode_info (about 780), its first dentry (192) and the
 *    security modules' blobs. Each further hard link: a dentry of 192.
 *  - A name longer than 31 bytes (DNAME_INLINE_LEN less the NUL) is allocated apart (fs/dcache.c).
 *  - A short symbolic link's target is a copy (shmem_symlink, kmemdup).
 *  - Each extended attribute: 32 bytes and the value, and its name (fs/xattr.c, struct simple_xattr).
 *    POSIX ACLs are counted as if they were such.
 * Allocations that are not slabs of their own are rounded up to kmalloc's sizes (mm/slab_common.c).
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_tmpfs_need {
	uint64_t data_bytes;   /* what size= limits */
	uint64_t kernel_bytes; /* all the rest */
	uint64_t inodes;
};

/** An inode with its first name; @name is the last component of its path. */
void ri_tmpfs_need_inode(struct ri_tmpfs_need *t, const char *name);
/** A further name of an inode. */
void ri_tmpfs_need_link(struct ri_tmpfs_need *t, const char *name);
/** The pages of a file's data: @bytes of them (page-aligned pieces) in a file of @size bytes. */
void ri_tmpfs_need_data(struct ri_tmpfs_need *t, uint64_t bytes, uint64_t size);
void ri_tmpfs_need_symlink(struct ri_tmpfs_need *t, size_t target_len);
void ri_tmpfs_need_xattr(struct ri_tmpfs_need *t, size_t name_len, size_t value_len);
