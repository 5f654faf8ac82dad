// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Partition tables and signatures, by libblkid. It needs a file, and an image may not be one: it is
 * given a file in memory that contains the places it reads, with zeros between them. Kinds of file systems for which it reads anything else are not supported here.
 */
#include "base/le.h"
#include "disk/layout_internal.h"
#include "disk/scratch.h"

#include <errno.h>

#include <blkid/blkid.h>

#define SECTOR 512u
#define HEAD (4u << 20)
#define TAIL (1u << 20)
#define EBRS_MAX 256     /* more partitions than the kernel knows */
#define SECTOR_MAX 4096u /* of a FAT, as the kernel takes it (fs/fat/inode.c) */
#define ROOT_CLUSTERS_MAX 100

/* The beginning and the end of the image, and nothing else. */
static int window(struct ri_image *i, int scratch, uint64_t head, uint64_t tail, struct ri_err *e)
{
	return ri_scratch_clear(scratch, e) < 0 || ri_scratch_put(scratch, i, 0, head, e) < 0
		   ? -1
		   : ri_scratch_put(scratch, i, i->size > tail ? i->size - tail : 0, tail, e);
}

static void probe_free(blkid_probe *p)
{
	blkid_free_probe(*p);
}

#define PROBE RI_ON_EXIT(probe_free) blkid_probe

static int open_probe(int scratch, uint64_t size, blkid_probe *out, struct ri_err *e)
{
	*out = blkid_new_probe();
	if (!*out)
		return ri_nomem(e);
	if (blkid_probe_set_device(*out, scratch, 0, (blkid_loff_t)size) < 0)
		return ri_fail(e, RI_E_IO, errno, "probing the disk");
	return 0;
}

static bool is_extended(unsigned type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

/* The sectors that the chain of logical partitions goes through. */
static int copy_chain(struct ri_image *disk, int scratch, uint64_t first, struct ri_err *e)
{
	uint64_t at = first;

	for (unsigned n = 0; n < EBRS_MAX; n++) {
		unsigned char s[SECTOR];
		unsigned k = 0;

		if (at * SECTOR >= disk->size || disk->size - at * SECTOR < SECTOR)
			return 0; /* a partition behind the end is refused below */
		if (disk->read(disk, at * SECTOR, s, sizeof s, e) < 0 ||
		    ri_scratch_put(scratch, disk, at * SECTOR, SECTOR, e) < 0)
			return -1;
		if (s[510] != 0x55 || s[511] != 0xaa)
			return 0;
		while (k < 4 &&
		       (!is_extended(s[446 + k * 16 + 4]) || ri_le32(s + 446 + k * 16 + 12) == 0))
			k++;
		if (k == 4)
			return 0;
		at = first + ri_le32(s + 446 + k * 16 + 8);
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the chain of logical partitions has no end");
}

/* What the first sector says if it is a master boot record; *@gpt: it protects a GPT. */
static int copy_chains(struct ri_image *disk, int scratch, bool *gpt, struct ri_err *e)
{
	unsigned char s[SECTOR];

	*gpt = false;
	if (disk->size < SECTOR || disk->read(disk, 0, s, sizeof s, e) < 0)
		return disk->size < SECTOR
			   ? ri_fail(e, RI_E_UNSUPPORTED, 0, "the disk is shorter than a sector")
			   : -1;
	if (s[510] != 0x55 || s[511] != 0xaa)
		return 0;
	for (unsigned k = 0; k < 4; k++) {
		const unsigned char *p = s + 446 + k * 16;

		if (p[4] == 0x42)
			return ri_fail(e, RI_E_UNSUPPORTED, 0, "it is a Windows dynamic disk");
		*gpt = *gpt || p[4] == 0xee;
		if (is_extended(p[4]) && copy_chain(disk, scratch, ri_le32(p + 8), e) < 0)
			return -1;
	}
	return 0;
}

static int read_part(struct ri_image *disk, blkid_partlist ls, int i, struct ri_part *out,
    struct ri_err *e)
{
	blkid_partition p = blkid_partlist_get_partition(ls, i);
	blkid_loff_t at = blkid_partition_get_start(p), n = blkid_partition_get_size(p);

	const char *uuid = blkid_partition_get_uuid(p), *name = blkid_partition_get_name(p);

	snprintf(out->uuid, sizeof out->uuid, "%s", uuid ? uuid : "");
	snprintf(out->name, sizeof out->name, "%s", name ? name : "");
	out->number = blkid_partition_get_partno(p);
	if (blkid_partition_get_table(p) != blkid_partlist_get_table(ls))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "a partition of the disk has a partition table of its own");
	if (out->number < 1 || out->number > 255)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "it has a partition of the number %d",
		    out->number);
	if (at < 0 || n <= 0 || (uint64_t)at >= disk->size / SECTOR ||
	    (uint64_t)n > disk->size / SECTOR - (uint64_t)at)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "partition %d reaches beyond the end of the disk", out->number);
	if (blkid_partition_is_extended(p) && n > 2)
		n = 2;
	out->at = (uint64_t)at * SECTOR;
	out->bytes = (uint64_t)n * SECTOR;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	return ((const struct ri_part *)a)->number - ((const struct ri_part *)b)->number;
}

static int read_list(struct ri_image *disk, blkid_partlist ls, struct ri_parts *out,
    struct ri_err *e)
{
	int n = blkid_partlist_numof_partitions(ls);
	blkid_parttable table = blkid_partlist_get_table(ls);
	const char *type = table ? blkid_parttable_get_type(table) : NULL;
	RI_FREE struct ri_part *v = NULL;

	if (!type)
		return 0;
	if (strcmp(type, "dos") != 0 && strcmp(type, "gpt") != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "its partition table is of the kind %s",
		    type);
	out->ptable = strcmp(type, "dos") == 0 ? "msdos" : "gpt";
	if (n <= 0)
		return 0;
	v = calloc((size_t)n, sizeof *v);
	if (!v)
		return ri_nomem(e);
	for (int i = 0; i < n; i++)
		if (read_part(disk, ls, i, &v[i], e) < 0)
			return -1;
	qsort(v, (size_t)n, sizeof *v, by_number);
	out->v = ri_steal(v);
	out->n = (size_t)n;
	return 0;
}

static void parts_free(struct ri_parts *p)
{
	free(p->v);
}

/* Without the end of the disk: the kernel does not take a GPT's second copy for the first. */
int ri_layout_parts(struct ri_image *disk, int scratch, struct ri_parts *out, struct ri_err *e)
{
	RI_ON_EXIT(parts_free) struct ri_parts parts = { 0 };
	PROBE probe = NULL;
	blkid_partlist ls;
	bool gpt;

	if (window(disk, scratch, HEAD, 0, e) < 0 || copy_chains(disk, scratch, &gpt, e) < 0 ||
	    open_probe(scratch, disk->size, &probe, e) < 0)
		return -1;
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	ls = blkid_probe_get_partitions(probe);
	if (ls && read_list(disk, ls, &parts, e) < 0)
		return -1;
	if (gpt && (!parts.ptable || strcmp(parts.ptable, "gpt") != 0))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "its GPT is damaged");
	*out = parts;
	parts = (struct ri_parts){ 0 };
	return 0;
}

static bool is_power(uint64_t n)
{
	return n > 0 && (n & (n - 1)) == 0;
}

/*
 * Where a FAT32 has its label: its root directory may be anywhere. That it is one is not known yet, and so its
 * clusters must have a size that they can have, which bounds what is copied.
 */
static int copy_fat_root(struct ri_image *i, int scratch, struct ri_err *e)
{
	unsigned char b[SECTOR], next[4];
	uint64_t sector, cluster, fat, data, at;

	if (i->size < SECTOR || i->read(i, 0, b, sizeof b, e) < 0)
		return i->size < SECTOR ? 0 : -1;
	sector = ri_le16(b + 11);
	cluster = sector * b[13];
	fat = sector * ri_le16(b + 14);
	data = fat + sector * b[16] * ri_le32(b + 36);
	at = ri_le32(b + 44);
	if (!is_power(cluster) || sector > SECTOR_MAX || ri_le16(b + 22) != 0)
		return 0; /* FAT12 and FAT16 have it at the beginning */
	for (unsigned n = 0; n < ROOT_CLUSTERS_MAX && at >= 2 && at < 0x0ffffff0; n++) {
		uint64_t entry = fat + at * 4;

		if (ri_scratch_put(scratch, i, data + (at - 2) * cluster, cluster, e) < 0 ||
		    ri_scratch_put(scratch, i, entry, sizeof next, e) < 0)
			return -1;
		if (entry >= i->size || i->size - entry < sizeof next)
			return 0;
		if (i->read(i, entry, next, sizeof next, e) < 0)
			return -1;
		at = ri_le32(next) & 0x0fffffff;
	}
	return 0;
}

static char *value(blkid_probe p, const char *name)
{
	const char *v = NULL;

	return strdup(blkid_probe_lookup_value(p, name, &v, NULL) == 0 && v ? v : "");
}

/* As blkid(8) without -p asks, which is what the appliance runs. */
static int probe_tags(int scratch, struct ri_blockdev *d, struct ri_err *e)
{
	PROBE p = NULL;
	int rc;

	if (open_probe(scratch, d->image->size, &p, e) < 0)
		return -1;
	blkid_probe_enable_superblocks(p, 1);
	blkid_probe_set_superblocks_flags(p,
	    BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID | BLKID_SUBLKS_TYPE | BLKID_SUBLKS_SECTYPE);
	blkid_probe_enable_partitions(p, 1);
	rc = blkid_do_safeprobe(p);
	if (rc == -2)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s has signatures of several kinds",
		    d->name);
	if (rc < 0)
		return ri_fail(e, RI_E_IO, errno, "probing %s", d->name);
	d->type = value(p, "TYPE");
	d->uuid = value(p, "UUID");
	d->label = value(p, "LABEL");
	return d->type && d->uuid && d->label ? 0 : ri_nomem(e);
}

/* Those that libblkid recognises from the copied places alone. */
static bool is_known(const char *type)
{
	static const char *const known[] = { "", "ext2", "ext3", "ext4", "jbd", "swap", "swsuspend",
		"xfs", "btrfs", "vfat", "f2fs", "squashfs", "erofs", "LVM2_member", "crypto_LUKS" };

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(type, known[i]) == 0)
			return true;
	return false;
}

/* No Linux has its root there, and nothing else hides in them: that they are there is all that is said of them. */
static bool is_foreign(const char *type)
{
	static const char *const foreign[] = { "ntfs", "exfat", "BitLocker", "hfs", "hfsplus",
		"apfs", "iso9660", "udf", "ufs", "zfs_member" };

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
		if (strcmp(type, foreign[i]) == 0)
			return true;
	return false;
}

/* Those that libblkid does not even name if it cannot see what is stored elsewhere. */
static int name_far(struct ri_blockdev *d, struct ri_err *e)
{
	static const struct {
		uint64_t at;
		const char *magic, *type;
	} far[] = {
		{ 3, "NTFS    ", "ntfs" },
		{ 3, "EXFAT   ", "exfat" },
		{ 3, "-FVE-FS-", "BitLocker" },
		{ 1024, "BD", "hfs" },
		{ 1024, "H+", "hfsplus" },
		{ 1024, "HX", "hfsplus" },
		{ 32769, "CD001", "iso9660" },
		{ 32769, "BEA01", "udf" },
	};
	struct ri_image *i = d->image;

	for (size_t k = 0; d->type[0] == '\0' && k < sizeof far / sizeof far[0]; k++) {
		char seen[8];
		size_t n = strlen(far[k].magic);

		if (i->size < far[k].at + n)
			continue;
		if (i->read(i, far[k].at, seen, n, e) < 0)
			return -1;
		if (memcmp(seen, far[k].magic, n) != 0)
			continue;
		free(d->type);
		d->type = strdup(far[k].type);
		if (!d->type)
			return ri_nomem(e);
	}
	return 0;
}

static int check_type(struct ri_blockdev *d, struct ri_err *e)
{
	if (name_far(d, e) < 0)
		return -1;
	d->foreign = is_foreign(d->type);
	return d->foreign || is_known(d->type)
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is of the type %s", d->name, d->type);
}

static int check_btrfs(struct ri_blockdev *d, struct ri_err *e)
{
	unsigned char devices[8];

	if (strcmp(d->type, "btrfs") != 0)
		return 0;
	if (d->image->read(d->image, 65536 + 0x88, devices, sizeof devices, e) < 0)
		return -1;
	return ri_le32(devices) == 1 && ri_le32(devices + 4) == 0
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is a btrfs on several devices", d->name);
}

int ri_layout_tags(struct ri_blockdev *d, int scratch, struct ri_err *e)
{
	if (window(d->image, scratch, HEAD, TAIL, e) < 0 || copy_fat_root(d->image, scratch, e) < 0)
		return -1;
	return probe_tags(scratch, d, e) < 0 || check_type(d, e) < 0 || check_btrfs(d, e) < 0 ? -1
											      : 0;
}
