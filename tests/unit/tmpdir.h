// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A directory of its own for a test, gone with it.
 */
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char tmpdir[64];

static inline int tmp_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline int tmp_set_up(void **state)
{
	(void)state;
	snprintf(tmpdir, sizeof tmpdir, "/tmp/ramimg-test-XXXXXX");
	return mkdtemp(tmpdir) ? 0 : -1;
}

static inline int tmp_tear_down(void **state)
{
	(void)state;
	return nftw(tmpdir, tmp_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* Four results at a time live. */
static inline const char *tmp_path(const char *name)
{
	static char path[4][160];
	static unsigned turn;

	turn = (turn + 1) % 4;
	snprintf(path[turn], sizeof path[turn], "%s/%s", tmpdir, name);
	return path[turn];
}

/** How many names there are in the directory @dir. */
static inline size_t tmp_count(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *en = readdir(d); en; en = readdir(d))
		n += strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0;
	closedir(d);
	return n;
}
