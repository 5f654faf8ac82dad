// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The bytes as a FAT, with zeros behind them. */
#include "image.h"
#include "fs/fat.h"
#include "fs/fat_dir.h"

#include <sys/stat.h>

enum { IMAGE = 4 << 20, ENTRIES = IMAGE / 32 };

struct walk {
	struct ri_fatfs *fs;
	bool seen[ENTRIES];
	uint64_t at, size; /* of the file whose data comes */
};

static int on_data(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct walk *w = arg;

	(void)e;
	FUZZ_CHECK(bytes.n > 0 && bytes.n <= RI_FS_PIECE && at == w->at);
	w->at += bytes.n;
	FUZZ_CHECK(w->at <= w->size);
	return 0;
}

static void walk(struct walk *w, uint32_t ino)
{
	const struct ri_fs_sink to = ri_fs_sink_of(on_data, w);
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct ri_fs_inode i;
	struct ri_err e = { 0 };

	FUZZ_CHECK(ino < ENTRIES);
	if (w->seen[ino])
		return;
	w->seen[ino] = true;
	if (!ok(ri_fatfs_inode(w->fs, ino, &i, &e), &e))
		return;
	FUZZ_CHECK(i.ino == ino && (S_ISREG(i.mode) || S_ISDIR(i.mode)));
	w->size = i.size;
	w->at = 0;
	if (S_ISREG(i.mode) && ok(ri_fatfs_data(w->fs, &i, &to, &e), &e))
		FUZZ_CHECK(w->at == w->size);
	if (!S_ISDIR(i.mode) || !ok(ri_fatfs_names(w->fs, ino, &names, &e), &e))
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
	RI_ON_EXIT(ri_fatfs_closep) struct ri_fatfs *fs = NULL;
	struct walk *w = calloc(1, sizeof *w);
	struct ri_err e = { 0 };

	FUZZ_CHECK(w);
	if (size <= IMAGE && ok(ri_fatfs_open(&m.base, &fs, &e), &e)) {
		w->fs = fs;
		walk(w, RI_FS_ROOT);
	}
	free(w);
	return 0;
}
