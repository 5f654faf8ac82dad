// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The bytes as an ext file system, with zeros behind them. */
#include "image.h"
#include "fs/ext.h"
#include "fs/ext_data.h"
#include "fs/ext_dir.h"
#include "fs/ext_inode.h"
#include "fs/ext_xattr.h"

#include <limits.h>
#include <sys/stat.h>

enum { IMAGE = 256 << 10, INODES = 4096 };

struct walk {
	struct ri_extfs *fs;
	bool seen[INODES];
	uint64_t size, end; /* of the file whose data comes */
};

static int on_data(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct walk *w = arg;

	(void)e;
	FUZZ_CHECK(bytes.n > 0 && bytes.n <= 1 << 20);
	FUZZ_CHECK(at >= w->end && at < w->size && bytes.n <= w->size - at);
	w->end = at + bytes.n;
	return 0;
}

static void file(struct walk *w, const struct ri_fs_inode *i)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
	struct ri_err e = { 0 };
	RI_BUF to = { 0 };

	if (ok(ri_extfs_xattrs(w->fs, i, &x, &e), &e))
		for (size_t k = 1; k < x.n; k++)
			FUZZ_CHECK(strcmp(x.v[k - 1].name, x.v[k].name) < 0);
	if (S_ISLNK(i->mode) && ok(ri_extfs_link(w->fs, i, &to, &e), &e))
		FUZZ_CHECK(to.n == i->size && to.n < PATH_MAX && strlen(to.p) == to.n);
	w->size = i->size;
	w->end = 0;
	if (S_ISREG(i->mode))
		ok(ri_extfs_data(w->fs, i, on_data, w, &e), &e);
}

static void walk(struct walk *w, uint32_t ino)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };

	if (ino >= INODES || w->seen[ino])
		return;
	w->seen[ino] = true;
	if (!ok(ri_extfs_inode(w->fs, ino, &i, &e), &e))
		return;
	FUZZ_CHECK(i.ino == ino && i.mtime_nsec < 1000000000);
	file(w, &i);
	if (!S_ISDIR(i.mode) || !ok(ri_extfs_names(w->fs, ino, &names, &e), &e))
		return;
	for (size_t k = 0; k < names.n; k++) {
		FUZZ_CHECK(names.v[k].name[0] != '\0' && !strchr(names.v[k].name, '/'));
		FUZZ_CHECK(k == 0 || strcmp(names.v[k - 1].name, names.v[k].name) < 0);
		walk(w, names.v[k].ino);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory m = { { memory_read, NULL, IMAGE }, fuzz_input(data, size) };
	RI_ON_EXIT(ri_extfs_closep) struct ri_extfs *fs = NULL;
	struct walk *w = calloc(1, sizeof *w);
	struct ri_err e = { 0 };

	FUZZ_CHECK(w);
	if (size <= IMAGE && ok(ri_extfs_open(&m.base, &fs, &e), &e)) {
		w->fs = fs;
		walk(w, RI_FS_ROOT);
	}
	free(w);
	return 0;
}
