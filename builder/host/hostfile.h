// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Files of the host: created under a temporary name, kept by renaming, removed if not kept.
 */
#include "base/buf.h"

#include <stdint.h>

/** A file being written, for ri_pending_drop. Initialise with RI_PENDING_INIT. */
struct ri_pending {
	int fd;      /* owned; -1: none */
	char *tmp;   /* its name while it is being written */
	char *final; /* its name once kept */
};

#define RI_PENDING_INIT                                                                            \
	{                                                                                          \
		-1, NULL, NULL                                                                     \
	}

/**
 * Begin the file that will become @path: a new file next to it, with the permissions @mode, created
 * exclusively.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_pending_open(const char *path, unsigned mode, struct ri_pending *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * fsync it, rename it to its final name, replacing what is there, and fsync the directory.
 * @return 0; -1 RI_E_IO.
 */
int ri_pending_keep(struct ri_pending *p, struct ri_err *e) RI_MUST_CHECK;
/** Close it and, unless it was kept, remove it. */
void ri_pending_drop(struct ri_pending *p);

/** Write all of @s to @fd, which messages call @what. @return 0; -1 RI_E_IO. */
int ri_file_write(int fd, struct ri_span s, const char *what, struct ri_err *e) RI_MUST_CHECK;
/**
 * Make @s the whole content of @path, by way of a pending file with the permissions @mode.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM: @path has its old content, or all of @s.
 */
int ri_file_put(const char *path, struct ri_span s, unsigned mode, struct ri_err *e) RI_MUST_CHECK;
/** Append the content of @path. @return 0; -1 RI_E_IO (also: more than @max bytes), RI_E_NOMEM. */
int ri_file_read(const char *path, size_t max, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** Create the directory @path and its missing parents with @mode. @return 0; -1 RI_E_IO. */
int ri_file_mkdirs(const char *path, unsigned mode, struct ri_err *e) RI_MUST_CHECK;
/** fsync the file or directory @path. @return 0; -1 RI_E_IO. */
int ri_file_sync(const char *path, struct ri_err *e) RI_MUST_CHECK;
/** Remove the directory @path and the plain files in it (no deeper). @return 0; -1 RI_E_IO. */
int ri_file_rmdir_flat(const char *path, struct ri_err *e) RI_MUST_CHECK;
struct stat;
/**
 * Whether two stat(2) results are of one file or device: two device nodes with one device number
 * are, wherever they are; a device node and a file never are.
 */
bool ri_stat_same(const struct stat *a, const struct stat *b);
/** Whether two paths lead to one file or device; the same text does, even if nothing is there. */
bool ri_file_same(const char *a, const char *b);
/** "dir/name", for free(); NULL when out of memory. */
char *ri_file_join(const char *dir, const char *name);
/** The part behind the last "/"; it points into @path. */
const char *ri_file_base(const char *path);
