// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Files of the host, by their paths: reading, comparing, naming. What is made, renamed or removed is
 * host/dir.h's and host/pending.h's.
 */
#include "base/buf.h"

#include <stdint.h>

/** Write all of @s to @fd, which messages call @what. @return 0; -1 RI_E_IO. */
int ri_file_write(int fd, struct ri_span s, const char *what, struct ri_err *e) RI_MUST_CHECK;
/** Read @n bytes at @at, as often as it takes. @return how many, fewer only at the end; -1, errno. */
ssize_t ri_file_read_at(int fd, void *buf, size_t n, uint64_t at) RI_MUST_CHECK;
/** Write all @n bytes at @at. @return 0; -1, errno. */
int ri_file_write_at(int fd, const void *buf, size_t n, uint64_t at) RI_MUST_CHECK;
/** Append the content of @path. @return 0; -1 RI_E_IO (also: more than @max bytes), RI_E_NOMEM. */
int ri_file_read(const char *path, size_t max, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** fsync the file or directory @path. @return 0; -1 RI_E_IO. */
int ri_file_sync(const char *path, struct ri_err *e) RI_MUST_CHECK;
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
