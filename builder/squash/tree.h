// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The directories of an image in memory, until their inodes are written.
 */
#include "base/err.h"

#include <sqfs/inode.h>
#include <stdint.h>

/** No extended attributes. */
#define RI_SQ_NO_XATTR 0xffffffffu

struct ri_sq_node {
	struct ri_sq_node *before; /* the node made before this one, whatever it is */
	struct ri_sq_node *parent; /* NULL: the root */
	struct ri_sq_node *real;   /* whose further name this is; itself otherwise */
	/*
	 * What is to be written, for free(). A file's is libsquashfs's while there are blocks under way, and moves. Of a
	 * directory, made with its list.
	 */
	sqfs_inode_generic_t *inode;
	void *children; /* of a directory: tsearch(3), by name */
	uint32_t children_n, subdirs_n;
	uint32_t names_n; /* of no directory: how many have this as real */
	uint32_t xattr, mtime;
	uint32_t number; /* from 1 on; 0: not yet */
	uint64_t ref;    /* where its inode was written; valid once is_written */
	uint16_t mode, uid, gid;
	bool is_written;
	const char *name; /* allocated with the node */
};

/** Zero-initialise it. */
struct ri_sq_tree {
	struct ri_sq_node *root, *newest;
};

/** What is at @path, "etc/fstab" or ".", into *@out; NULL: nothing, or it is no such path. @return 0; -1 RI_E_NOMEM. */
int ri_sq_tree_find(const struct ri_sq_tree *t, const char *path, struct ri_sq_node **out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * A new node at @path; its real is itself. @mode says the type. @return 0; -1 RI_E_GUEST (no such directory, twice, a
 * name that cannot be), RI_E_NOMEM.
 */
int ri_sq_tree_add(struct ri_sq_tree *t, const char *path, unsigned mode, struct ri_sq_node **out,
    struct ri_err *e) RI_MUST_CHECK;
/** The children of the directory @d by the bytes of their names, children_n, for free(); NULL: out of memory. */
struct ri_sq_node **ri_sq_tree_list(const struct ri_sq_node *d);
void ri_sq_tree_free(struct ri_sq_tree *t);
