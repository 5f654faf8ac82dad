// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/ext_inode.h"
/*
 * Inodes: what they say, and which are refused.
 */
#include "fs/ext_internal.h"

#include <sys/stat.h>

enum { NSEC = 1000000000 };

static const struct {
	uint32_t flag;
	const char *why;
} unread[] = {
	{ EXT2_COMPR_FL, "it is compressed" },
	{ EXT4_ENCRYPT_FL, "it is encrypted" },
	{ EXT4_VERITY_FL, "it is protected by verity" },
	{ EXT4_CASEFOLD_FL, "it is a directory that folds case" },
	{ EXT4_SNAPFILE_FL, "it is a snapshot" },
};

uint64_t ri_ext_size(const struct ri_extfs *x, const struct ri_extraw *r)
{
	/* i_size_high was i_dir_acl. */
	bool high = ri_ext_is(r, S_IFREG) || ext2fs_has_feature_largedir(x->fs->super);

	return (high ? (uint64_t)r->p->i_size_high << 32 : 0) | r->p->i_size;
}

/* As many blocks as the inode can map at most, holes included. */
static uint64_t size_limit(const struct ri_extfs *x, const struct ri_extraw *r)
{
	uint64_t per = x->fs->blocksize / 4, most = UINT32_MAX;

	if (!ri_ext_flag(r, EXT4_EXTENTS_FL) &&
	    EXT2_NDIR_BLOCKS + per + per * per + per * per * per < most)
		most = EXT2_NDIR_BLOCKS + per + per * per + per * per * per;
	return most * x->fs->blocksize;
}

static int check_kind(const struct ri_extfs *x, const struct ri_extraw *r, struct ri_err *e)
{
	const struct ext2_inode_large *p = r->p;

	for (size_t i = 0; i < sizeof unread / sizeof *unread; i++)
		if (p->i_flags & unread[i].flag)
			return ri_ext_bad(r->ino, unread[i].why, e);
	if (p->i_links_count == 0 || p->i_mode == 0)
		return ri_ext_bad(r->ino, "it is in use, and marked as deleted", e);
	if (ri_ext_flag(r, EXT4_INLINE_DATA_FL) && !ext2fs_has_feature_inline_data(x->fs->super))
		return ri_ext_bad(r->ino, "it has inline data, which the file system has not", e);
	if (ri_ext_flag(r, EXT4_EXTENTS_FL) && !ext2fs_has_feature_extents(x->fs->super))
		return ri_ext_bad(r->ino, "it has extents, which the file system has not", e);
	if (EXT2_INODE_SIZE(x->fs->super) > EXT2_GOOD_OLD_INODE_SIZE &&
	    (p->i_extra_isize > EXT2_INODE_SIZE(x->fs->super) - EXT2_GOOD_OLD_INODE_SIZE ||
		p->i_extra_isize % 4 != 0))
		return ri_ext_bad(r->ino, "its fields do not fit into it", e);
	if (ri_ext_size(x, r) > size_limit(x, r))
		return ri_ext_bad(r->ino, "it is larger than a file can be", e);
	return 0;
}

int ri_ext_raw(struct ri_extfs *x, uint32_t ino, struct ri_extraw *r, struct ri_err *e)
{
	errcode_t rc;

	if (r->ino == ino && ino != 0)
		return 0;
	r->ino = 0;
	if (ino != EXT2_ROOT_INO && ino < EXT2_FIRST_INODE(x->fs->super))
		return ri_ext_bad(ino, "it is reserved, and a file", e);
	rc = ext2fs_read_inode2(x->fs, ino, (struct ext2_inode *)r->p,
	    (int)EXT2_INODE_SIZE(x->fs->super), 0);
	if (rc != 0)
		return ri_ext_lib(x, ino, "reading it", rc, e);
	r->ino = ino;
	if (check_kind(x, r, e) < 0) {
		r->ino = 0;
		return -1;
	}
	return 0;
}

struct ri_span ri_ext_spare(const struct ri_extfs *x, const struct ri_extraw *r)
{
	size_t size = EXT2_INODE_SIZE(x->fs->super), used = EXT2_GOOD_OLD_INODE_SIZE;

	/* The kernel does not look there if no field is used. */
	if (size == used || r->p->i_extra_isize == 0)
		return (struct ri_span){ 0 };
	used += r->p->i_extra_isize;
	return ri_span((const char *)r->p + used, size - used);
}

/* Whether the inode is large enough for i_mtime_extra; the kernel takes 0 for all that it knows. */
static bool has_extra_time(const struct ri_extfs *x, const struct ext2_inode_large *p)
{
	size_t extra =
	    p->i_extra_isize != 0 ? p->i_extra_isize : sizeof *p - EXT2_GOOD_OLD_INODE_SIZE;

	return EXT2_INODE_SIZE(x->fs->super) > EXT2_GOOD_OLD_INODE_SIZE &&
	       EXT2_GOOD_OLD_INODE_SIZE + extra >=
		   offsetof(struct ext2_inode_large, i_mtime_extra) + sizeof p->i_mtime_extra;
}

static void mtime(const struct ri_extfs *x, const struct ext2_inode_large *p,
    struct ri_fs_inode *out)
{
	out->mtime = (int32_t)p->i_mtime;
	out->mtime_nsec = 0;
	if (has_extra_time(x, p)) {
		out->mtime += (int64_t)(p->i_mtime_extra & 3) << 32;
		out->mtime_nsec = p->i_mtime_extra >> 2;
	}
}

/* The old encoding where it is not 0, else the new one. */
static void device(const struct ext2_inode_large *p, struct ri_fs_inode *out)
{
	uint32_t old = p->i_block[0], new = p->i_block[1];

	out->dev_major = old != 0 ? old >> 8 & 0xff : new >> 8 & 0xfff;
	out->dev_minor = old != 0 ? old & 0xff : (new & 0xff) | (new >> 12 & 0xfff00);
}

/* As the kernel's stat: in blocks of 512 bytes, and a file stored in its inode has some too. */
static uint64_t blocks(const struct ri_extfs *x, const struct ri_extraw *r)
{
	uint64_t n = r->p->i_blocks;

	if (ext2fs_has_feature_huge_file(x->fs->super)) {
		n |= (uint64_t)r->p->osd2.linux2.l_i_blocks_hi << 32;
		if (ri_ext_flag(r, EXT4_HUGE_FILE_FL))
			n *= x->fs->blocksize / 512;
	}
	if (ri_ext_is(r, S_IFREG) && ri_ext_flag(r, EXT4_INLINE_DATA_FL))
		n += (ri_ext_size(x, r) + 511) / 512;
	return n;
}

int ri_extfs_inode(struct ri_extfs *fs, uint32_t ino, struct ri_fs_inode *out, struct ri_err *e)
{
	const struct ext2_inode_large *p = fs->raw.p;

	if (ri_ext_raw(fs, ino, &fs->raw, e) < 0)
		return -1;
	if (ri_ext_flag(&fs->raw, EXT4_EA_INODE_FL))
		return ri_ext_bad(ino, "it is an attribute's value, and a file", e);
	*out = (struct ri_fs_inode){ .ino = ino,
		.mode = p->i_mode,
		.uid = (uint32_t)p->i_uid_high << 16 | p->i_uid,
		.gid = (uint32_t)p->i_gid_high << 16 | p->i_gid,
		.links = p->i_links_count,
		.blocks = blocks(fs, &fs->raw) };
	mtime(fs, p, out);
	if (out->mtime_nsec >= NSEC)
		return ri_ext_bad(ino, "its time has more than a second of nanoseconds", e);
	switch (p->i_mode & S_IFMT) {
	case S_IFREG:
	case S_IFLNK:
		out->size = ri_ext_size(fs, &fs->raw);
		return 0;
	case S_IFBLK:
	case S_IFCHR:
		device(p, out);
		return 0;
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	}
	return ri_ext_bad(ino, "it is of an unknown type", e);
}
