// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * File systems made by mke2fs of a small tree, changed by debugfs, read through the reader; no root.
 */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "fs/ext.h"
#include "fs/ext_data.h"
#include "fs/ext_dir.h"
#include "fs/ext_inode.h"
#include "fs/ext_xattr.h"

#include <sys/stat.h>

#define EXT_IMAGE "image"
#define EXT_BYTES (4u << 20)

static char ext_noise[300000];

/** The tree: files of many sizes, two with holes, symlinks, a hard link, a full directory. */
static inline int ext_tree(void **state)
{
	static const size_t sizes[] = { 0, 1, 60, 61, 150, 5000, sizeof ext_noise };
	uint32_t x = 1;
	int fd;

	if (tmp_set_up(state) < 0)
		return -1;
	for (size_t i = 0; i < sizeof ext_noise; i++) {
		x = x * 1664525u + 1013904223u;
		ext_noise[i] = (char)(x >> 24);
	}
	assert_int_equal(mkdir(tmp_path("tree"), 0755), 0);
	assert_int_equal(mkdir(tmp_path("tree/dir"), 0700), 0);
	assert_int_equal(mkdir(tmp_path("tree/many"), 0755), 0);
	assert_int_equal(chmod(tmp_path("tree/many"), 01777), 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char name[64];

		snprintf(name, sizeof name, "tree/bytes-%zu", sizes[i]);
		spit(tmp_path(name), ri_span(ext_noise, sizes[i]));
	}
	for (int i = 0; i < 200; i++) {
		char name[64];

		snprintf(name, sizeof name, "tree/many/name-%d", i);
		spit(tmp_path(name), i == 199 ? ri_str(name) : LIT(""));
	}
	assert_int_equal(link(tmp_path("tree/bytes-61"), tmp_path("tree/dir/linked")), 0);
	assert_int_equal(symlink("to/somewhere", tmp_path("tree/link")), 0);
	fd = open(tmp_path("tree/holes"), O_WRONLY | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, "begin", 5, 0), 5);
	assert_int_equal(pwrite(fd, "middle", 6, 1 << 20), 6);
	assert_int_equal(pwrite(fd, "end", 3, 5 << 20), 3);
	close(fd);
	/* More extents than an inode holds. */
	fd = open(tmp_path("tree/pieces"), O_WRONLY | O_CREAT, 0600);
	for (off_t i = 0; i < 6; i++)
		assert_int_equal(pwrite(fd, "piece", 5, i << 18), 5);
	/* And more of a target. */
	assert_int_equal(symlink("a-long-name-of-a-directory/that-is-not-there/and-another-in-it",
			     tmp_path("tree/slow")),
	    0);
	return close(fd);
}

/** A file system of the tree, by mke2fs with these options more; made once, and then a copy of that. */
static inline void ext_make(const char *type, const char *options, const char *block,
    const char *inode)
{
	char name[90];
	const char *argv[] = { "mke2fs", "-q", "-F", "-t", type, "-O", options, "-b", block, "-I",
		inode, "-N", "400", "-d", tmp_path("tree"), NULL, "4M", NULL };

	assert_in_range(snprintf(name, sizeof name, "%s-%s-%s-%s", type, options, block, inode), 1,
	    sizeof name - 1);
	argv[15] = tmp_path(name);
	if (access(argv[15], F_OK) != 0)
		assert_int_equal(run_to(NULL, NULL, NULL, "/dev/null", argv), 0);
	RUN(NULL, NULL, NULL, "cp", argv[15], tmp_path(EXT_IMAGE));
}

/** Have debugfs do the commands of the text, one a line. */
static inline void ext_debugfs(const char *commands)
{
	spit(tmp_path("commands"), ri_str(commands));
	assert_int_equal(run_to(NULL, NULL, NULL, "/dev/null",
			     (const char *const[]){ "debugfs", "-w", "-f", tmp_path("commands"),
				 tmp_path(EXT_IMAGE), NULL }),
	    0);
}

/** The image opened. */
struct ext {
	int fd;
	struct ri_image *image;
	struct ri_extfs *fs;
};

static inline int ext_open(struct ext *x, struct ri_err *e)
{
	struct stat st;

	*x = (struct ext){ .fd = open(tmp_path(EXT_IMAGE), O_RDONLY | O_CLOEXEC) };
	assert_int_equal(fstat(x->fd, &st), 0);
	assert_int_equal(ri_image_fd(x->fd, (uint64_t)st.st_size, &x->image, e), 0);
	return ri_extfs_open(x->image, &x->fs, e);
}

static inline void ext_close(struct ext *x)
{
	ri_extfs_closep(&x->fs);
	ri_image_freep(&x->image);
	close(x->fd);
}

#define EXT_OPEN RI_ON_EXIT(ext_close) struct ext

/** The inode at @path, which has no "/" in front; 0: there is none. */
static inline uint32_t ext_find(struct ri_extfs *fs, const char *path)
{
	uint32_t ino = RI_FS_ROOT;

	while (*path) {
		RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
		size_t n = strcspn(path, "/");
		struct ri_err e = { 0 };

		check_ok(path, ri_extfs_names(fs, ino, &names, &e), &e);
		ino = 0;
		for (size_t i = 0; i < names.n; i++)
			if (ri_span_eq(ri_str(names.v[i].name), ri_span(path, n)))
				ino = names.v[i].ino;
		path += n + (path[n] == '/');
	}
	return ino;
}

static inline struct ri_fs_inode ext_stat(struct ri_extfs *fs, const char *path)
{
	struct ri_fs_inode i;
	struct ri_err e = { 0 };

	check_ok(path, ri_extfs_inode(fs, ext_find(fs, path), &i, &e), &e);
	return i;
}

/** A file's data with zeros for its holes, and how many bytes came. */
struct ext_bytes {
	struct ri_buf b;
	uint64_t came;
};

static inline int ext_collect(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	static const char zeros[4096];
	struct ext_bytes *x = arg;

	(void)e;
	assert_true(at >= x->b.n);
	while (x->b.n < at)
		ri_buf_add(&x->b, zeros, at - x->b.n < 4096 ? (size_t)(at - x->b.n) : 4096);
	ri_buf_add_span(&x->b, bytes);
	x->came += bytes.n;
	return 0;
}

/** Everything there is below the inode. @return 0; -1: *@e says what failed, and where. */
static inline int ext_walk(struct ri_extfs *fs, uint32_t ino, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs xattrs = { 0 };
	struct ext_bytes bytes = { 0 };
	RI_BUF to = { 0 };
	struct ri_fs_inode i;
	int rc = 0;

	if (ri_extfs_inode(fs, ino, &i, e) < 0 || ri_extfs_xattrs(fs, &i, &xattrs, e) < 0)
		return -1;
	if (S_ISLNK(i.mode))
		return ri_extfs_link(fs, &i, &to, e);
	if (S_ISREG(i.mode)) {
		rc = ri_extfs_data(fs, &i, ext_collect, &bytes, e);
		ri_buf_free(&bytes.b);
	}
	if (S_ISDIR(i.mode)) {
		rc = ri_extfs_names(fs, ino, &names, e);
		for (size_t k = 0; rc == 0 && k < names.n; k++)
			rc = ext_walk(fs, names.v[k].ino, e);
	}
	return rc;
}
