// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The whole tree of what is mounted, entry by entry.
 */
#include "fs/vfs.h"

/**
 * Walk everything at and below @top, across mounts: a directory before its contents, its names in
 * the order of their bytes, each directory's content at its place in that order. @fn returns 0 to
 * go on, 1 not to descend, -1 with @e.
 * @return 0; -1 as @fn; RI_E_UNSUPPORTED: a directory that has two names, or too long a path.
 */
int ri_vfs_tree(struct ri_vfs *v, const struct ri_path *top,
    int (*fn)(void *arg, const struct ri_vfs_visit *at, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
