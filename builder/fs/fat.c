// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/fat_internal.h"

#include <sys/stat.h>

#define SECONDS_TO_1980 315532800
#define MODE (S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH) /* 0755, by the appliance's umask */

int ri_fatfs_open(struct ri_image *image, struct ri_fatfs **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fatfs_closep) struct ri_fatfs *fs = calloc(1, sizeof *fs);

	if (!fs || !(fs->piece = malloc(RI_FS_PIECE)))
		return ri_nomem(e);
	fs->image = image;
	if (ri_fat_super(fs, e) < 0)
		return -1;
	*out = ri_steal(fs);
	return 0;
}

void ri_fatfs_closep(struct ri_fatfs **fs)
{
	if (*fs) {
		free((*fs)->next);
		free((*fs)->piece);
	}
	free(*fs);
	*fs = NULL;
}

void ri_fatfs_space(const struct ri_fatfs *fs, uint64_t *size, uint64_t *avail)
{
	*size = (uint64_t)fs->clusters * fs->cluster;
	*avail = (uint64_t)fs->free * fs->cluster;
}

bool ri_fat_time(unsigned date, unsigned time, int64_t *out)
{
	static const unsigned before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	unsigned day = date & 31, month = date >> 5 & 15, year = date >> 9;
	unsigned second = (time & 31) * 2, minute = time >> 5 & 63, hour = time >> 11;
	unsigned days;

	/* Tools that do not know the date write zero, which Linux takes for the first day. */
	day = day > 0 ? day : 1;
	month = month > 0 ? month : 1;
	if (month > 12 || second > 59 || minute > 59 || hour > 23)
		return false;
	/* Since 1980, a leap year; 2100 is not one, and the last year is 2107. */
	days = year * 365 + (year + 3) / 4 - (year > 120) + before[month - 1] + day - 1;
	days += month > 2 && year % 4 == 0 && year != 120;
	*out = SECONDS_TO_1980 + (int64_t)days * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

/* That of the root: nothing says when it was changed. */
static int root_inode(struct ri_fatfs *fs, struct ri_fs_inode *out, struct ri_err *e)
{
	uint64_t clusters = 0;

	if (fs->bits == 32 &&
	    ri_fat_chain(fs, RI_FS_ROOT, fs->root_first, 0, NULL, NULL, &clusters, e) < 0)
		return -1;
	out->mode = S_IFDIR | MODE;
	out->links = 2;
	out->blocks = fs->bits == 32 ? clusters * fs->cluster / 512
				     : ((uint64_t)fs->root_bytes + fs->cluster - 1) / fs->cluster *
					   fs->cluster / 512;
	return 0;
}

static int entry_inode(struct ri_fatfs *fs, const struct ri_fat_entry *en, struct ri_fs_inode *out,
    struct ri_err *e)
{
	bool dir = en->raw[11] & RI_FAT_DIR, readonly = en->raw[11] & RI_FAT_READONLY;
	uint64_t clusters = 0;

	if (!ri_fat_time(ri_fat_u16(en->raw + 24), ri_fat_u16(en->raw + 22), &out->mtime))
		return ri_fat_bad(out->ino, "its time is not valid", e);
	if ((dir || en->first != 0) &&
	    ri_fat_chain(fs, out->ino, en->first, 0, NULL, NULL, &clusters, e) < 0)
		return -1;
	out->links = dir ? 2 : 1;
	out->mode = dir ? S_IFDIR | MODE : S_IFREG | (readonly ? MODE & ~0222u : MODE);
	out->size = dir ? 0 : en->size;
	if (!dir && ((uint64_t)en->size + fs->cluster - 1) / fs->cluster != clusters)
		return ri_fat_bad(out->ino, "it has more or fewer clusters than bytes for them", e);
	out->blocks = clusters * fs->cluster / 512;
	return 0;
}

int ri_fatfs_inode(struct ri_fatfs *fs, uint32_t ino, struct ri_fs_inode *out, struct ri_err *e)
{
	struct ri_fat_entry en;

	*out = (struct ri_fs_inode){ .ino = ino };
	if (ino == RI_FS_ROOT)
		return root_inode(fs, out, e);
	return ri_fat_read_entry(fs, ino, &en, e) < 0 ? -1 : entry_inode(fs, &en, out, e);
}

struct reading {
	struct ri_fatfs *fs;
	uint64_t at;
	const struct ri_fs_sink *to;
};

static int data_run(void *arg, const struct ri_fat_run *r, struct ri_err *e)
{
	struct reading *d = arg;
	uint64_t from = r->at, left = r->bytes;

	while (left > 0) {
		size_t n = left < RI_FS_PIECE ? (size_t)left : RI_FS_PIECE;
		char *p;
		int rc = d->to->room(d->to->arg, n, &p, e);

		if (rc == 0) {
			p = p ? p : d->fs->piece;
			rc = d->fs->image->read(d->fs->image, from, p, n, e);
		}
		if (rc == 0)
			rc = d->to->fn(d->to->arg, d->at, ri_span(p, n), e);
		if (rc != 0)
			return rc;
		from += n;
		d->at += n;
		left -= n;
	}
	return 0;
}

int ri_fatfs_data(struct ri_fatfs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e)
{
	struct reading d = { fs, 0, to };
	struct ri_fat_entry en;

	if (i->size == 0)
		return 0;
	if (ri_fat_read_entry(fs, i->ino, &en, e) < 0)
		return -1;
	return ri_fat_chain(fs, i->ino, en.first, i->size, data_run, &d, NULL, e);
}
