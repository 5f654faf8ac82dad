// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The boot sector and the table (fs/fat/inode.c:fat_fill_super, fat_read_bpb).
 */
#include "fs/fat_internal.h"

enum {
	BOOT_SECTOR = 512,
	TABLE_MAX = 4 << 20, /* bytes: a million clusters of FAT32 */
	FAT12_MAX = 0xff4,   /* clusters; with more it is FAT16 */
};

static bool power_of_two(uint32_t v)
{
	return v > 0 && (v & (v - 1)) == 0;
}

/* The numbers of the boot sector, in sectors. */
struct boot {
	uint32_t sector, per_cluster, reserved, tables, root_entries, all, per_table;
	bool wide; /* FAT32 */
	unsigned state;
};

static bool parse(const unsigned char *s, struct boot *b)
{
	b->sector = ri_fat_u16(s + 11);
	b->per_cluster = s[13];
	b->reserved = ri_fat_u16(s + 14);
	b->tables = s[16];
	b->root_entries = ri_fat_u16(s + 17);
	b->all = ri_fat_u16(s + 19) ? ri_fat_u16(s + 19) : ri_fat_u32(s + 32);
	b->per_table = ri_fat_u16(s + 22);
	b->wide = b->per_table == 0;
	if (b->wide)
		b->per_table = ri_fat_u32(s + 36);
	b->state = s[b->wide ? 65 : 37];
	return s[510] == 0x55 && s[511] == 0xaa && power_of_two(b->sector) && b->sector >= 512 &&
	       b->sector <= 4096 && power_of_two(b->per_cluster) && b->reserved > 0 &&
	       b->tables > 0 && b->per_table > 0 &&
	       b->root_entries % (b->sector / RI_FAT_ENTRY) == 0 &&
	       b->sector * b->per_cluster <= RI_FS_PIECE;
}

static int unsupported(const char *what, struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the FAT %s", what);
}

/* What only FAT32 has, in the form that everybody writes. */
static int wide_rest(struct ri_fatfs *fs, const unsigned char *s, const struct boot *b,
    struct ri_err *e)
{
	fs->root_first = ri_fat_u32(s + 44);
	if (b->root_entries != 0 || ri_fat_u16(s + 42) != 0)
		return unsupported("has an unknown version", e);
	if (ri_fat_u16(s + 40) & 0x80)
		return unsupported("has a table without copies", e);
	return 0;
}

static int layout(struct ri_fatfs *fs, const struct boot *b, struct ri_err *e)
{
	uint64_t root = (uint64_t)b->reserved + (uint64_t)b->tables * b->per_table;
	uint64_t data = root + (uint64_t)b->root_entries * RI_FAT_ENTRY / b->sector, count;

	if (data >= b->all || (uint64_t)b->all * b->sector > fs->image->size)
		return unsupported("is larger than its device, or has no room for files", e);
	count = (b->all - data) / b->per_cluster;
	fs->bits = b->wide ? 32 : count > FAT12_MAX ? 16 : 12;
	if ((uint64_t)b->per_table * b->sector > TABLE_MAX)
		return unsupported("has more clusters than an EFI partition has", e);
	/* Never more than the table describes, not counting the first two numbers. */
	if (count > (uint64_t)b->per_table * b->sector * 8 / fs->bits - RI_FAT_FIRST)
		return unsupported("has more clusters than its table describes", e);
	if (count == 0 || (!b->wide && b->root_entries == 0))
		return unsupported("has no room for files", e);
	fs->cluster = b->sector * b->per_cluster;
	fs->clusters = (uint32_t)count;
	fs->root = root * b->sector;
	fs->root_bytes = b->root_entries * RI_FAT_ENTRY;
	fs->data = data * b->sector;
	return 0;
}

static uint32_t cell(const struct ri_fatfs *fs, const unsigned char *table, uint32_t i)
{
	unsigned pair;

	switch (fs->bits) {
	case 12:
		pair = ri_fat_u16(table + i + i / 2);
		return i % 2 ? pair >> 4 : pair & 0xfff;
	case 16:
		return ri_fat_u16(table + (size_t)i * 2);
	default:
		return ri_fat_u32(table + (size_t)i * 4) & 0x0fffffff;
	}
}

/* What a cell leads to whose cluster is not free. */
static uint32_t follows(const struct ri_fatfs *fs, uint32_t v)
{
	uint32_t all = fs->bits == 12 ? 0xfff : fs->bits == 16 ? 0xffff : 0x0fffffff;

	if (v >= all - 7)
		return RI_FAT_END;
	return v >= RI_FAT_FIRST && v - RI_FAT_FIRST < fs->clusters ? v : RI_FAT_BAD;
}

static int read_table(struct ri_fatfs *fs, const struct boot *b, struct ri_err *e)
{
	size_t bytes = (size_t)b->per_table * b->sector;
	/* A byte more: FAT12's last cell is looked at as two. */
	RI_FREE unsigned char *table = calloc(1, bytes + 1);

	fs->next = calloc((size_t)fs->clusters + RI_FAT_FIRST, sizeof *fs->next);
	if (!table || !fs->next)
		return ri_nomem(e);
	if (fs->image->read(fs->image, (uint64_t)b->reserved * b->sector, table, bytes, e) < 0)
		return -1;
	for (uint32_t i = RI_FAT_FIRST; i < fs->clusters + RI_FAT_FIRST; i++) {
		uint32_t v = cell(fs, table, i);

		fs->free += v == 0;
		fs->next[i] = v == 0 ? RI_FAT_BAD : follows(fs, v);
	}
	/* The second cell says whether all was written and read well, a bit each. */
	if (fs->bits == 16 && (cell(fs, table, 1) & 0xc000) != 0xc000)
		return unsupported("was not cleanly unmounted", e);
	if (fs->bits == 32 && (cell(fs, table, 1) & 0x0c000000) != 0x0c000000)
		return unsupported("was not cleanly unmounted", e);
	return 0;
}

int ri_fat_super(struct ri_fatfs *fs, struct ri_err *e)
{
	unsigned char s[BOOT_SECTOR];
	struct boot b;

	if (fs->image->size < sizeof s)
		return unsupported("is too small to be one", e);
	if (fs->image->read(fs->image, 0, s, sizeof s, e) < 0)
		return -1;
	if (!parse(s, &b))
		return unsupported("has a boot sector that is not understood", e);
	if (b.state & 1)
		return unsupported("was not cleanly unmounted", e);
	if (b.wide && wide_rest(fs, s, &b, e) < 0)
		return -1;
	return layout(fs, &b, e) < 0 || read_table(fs, &b, e) < 0 ? -1 : 0;
}

int ri_fat_bad(uint32_t ino, const char *what, struct ri_err *e)
{
	if (ino == RI_FS_ROOT)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "the FAT's root: %s", what);
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "the FAT's entry at byte %llu: %s",
	    (unsigned long long)ino * RI_FAT_ENTRY, what);
}

int ri_fat_chain(const struct ri_fatfs *fs, uint32_t ino, uint32_t first, uint64_t most,
    ri_fat_run_fn *fn, void *arg, uint64_t *clusters, struct ri_err *e)
{
	uint64_t count = 0, told = 0;
	uint32_t at = first;

	while (at != RI_FAT_END) {
		struct ri_fat_run r;
		uint32_t from = at, n = 0;
		int rc;

		do {
			if (at < RI_FAT_FIRST || at - RI_FAT_FIRST >= fs->clusters)
				return ri_fat_bad(ino, "its clusters lead nowhere", e);
			if (++count > fs->clusters)
				return ri_fat_bad(ino, "its clusters have no end", e);
			n++;
			at = fs->next[at];
		} while (at == from + n);
		r.at = fs->data + (uint64_t)(from - RI_FAT_FIRST) * fs->cluster;
		r.bytes = (uint64_t)n * fs->cluster;
		if (r.bytes > most - told)
			r.bytes = most - told;
		told += r.bytes;
		rc = fn && r.bytes > 0 ? fn(arg, &r, e) : 0;
		if (rc != 0)
			return rc;
	}
	if (clusters)
		*clusters = count;
	return 0;
}

int ri_fat_read_entry(struct ri_fatfs *fs, uint32_t ino, struct ri_fat_entry *out, struct ri_err *e)
{
	uint64_t at = (uint64_t)ino * RI_FAT_ENTRY;
	uint64_t end = fs->data + (uint64_t)fs->clusters * fs->cluster;

	if (at < fs->root || at > end - RI_FAT_ENTRY)
		return ri_fat_bad(ino, "there is none", e);
	if (fs->image->read(fs->image, at, out->raw, sizeof out->raw, e) < 0)
		return -1;
	out->size = ri_fat_u32(out->raw + 28);
	out->first = ri_fat_u16(out->raw + 26);
	if (fs->bits == 32)
		out->first |= (uint32_t)ri_fat_u16(out->raw + 20) << 16;
	return 0;
}
