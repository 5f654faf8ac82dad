// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Files that a test needs, by their paths: of a directory of the test's own.
 */
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/** Make @s the whole content of @path. @return 0; -1 with the error. */
static inline int put_file(const char *path, struct ri_span s, mode_t mode, struct ri_err *e)
{
	RI_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	return ri_file_write(fd, s, path, e);
}

/** Make the directory @path and those above it. @return 0; -1 with the error. */
static inline int make_dirs(const char *path, struct ri_err *e)
{
	RI_FREE char *copy = strdup(path);

	if (!copy)
		return ri_nomem(e);
	for (char *p = copy + 1; p[-1] != '\0'; p++) {
		char cut = *p;

		if (cut != '/' && cut != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return ri_fail(e, RI_E_IO, errno, "%s", copy);
		*p = cut;
	}
	return 0;
}
