// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A disk of two partitions, with an ext4 and a FAT in them, made by the programs for that; no root.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "disk/scratch.h"
#include "fs/walk.h"

#include <limits.h>

#define VFS_DISK "disk"
#define VFS_EXT_AT ((uint64_t)1 << 20)
#define VFS_FAT_AT ((uint64_t)5 << 20)
#define VFS_BYTES (8 << 20)
#define VFS_VALUE 1200 /* of an attribute that has an inode of its own */
/* Too long for an inode. */
#define VFS_LONG                                                                                   \
	"a-very-long-name/of-a-directory-that/is-not-there/and-would-not-be-read/if-it-were"

static inline void vfs_quiet(const char *const *argv)
{
	int status = run_to(tmpdir, NULL, NULL, "/dev/null", argv);

	if (status != 0)
		fail_msg("%s ended with status %d", argv[0], status);
}

#define VFS_RUN(...) vfs_quiet((const char *const[]){ __VA_ARGS__, NULL })

/* Every kind of what the reader reads: in inodes and in blocks, in extents and through a tree of them. */
static inline void vfs_make_ext(void)
{
	static char value[VFS_VALUE];
	RI_BUF commands = { 0 };
	int fd;

	memset(value, 'V', sizeof value);
	VFS_RUN("mkdir", "-p", "vfs/dir/sub", "vfs/efi", "vfs/other");
	spit(tmp_path("vfs/file"), ri_str("what is in the file\n"));
	spit(tmp_path("vfs/dir/large"), ri_span(value, sizeof value));
	spit(tmp_path("vfs/dir/sub/last"), ri_str("last"));
	assert_int_equal(link(tmp_path("vfs/file"), tmp_path("vfs/dir/linked")), 0);
	assert_int_equal(symlink("dir/sub/last", tmp_path("vfs/link")), 0);
	assert_int_equal(symlink(VFS_LONG, tmp_path("vfs/long-link")), 0);
	assert_int_equal(symlink("itself", tmp_path("vfs/itself")), 0);
	fd = open(tmp_path("vfs/pieces"), O_WRONLY | O_CREAT, 0600);
	for (off_t i = 0; i < 6; i++)
		assert_int_equal(pwrite(fd, "piece", 5, i << 16), 5);
	close(fd);
	for (int i = 0; i < 20; i++) {
		char name[32];

		snprintf(name, sizeof name, "vfs/other/name-%02d", i);
		spit(tmp_path(name), ri_str(""));
	}
	spit(tmp_path("value"), ri_span(value, sizeof value));
	ri_buf_addf(&commands,
	    "ea_set -f %s file user.far\nea_set file user.near near\nea_set dir trusted.t t\n",
	    tmp_path("value"));
	VFS_RUN("mke2fs", "-q", "-F", "-t", "ext4", "-O", "inline_data,ea_inode,^has_journal", "-b",
	    "1024", "-I", "256", "-N", "64", "-d", "vfs", "ext", "4M");
	spit(tmp_path("commands"), ri_buf_span(&commands));
	VFS_RUN("debugfs", "-w", "-f", "commands", "ext");
}

static inline void vfs_copy(const char *from, uint64_t at)
{
	RI_BUF bytes = { 0 };
	int fd = open(tmp_path(VFS_DISK), O_WRONLY | O_CLOEXEC);

	slurp(tmp_path(from), &bytes);
	assert_int_equal(pwrite(fd, bytes.p, bytes.n, (off_t)at), (ssize_t)bytes.n);
	close(fd);
}

/** The directory of the test, with the disk in it; its parts are the files "ext" and "fat". */
static inline int vfs_set_up(void **state)
{
	if (tmp_set_up(state) < 0)
		return -1;
	setenv("MTOOLS_SKIP_CHECK", "1", 1);
	vfs_make_ext();
	VFS_RUN("truncate", "-s", "2M", "fat");
	VFS_RUN("mkfs.vfat", "-F", "12", "-s", "4", "-i", "1234ABCD", "fat");
	VFS_RUN("mmd", "-i", "fat", "::EFI");
	VFS_RUN("mcopy", "-i", "fat", "vfs/file", "::EFI/A long name of a file.conf");
	VFS_RUN("mcopy", "-i", "fat", "vfs/file", "::EFI/GRUB.CFG");
	VFS_RUN("truncate", "-s", "8M", VFS_DISK);
	spit(tmp_path("table"), ri_str("label: dos\nstart=2048, size=8192, type=83\n"
				       "start=10240, size=4096, type=ef\n"));
	assert_int_equal(run_to(tmpdir, tmp_path("table"), NULL, "/dev/null",
			     (const char *const[]){ "sfdisk", "-q", VFS_DISK, NULL }),
	    0);
	vfs_copy("ext", VFS_EXT_AT);
	vfs_copy("fat", VFS_FAT_AT);
	return 0;
}

/** The disk in the file @fd. */
static inline int vfs_open(struct ri_vfs *v, int fd, struct ri_err *e)
{
	struct ri_image *image = NULL;
	RI_FD int scratch = ri_scratch_create(e);
	struct stat st;

	*v = (struct ri_vfs){ 0 };
	assert_int_equal(fstat(fd, &st), 0);
	if (scratch < 0 || ri_image_fd(fd, (uint64_t)st.st_size, &image, e) < 0)
		return -1;
	return ri_vfs_open(v, image, scratch, e);
}

/** As it was when it was opened. */
static inline void vfs_again(struct ri_vfs *v)
{
	ri_vfs_umount_all(v);
	for (size_t i = 0; i < v->layout.n; i++)
		ri_fs_closep(&v->fs[i]);
}

/** What a walk over all has seen. */
struct vfs_seen {
	struct ri_vfs *v;
	size_t entries, bytes, attributes, again;
	bool links; /* their targets are read */
};

static inline int vfs_count(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	(void)at, (void)e;
	*(size_t *)arg += bytes.n;
	return 0;
}

static inline int vfs_entry(void *arg, const struct ri_vfs_visit *at, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs attributes = { 0 };
	struct vfs_seen *s = arg;
	RI_BUF to = { 0 };

	s->entries++;
	if (at->slot) {
		s->again += at->slot->path != NULL;
		free(at->slot->path);
		at->slot->path = strdup(at->path);
		if (!at->slot->path)
			return ri_nomem(e);
	}
	if (ri_fs_xattrs(at->fs, at->inode, &attributes, e) < 0)
		return -1;
	s->attributes += attributes.n;
	if (S_ISLNK(at->inode->mode) && ri_fs_link(at->fs, at->inode, &to, e) < 0)
		return -1;
	return S_ISREG(at->inode->mode) ? ri_fs_data(at->fs, at->inode, vfs_count, &s->bytes, e)
					: 0;
}

/** Both file systems mounted, looked up in, and walked over as a whole. */
static inline int vfs_all(struct ri_vfs *v, struct vfs_seen *out, struct ri_err *e)
{
	static const char *const paths[] = { "/file", "/link", "/dir/../dir/sub",
		"/efi/EFI/GRUB.CFG" };
	RI_ON_EXIT(ri_path_free) struct ri_path top = { 0 };

	*out = (struct vfs_seen){ .v = v };
	if (ri_vfs_mount(v, "/dev/sda1", "/", e) < 0 || ri_vfs_mount(v, "/dev/sda2", "/efi", e) < 0)
		return -1;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };

		if (ri_vfs_find(v, paths[i], true, &p, e) < 0)
			return -1;
	}
	return ri_vfs_find(v, "/", true, &top, e) < 0 ? -1
						      : ri_vfs_tree(v, &top, vfs_entry, out, e);
}
