// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What makes a tree big: its largest directories, none of which is within another.
 *
 * The sizes are of each directory with all below it, summed while the tree passes by in any order. What lies
 * deeper than RI_LARGEST_DEPTH, or comes when RI_LARGEST_DIRS are known, counts for the nearest known directory
 * above it, so that memory is bounded.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_LARGEST_N 10
#define RI_LARGEST_DEPTH 8u
#define RI_LARGEST_DIRS 16384u

struct ri_large {
	char *path; /* "/var/lib/docker" */
	uint64_t bytes;
};

struct ri_largest {
	struct ri_large v[RI_LARGEST_N]; /* the largest first */
	size_t n;
};
void ri_largest_free(struct ri_largest *l);

struct ri_dir_sizes;
/** @return NULL without memory. */
struct ri_dir_sizes *ri_dir_sizes_new(void);
void ri_dir_sizes_freep(struct ri_dir_sizes **d);
/**
 * Add the @bytes of an entry whose absolute path is @path: a directory's count for itself, all others' for the one
 * that they are in.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_dir_sizes_add(struct ri_dir_sizes *d, const char *path, bool is_dir, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Choose the largest, of those that are more than a hundredth of the whole. A directory gives way to those in it where nearly all of it is one of them (three quarters), and
 * near the top (/, /var, /var/lib) where one of them is a quarter and no more than a quarter lies in files of its own.
 * @return 0 with *@out for ri_largest_free; -1 RI_E_NOMEM.
 */
int ri_dir_sizes_largest(struct ri_dir_sizes *d, struct ri_largest *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Where engines of containers keep images, layers and volumes: the next of these stores, from *@at on, which is moved
 * on, in which something of @l lies, with the bytes of that.
 * @return NULL after the last.
 */
const char *ri_largest_next_store(const struct ri_largest *l, size_t *at, uint64_t *bytes);

/**
 * Append the rule that leaves the content of the directory @path out (plan/rules.h), or all of the store that it is a
 * part of, since the rest is of no use without it; as it is written between the quotes
 * of a configuration. Nothing for "/", and for directories without which a system does not run.
 */
void ri_largest_rule(const char *path, struct ri_buf *out);
