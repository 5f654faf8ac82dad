// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether a superblock belongs to a file system that is read directly. Checked before libext2fs
 * sees it, so that each refusal has its own sentence, and so that what libext2fs allocates is in
 * bounds.
 */
#include "fs/ext_internal.h"

#define INCOMPAT                                                                                   \
	(EXT2_FEATURE_INCOMPAT_FILETYPE | EXT2_FEATURE_INCOMPAT_META_BG |                          \
	    EXT3_FEATURE_INCOMPAT_EXTENTS | EXT4_FEATURE_INCOMPAT_64BIT |                          \
	    EXT4_FEATURE_INCOMPAT_FLEX_BG | EXT4_FEATURE_INCOMPAT_EA_INODE |                       \
	    EXT4_FEATURE_INCOMPAT_CSUM_SEED | EXT4_FEATURE_INCOMPAT_LARGEDIR |                     \
	    EXT4_FEATURE_INCOMPAT_INLINE_DATA | EXT4_FEATURE_INCOMPAT_ENCRYPT |                    \
	    EXT4_FEATURE_INCOMPAT_CASEFOLD)
#define RO_COMPAT                                                                                  \
	(EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER | EXT2_FEATURE_RO_COMPAT_LARGE_FILE |                 \
	    EXT4_FEATURE_RO_COMPAT_HUGE_FILE | EXT4_FEATURE_RO_COMPAT_GDT_CSUM |                   \
	    EXT4_FEATURE_RO_COMPAT_DIR_NLINK | EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |                \
	    EXT4_FEATURE_RO_COMPAT_QUOTA | EXT4_FEATURE_RO_COMPAT_BIGALLOC |                       \
	    EXT4_FEATURE_RO_COMPAT_METADATA_CSUM | EXT4_FEATURE_RO_COMPAT_READONLY |               \
	    EXT4_FEATURE_RO_COMPAT_PROJECT | EXT4_FEATURE_RO_COMPAT_VERITY)

enum { LOG_BLOCK_MAX = 6, DESC_MAX = 64, GROUPS_MAX = 1 << 20 /* 128 TiB as mke2fs makes them */ };

static uint64_t blocks_of(const struct ext2_super_block *s)
{
	uint64_t high =
	    s->s_feature_incompat & EXT4_FEATURE_INCOMPAT_64BIT ? s->s_blocks_count_hi : 0;

	return high << 32 | s->s_blocks_count;
}

static bool no_magic(const struct ext2_super_block *s)
{
	return s->s_magic != EXT2_SUPER_MAGIC;
}

static bool journal_device(const struct ext2_super_block *s)
{
	return s->s_feature_incompat & EXT3_FEATURE_INCOMPAT_JOURNAL_DEV;
}

static bool to_replay(const struct ext2_super_block *s)
{
	return s->s_feature_incompat & EXT3_FEATURE_INCOMPAT_RECOVER;
}

static bool external_journal(const struct ext2_super_block *s)
{
	return s->s_feature_compat & EXT3_FEATURE_COMPAT_HAS_JOURNAL &&
	       (s->s_journal_inum == 0 || s->s_journal_dev != 0);
}

static bool with_errors(const struct ext2_super_block *s)
{
	return s->s_state & EXT2_ERROR_FS;
}

static bool unclean(const struct ext2_super_block *s)
{
	return s->s_state != EXT2_VALID_FS;
}

static bool orphans(const struct ext2_super_block *s)
{
	return s->s_last_orphan != 0 ||
	       s->s_feature_ro_compat & EXT4_FEATURE_RO_COMPAT_ORPHAN_PRESENT;
}

static bool foreign(const struct ext2_super_block *s)
{
	return s->s_creator_os != EXT2_OS_LINUX || s->s_rev_level > EXT2_MAX_SUPP_REV;
}

static bool odd_checksum(const struct ext2_super_block *s)
{
	return s->s_feature_ro_compat & EXT4_FEATURE_RO_COMPAT_METADATA_CSUM &&
	       s->s_checksum_type != EXT2_CRC32C_CHKSUM;
}

static bool seed_alone(const struct ext2_super_block *s)
{
	return s->s_feature_incompat & EXT4_FEATURE_INCOMPAT_CSUM_SEED &&
	       !(s->s_feature_ro_compat & EXT4_FEATURE_RO_COMPAT_METADATA_CSUM);
}

static bool odd_sizes(const struct ext2_super_block *s)
{
	return s->s_log_block_size > LOG_BLOCK_MAX || s->s_blocks_per_group == 0 ||
	       s->s_desc_size > DESC_MAX || blocks_of(s) / s->s_blocks_per_group > GROUPS_MAX;
}

static const struct {
	bool (*is)(const struct ext2_super_block *s);
	const char *why;
} refusals[] = {
	{ no_magic, "it is not an ext2, ext3 or ext4 file system" },
	{ journal_device, "it is the journal of another file system" },
	{ to_replay, "its journal has to be replayed first" },
	{ external_journal, "its journal is on another device" },
	{ with_errors, "it is marked as having errors" },
	{ unclean, "it was not unmounted cleanly" },
	{ orphans, "it has deleted files that are still to be cleaned up" },
	{ foreign, "it was not made by a Linux that is known" },
	{ odd_checksum, "its checksums are of an unknown type" },
	{ seed_alone, "it has a seed for checksums, and no checksums" },
	{ odd_sizes, "its superblock is damaged" },
};

int ri_ext_super(const struct ext2_super_block *s, uint64_t bytes, struct ri_err *e)
{
	uint32_t incompat = s->s_feature_incompat & ~(uint32_t)INCOMPAT;
	uint32_t ro = s->s_feature_ro_compat & ~(uint32_t)RO_COMPAT;

	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
		if (refusals[i].is(s))
			return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s", refusals[i].why);
	if (incompat != 0 || ro != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it has features that are not known: 0x%x, 0x%x", incompat, ro);
	if (blocks_of(s) > bytes >> (10 + s->s_log_block_size))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "it is larger than its device");
	return 0;
}
