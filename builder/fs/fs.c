// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/fs.h"
#include "fs/ext_data.h"
#include "fs/ext_dir.h"
#include "fs/ext_inode.h"
#include "fs/ext_xattr.h"
#include "fs/fat_dir.h"

struct ri_fs {
	struct ri_extfs *ext; /* either this */
	struct ri_fatfs *fat; /* or this */
};

static bool is_ext(const char *type)
{
	return strcmp(type, "ext2") == 0 || strcmp(type, "ext3") == 0 || strcmp(type, "ext4") == 0;
}

bool ri_fs_is_read(const char *type)
{
	return is_ext(type) || strcmp(type, "vfat") == 0;
}

void ri_fs_closep(struct ri_fs **fs)
{
	if (*fs) {
		ri_extfs_closep(&(*fs)->ext);
		ri_fatfs_closep(&(*fs)->fat);
	}
	free(*fs);
	*fs = NULL;
}

int ri_fs_open(const char *type, struct ri_image *image, struct ri_fs **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_closep) struct ri_fs *fs = calloc(1, sizeof *fs);
	int rc;

	if (!fs)
		return ri_nomem(e);
	rc = is_ext(type) ? ri_extfs_open(image, &fs->ext, e) : ri_fatfs_open(image, &fs->fat, e);
	if (rc < 0)
		return -1;
	*out = ri_steal(fs);
	return 0;
}

bool ri_fs_folds(const struct ri_fs *fs)
{
	return fs->fat != NULL;
}

void ri_fs_space(const struct ri_fs *fs, uint64_t *size, uint64_t *avail)
{
	if (fs->ext)
		ri_extfs_space(fs->ext, size, avail);
	else
		ri_fatfs_space(fs->fat, size, avail);
}

int ri_fs_inode(struct ri_fs *fs, uint32_t ino, struct ri_fs_inode *out, struct ri_err *e)
{
	return fs->ext ? ri_extfs_inode(fs->ext, ino, out, e)
		       : ri_fatfs_inode(fs->fat, ino, out, e);
}

int ri_fs_names(struct ri_fs *fs, uint32_t dir, struct ri_fs_names *out, struct ri_err *e)
{
	return fs->ext ? ri_extfs_names(fs->ext, dir, out, e)
		       : ri_fatfs_names(fs->fat, dir, out, e);
}

int ri_fs_link(struct ri_fs *fs, const struct ri_fs_inode *i, struct ri_buf *out, struct ri_err *e)
{
	if (fs->ext)
		return ri_extfs_link(fs->ext, i, out, e);
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "a symlink on FAT");
}

/* FAT has none. */
int ri_fs_xattrs(struct ri_fs *fs, const struct ri_fs_inode *i, struct ri_xattrs *out,
    struct ri_err *e)
{
	return fs->ext ? ri_extfs_xattrs(fs->ext, i, out, e) : 0;
}

int ri_fs_data_to(struct ri_fs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e)
{
	return fs->ext ? ri_extfs_data_to(fs->ext, i, to, e) : ri_fatfs_data(fs->fat, i, to, e);
}

int ri_fs_data(struct ri_fs *fs, const struct ri_fs_inode *i,
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg,
    struct ri_err *e)
{
	const struct ri_fs_sink to = ri_fs_sink_of(fn, arg);

	return ri_fs_data_to(fs, i, &to, e);
}
