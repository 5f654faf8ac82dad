// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Directories that wait for their metadata until the tree below them is complete.
 */
#include "loader/meta.h"
#include "loader/walk.h"

struct ri_dir {
	char *path;
	struct ri_meta meta;
};

struct ri_dirs {
	struct ri_dir *v;
	size_t n, cap;
};

/** Note @path with a copy of @m. @return 0; -1 RI_E_NOMEM. */
int ri_dirs_add(struct ri_dirs *d, const char *path, const struct ri_meta *m,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Put every directory's metadata on it, in the order of noting.
 * @return 0; -1 as ri_meta_apply_fd.
 */
int ri_dirs_finish(const struct ri_dirs *d, struct ri_walk *w, struct ri_loss *loss,
    struct ri_err *e) RI_MUST_CHECK;
void ri_dirs_free(struct ri_dirs *d);
