// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Private to the direct reader's process: the disk, its file systems, and what is mounted where.
 */
#include "disk/layout.h"
#include "fs/fs.h"
#include "fs/path.h"
#include "fs/seen.h"

#define RI_VFS_MOUNTS 64
#define RI_VFS_CACHED 8

struct ri_vfs_mount {
	uint32_t fs;       /* index of the layout's device */
	struct ri_node on; /* the directory that it hides; the root's is {0, 0} */
};

/** The names in a directory that paths led through recently. */
struct ri_vfs_cached {
	struct ri_node dir; /* inode 0: none */
	struct ri_fs_names names;
	uint64_t used; /* when, by counting */
};

struct ri_vfs {
	struct ri_image *disk;
	struct ri_disklayout layout;
	struct ri_fs **fs; /* one for each device of the layout, opened when needed */
	struct ri_vfs_mount mounts[RI_VFS_MOUNTS]; /* the root first */
	size_t mounts_n;
	struct ri_vfs_cached cached[RI_VFS_CACHED];
	uint64_t uses;
	/* Called now and then during long operations, so that the other end sees progress. */
	int (*beat)(void *arg, struct ri_err *e);
	void *beat_arg;
};

/** Take over @disk and read its layout by @scratch (disk/scratch.h). @return 0; -1 as ri_disklayout_read. */
int ri_vfs_open(struct ri_vfs *v, struct ri_image *disk, int scratch,
    struct ri_err *e) RI_MUST_CHECK;
void ri_vfs_close(struct ri_vfs *v);

/** The layout's device of that name. @return 0; -1 RI_E_IO: no such device. */
int ri_vfs_device(const struct ri_vfs *v, const char *name, uint32_t *out,
    struct ri_err *e) RI_MUST_CHECK;
/** The file system on a device, opened. @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM. */
int ri_vfs_fs(struct ri_vfs *v, uint32_t device, struct ri_fs **out,
    struct ri_err *e) RI_MUST_CHECK;

/** @return 0; -1 RI_E_IO: no such directory, something is mounted there; as ri_vfs_fs. */
int ri_vfs_mount(struct ri_vfs *v, const char *device, const char *at,
    struct ri_err *e) RI_MUST_CHECK;
void ri_vfs_umount_all(struct ri_vfs *v);

/** As ri_path_walk, over what is mounted; nothing mounted is RI_E_IO. */
int ri_vfs_walk(struct ri_vfs *v, const char *path, bool follow, struct ri_path *out, int *why,
    struct ri_err *e) RI_MUST_CHECK;
/** The same, but a path that leads nowhere is RI_E_IO with that errno. @return 0; -1. */
int ri_vfs_find(struct ri_vfs *v, const char *path, bool follow, struct ri_path *out,
    struct ri_err *e) RI_MUST_CHECK;
/** The root of what is mounted on @n, or @n itself. */
struct ri_node ri_vfs_cover(const struct ri_vfs *v, struct ri_node n);
int ri_vfs_inode(struct ri_vfs *v, struct ri_node n, struct ri_fs **fs, struct ri_fs_inode *out,
    struct ri_err *e) RI_MUST_CHECK;

/** One inode of a tree. */
struct ri_vfs_visit {
	const char *path; /* absolute, "/" for the root */
	struct ri_node node;
	const struct ri_fs_inode *inode;
	struct ri_fs *fs;
	/*
	 * Of a file with several names, else NULL: its path is what @fn set at an earlier of them.
	 */
	struct ri_seen_slot *slot;
};
