// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The requests that the direct reader's process answers; server.c has their table.
 */
#include "fs/vfs.h"
#include "parse/server.h"

/** The state of the process: the disk that it reads. */
struct ri_disk_server {
	struct ri_server s; /* first, so that a pointer to it is one to the whole */
	struct ri_vfs vfs;
};

/** The tree that @s, which must be a direct reader's, serves. */
static inline struct ri_vfs *ri_server_vfs(struct ri_server *s)
{
	return &((struct ri_disk_server *)s)->vfs;
}

/** What the process is; what it serves is a struct ri_disk_server. */
extern const struct ri_server_kind ri_reader_server;

/* One ri_server_fn for each request (enum ri_wire_op). */
ri_server_fn ri_server_space;
ri_server_fn ri_server_kind;
ri_server_fn ri_server_resolve;
ri_server_fn ri_server_list;
ri_server_fn ri_server_read;
ri_server_fn ri_server_sha256;
ri_server_fn ri_server_usage;
ri_server_fn ri_server_glob;
ri_server_fn ri_server_filesystems;
ri_server_fn ri_server_check;
ri_server_fn ri_server_tags;
ri_server_fn ri_server_device;
ri_server_fn ri_server_tree;
