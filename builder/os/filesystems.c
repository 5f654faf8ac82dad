// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/filesystems.h"

#include <stddef.h>
#include <string.h>

/*
 * ext4dev is what blkid calls an ext4 with the flag for test file systems; GRUB was never seen with
 * it.
 */
static const struct ri_filesystem known[] = {
	{ .type = "ext2",
	    .grub_module = "ext2",
	    .root = true,
	    .e2fsck = true,
	    .check = "e2fsck -f" },
	{ .type = "ext3",
	    .grub_module = "ext2",
	    .root = true,
	    .e2fsck = true,
	    .check = "e2fsck -f" },
	{ .type = "ext4",
	    .grub_module = "ext2",
	    .root = true,
	    .e2fsck = true,
	    .check = "e2fsck -f" },
	{ .type = "ext4dev", .e2fsck = true, .check = "e2fsck -f" },
	{ .type = "xfs", .grub_module = "xfs", .root = true, .check = "xfs_repair" },
	/* What mends it can make it worse, as its own manual says: only looked at. */
	{ .type = "btrfs",
	    .grub_module = "btrfs",
	    .root = true,
	    .check = "btrfs check --readonly" },
	{ .type = "vfat", .grub_module = "fat", .check = "fsck.fat" },
	{ .type = "f2fs", .grub_module = "f2fs" },
	{ .type = "jfs", .grub_module = "jfs" },
};

const struct ri_filesystem *ri_filesystem_find(const char *type)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(known[i].type, type) == 0)
			return &known[i];
	return NULL;
}

bool ri_filesystem_is_root(const char *type)
{
	const struct ri_filesystem *fs = ri_filesystem_find(type);

	return fs && fs->root;
}

bool ri_filesystem_has_e2fsck(const char *type)
{
	const struct ri_filesystem *fs = ri_filesystem_find(type);

	return fs && fs->e2fsck;
}

const char *ri_filesystem_check(const char *type)
{
	const struct ri_filesystem *fs = ri_filesystem_find(type);

	return fs && fs->check ? fs->check : "fsck";
}

const char *ri_filesystem_grub_module(const char *type)
{
	const struct ri_filesystem *fs = ri_filesystem_find(type);

	return fs ? fs->grub_module : NULL;
}
