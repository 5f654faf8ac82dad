#pragma once
/*
 * ext2, ext3 and ext4 read directly with libext2fs: what the appliance's kernel would show of a file
 * system, without the appliance. Read only, by inode number; paths are for who stands above.
 *
 * The file system is hostile input. What libext2fs or we do not know, and any damage, is
 * RI_E_UNSUPPORTED with a sentence that says what: the caller then takes the appliance.
 */
#include "disk/image.h"
#include "format/xattrs.h"
#include "fs/inode.h"

struct ri_extfs;

/**
 * Open the file system on @image (borrowed).
 * @return 0; -1 RI_E_UNSUPPORTED: no ext, a feature that is not known, a journal to be replayed, not
 * cleanly unmounted, marked as damaged, orphans waiting; RI_E_IO, RI_E_NOMEM.
 */
int ri_extfs_open(struct ri_image *image, struct ri_extfs **out, struct ri_err *e) RI_MUST_CHECK;
void ri_extfs_closep(struct ri_extfs **fs);

/** Size and free bytes as statvfs(3) gives them to root (f_frsize * f_blocks, f_frsize * f_bfree). */
void ri_extfs_space(const struct ri_extfs *fs, uint64_t *size, uint64_t *avail);

int ri_extfs_inode(struct ri_extfs *fs, uint32_t ino, struct ri_fs_inode *out,
    struct ri_err *e) RI_MUST_CHECK;
int ri_extfs_names(struct ri_extfs *fs, uint32_t dir, struct ri_fs_names *out,
    struct ri_err *e) RI_MUST_CHECK;
/** The target of a symlink; a C string, without NUL inside, not longer than PATH_MAX. */
int ri_extfs_link(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Those that listxattr(2) shows to root, sorted by name, POSIX ACLs in the kernel's form
 * (include/uapi/linux/posix_acl_xattr.h).
 */
int ri_extfs_xattrs(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_xattrs *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The blocks of a regular file that are no holes (unwritten extents are holes), in order, handed to
 * to->fn in pieces of at most RI_FS_PIECE; nothing beyond i->size.
 * @return 0; -1 as above, or what to's functions returned where that is not 0 (with *@e set).
 */
int ri_extfs_data_to(struct ri_extfs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e) RI_MUST_CHECK;
/** The same, wherever the bytes are put. */
int ri_extfs_data(struct ri_extfs *fs, const struct ri_fs_inode *i,
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
