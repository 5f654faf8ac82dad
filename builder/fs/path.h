// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Following a path through directories, symlinks and mount points, as the kernel does in a chroot:
 * ".." does not leave the root, an absolute symlink begins at it. The tree is behind a table of
 * functions, so that a test can make one up.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_PATH_LINKS 40  /* symlinks on one path, as Linux has it */
#define RI_PATH_DEPTH 512 /* directories on one path */

/** An inode of one of the mounted file systems. */
struct ri_node {
	uint32_t fs, ino;
};

struct ri_path_ops {
	/**
	 * The entry @name of the directory @dir, the root of what is mounted there.
	 * @return 1 and *@out, *@mode (as st_mode); 0 if it does not exist; -1 with @e.
	 */
	int (*lookup)(void *arg, struct ri_node dir, struct ri_span name, struct ri_node *out,
	    uint32_t *mode, struct ri_err *e);
	/** Append the target of the symlink @link. @return 0; -1 with @e. */
	int (*link)(void *arg, struct ri_node link, struct ri_buf *out, struct ri_err *e);
	void *arg;
	struct ri_node root;
};

/** Where a path leads. */
struct ri_path {
	struct ri_node node;
	uint32_t mode;
	char *real; /* absolute, without symlinks; owned */
};

/**
 * Follow the absolute @path; the last component, if it is a symlink, only with @follow or if a "/"
 * follows it.
 * @return 1; 0 where it leads nowhere, *@why then being ENOENT, ENOTDIR, ELOOP or ENAMETOOLONG;
 *         -1 with @e.
 */
int ri_path_walk(const struct ri_path_ops *ops, const char *path, bool follow, struct ri_path *out,
    int *why, struct ri_err *e) RI_MUST_CHECK;
void ri_path_free(struct ri_path *p);
