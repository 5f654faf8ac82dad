// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Directories below a root, found component by component, symbolic links never followed. The way to
 * the last one stays open, since the next member is mostly near it.
 */
#include "base/err.h"

#define RI_WALK_KEPT 32 /* deeper directories are opened anew each time */

struct ri_walk {
	int root;     /* owned */
	size_t depth; /* how many of the arrays' elements are in use */
	int fd[RI_WALK_KEPT];
	char *name[RI_WALK_KEPT];
	int deep; /* the directory below those, -1 where there is none */
};

/** Begin at the directory @path. @return 0; -1 RI_E_IO. */
int ri_walk_open(struct ri_walk *w, const char *path, struct ri_err *e) RI_MUST_CHECK;
/**
 * Open the directory that contains @path's last component; missing ones are created.
 * @return 0, the directory in *@dir, valid until the next call, and the last component in @name,
 * "." for the root itself; -1 RI_E_VERIFY (a component is not a directory, "..", too long),
 * RI_E_IO, RI_E_BUDGET, RI_E_NOMEM.
 */
int ri_walk_to(struct ri_walk *w, const char *path, int *dir, char name[static 256],
    struct ri_err *e) RI_MUST_CHECK;
void ri_walk_close(struct ri_walk *w);
