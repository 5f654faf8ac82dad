// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What each of the direct reader's file systems provides.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_FS_ROOT 2u /* the root's number, as EXT2_ROOT_INO */

/** One inode, or what stands for it. */
struct ri_fs_inode {
	uint32_t ino;
	uint32_t mode; /* as st_mode: type and permissions */
	uint32_t uid, gid, links;
	uint64_t size;   /* of a regular file, or a symlink's length */
	uint64_t blocks; /* of 512 bytes, as st_blocks */
	int64_t mtime;   /* floor seconds */
	uint32_t mtime_nsec;
	uint32_t dev_major, dev_minor; /* of a device node */
};

/** The names in a directory, sorted as bytes (strcmp), without "." and "..". */
struct ri_fs_names {
	struct ri_fs_name {
		char *name; /* no "/" and no NUL in it, not empty */
		uint32_t ino;
	} * v;
	size_t n, cap;
};
/** Names in one directory: 140 MB in the reader, and as much of its disk at least. */
#define RI_FS_NAMES_MAX 2000000u
/**
 * Append one; sorted by ri_fs_names_sort. @return 0; -1 RI_E_BUDGET: there are RI_FS_NAMES_MAX already;
 * RI_E_NOMEM.
 */
int ri_fs_names_add(struct ri_fs_names *l, struct ri_span name, uint32_t ino,
    struct ri_err *e) RI_MUST_CHECK;
/** @return whether no two are the same. */
bool ri_fs_names_sort(struct ri_fs_names *l) RI_MUST_CHECK;
void ri_fs_names_free(struct ri_fs_names *l);

#define RI_FS_PIECE ((size_t)128 << 10)

/** A sink for a file's data. */
struct ri_fs_sink {
	/** Where the next @n bytes, at most RI_FS_PIECE, are to be put: *@p, NULL for anywhere. */
	int (*room)(void *arg, size_t n, char **p, struct ri_err *e);
	int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e);
	void *arg;
};
/** One that takes bytes wherever they are put. */
struct ri_fs_sink ri_fs_sink_of(
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg);
