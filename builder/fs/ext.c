// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/ext_internal.h"

static int descriptors(struct ri_extfs *x, struct ri_err *e)
{
	for (dgrp_t g = 0; g < x->fs->group_desc_count; g++)
		if (!ext2fs_group_desc_csum_verify(x->fs, g))
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "the descriptor of group %u has a wrong checksum", g);
	return 0;
}

/*
 * The kernel's ext4_calculate_overhead: what is never a file's. With bigalloc it counts clusters, and
 * mke2fs has put its result into the superblock.
 */
static int overhead(struct ri_extfs *x, uint64_t *out, struct ri_err *e)
{
	ext2_filsys fs = x->fs;
	uint64_t n = fs->super->s_first_data_block;
	struct ext2_inode journal;
	errcode_t rc;

	*out = EXT2FS_C2B(fs, (uint64_t)fs->super->s_overhead_clusters);
	if (ext2fs_has_feature_bigalloc(fs->super) && *out != 0)
		return 0;
	for (dgrp_t g = 0; g < fs->group_desc_count; g++) {
		blk_t used = 0;

		ext2fs_super_and_bgd_loc2(fs, g, NULL, NULL, NULL, &used);
		n += (uint64_t)used + fs->inode_blocks_per_group + 2;
	}
	if (ext2fs_has_feature_journal(fs->super)) {
		rc = ext2fs_read_inode(fs, fs->super->s_journal_inum, &journal);
		if (rc != 0)
			return ri_ext_lib(x, fs->super->s_journal_inum, "reading it", rc, e);
		n += (uint64_t)EXT2_I_SIZE(&journal) / fs->blocksize;
	}
	*out = n;
	return 0;
}

static int space(struct ri_extfs *x, struct ri_err *e)
{
	uint64_t blocks = ext2fs_blocks_count(x->fs->super), never, clusters = 0;

	if (overhead(x, &never, e) < 0)
		return -1;
	for (dgrp_t g = 0; g < x->fs->group_desc_count; g++)
		clusters += ext2fs_bg_free_blocks_count(x->fs, g);
	x->size = never < blocks ? (blocks - never) * x->fs->blocksize : 0;
	x->avail = EXT2FS_C2B(x->fs, clusters) * x->fs->blocksize;
	return 0;
}

static int buffers(struct ri_extfs *x, struct ri_err *e)
{
	size_t inode = EXT2_INODE_SIZE(x->fs->super);

	if (inode < sizeof(struct ext2_inode_large))
		inode = sizeof(struct ext2_inode_large);
	x->raw.p = calloc(1, inode);
	x->value.p = calloc(1, inode);
	x->node = malloc((size_t)RI_EXT_DEPTH_MAX * x->fs->blocksize);
	x->block = malloc(x->fs->blocksize);
	x->piece = malloc(RI_FS_PIECE);
	return x->raw.p && x->value.p && x->node && x->block && x->piece ? 0 : ri_nomem(e);
}

static int open_fs(struct ri_extfs *x, struct ri_err *e)
{
	struct ri_image *image = x->disk.image;
	struct ext2_super_block super;
	errcode_t rc;

	if (image->size < SUPERBLOCK_OFFSET + sizeof super)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "it is too small for a file system");
	if (image->read(image, SUPERBLOCK_OFFSET, &super, sizeof super, e) < 0 ||
	    ri_ext_super(&super, image->size, e) < 0)
		return -1;
	initialize_ext2_error_table();
	rc = ri_extdisk_open(&x->disk, &x->fs);
	if (rc != 0)
		return ri_ext_lib(x, 0, "it cannot be opened", rc, e);
	return buffers(x, e) < 0 || descriptors(x, e) < 0 || space(x, e) < 0 ? -1 : 0;
}

int ri_extfs_open(struct ri_image *image, struct ri_extfs **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_extfs_closep) struct ri_extfs *x = calloc(1, sizeof *x);

	if (!x)
		return ri_nomem(e);
	x->disk.image = image;
	if (open_fs(x, e) < 0)
		return -1;
	*out = ri_steal(x);
	return 0;
}

void ri_extfs_closep(struct ri_extfs **fs)
{
	struct ri_extfs *x = ri_steal(*fs);

	if (!x)
		return;
	if (x->fs)
		ext2fs_free(x->fs);
	ri_extdisk_free(&x->disk);
	free(x->raw.p);
	free(x->value.p);
	free(x->node);
	free(x->block);
	free(x->piece);
	free(x);
}

void ri_extfs_space(const struct ri_extfs *fs, uint64_t *size, uint64_t *avail)
{
	*size = fs->size;
	*avail = fs->avail;
}

int ri_ext_lib(struct ri_extfs *x, uint32_t ino, const char *what, errcode_t rc, struct ri_err *e)
{
	if (x->disk.err.code != RI_OK) {
		*e = x->disk.err;
		x->disk.err = (struct ri_err){ 0 };
		return -1;
	}
	if (rc == EXT2_ET_NO_MEMORY || rc == ENOMEM)
		return ri_nomem(e);
	if (ino == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s: %s", what, error_message(rc));
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "inode %u: %s: %s", ino, what, error_message(rc));
}

int ri_ext_bad(uint32_t ino, const char *what, struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "inode %u: %s", ino, what);
}

bool ri_ext_within(const struct ri_extfs *x, uint64_t block, uint64_t n)
{
	uint64_t end = ext2fs_blocks_count(x->fs->super);

	return block >= x->fs->super->s_first_data_block && block > 0 && block <= end &&
	       n <= end - block;
}

int ri_ext_block(struct ri_extfs *x, uint32_t ino, uint64_t block, char *to, struct ri_err *e)
{
	errcode_t rc;

	if (!ri_ext_within(x, block, 1))
		return ri_ext_bad(ino, "it points to a block that is not there", e);
	rc = io_channel_read_blk64(x->fs->io, block, 1, to);
	return rc == 0 ? 0 : ri_ext_lib(x, ino, "reading a block", rc, e);
}
