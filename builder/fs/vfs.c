// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/vfs.h"

#include <errno.h>
#include <sys/stat.h>

int ri_vfs_open(struct ri_vfs *v, struct ri_image *disk, int scratch, struct ri_err *e)
{
	v->disk = disk;
	if (ri_disklayout_read(disk, scratch, &v->layout, e) < 0)
		return -1;
	v->fs = calloc(v->layout.n + 1, sizeof(struct ri_fs *));
	return v->fs ? 0 : ri_nomem(e);
}

static void forget_names(struct ri_vfs *v)
{
	for (size_t i = 0; i < RI_VFS_CACHED; i++) {
		ri_fs_names_free(&v->cached[i].names);
		v->cached[i] = (struct ri_vfs_cached){ 0 };
	}
}

void ri_vfs_close(struct ri_vfs *v)
{
	forget_names(v);
	for (size_t i = 0; v->fs && i < v->layout.n; i++)
		ri_fs_closep(&v->fs[i]);
	free(v->fs);
	ri_disklayout_free(&v->layout);
	ri_image_freep(&v->disk);
	*v = (struct ri_vfs){ 0 };
}

int ri_vfs_device(const struct ri_vfs *v, const char *name, uint32_t *out, struct ri_err *e)
{
	const struct ri_blockdev *b = ri_disklayout_find(&v->layout, name);

	if (!b)
		return ri_fail(e, RI_E_IO, 0, "%s: no such device", name);
	*out = (uint32_t)(b - v->layout.v);
	return 0;
}

int ri_vfs_fs(struct ri_vfs *v, uint32_t device, struct ri_fs **out, struct ri_err *e)
{
	const struct ri_blockdev *b = &v->layout.v[device];

	*out = NULL;
	if (!ri_fs_is_read(b->type))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s contains %s, which is not read directly",
		    b->name, b->type[0] ? b->type : "no known file system");
	if (!v->fs[device] && ri_fs_open(b->type, b->image, &v->fs[device], e) < 0)
		return ri_ctx(e, "%s", b->name);
	*out = v->fs[device];
	return 0;
}

struct ri_node ri_vfs_cover(const struct ri_vfs *v, struct ri_node n)
{
	for (size_t i = 1; i < v->mounts_n; i++)
		if (v->mounts[i].on.fs == n.fs && v->mounts[i].on.ino == n.ino)
			return (struct ri_node){ v->mounts[i].fs, RI_FS_ROOT };
	return n;
}

int ri_vfs_inode(struct ri_vfs *v, struct ri_node n, struct ri_fs **fs, struct ri_fs_inode *out,
    struct ri_err *e)
{
	return ri_vfs_fs(v, n.fs, fs, e) < 0 ? -1 : ri_fs_inode(*fs, n.ino, out, e);
}

static int by_name(const void *key, const void *item)
{
	const struct ri_span *name = key;
	const struct ri_fs_name *n = item;
	size_t len = strlen(n->name);
	int c = memcmp(name->p, n->name, name->n < len ? name->n : len);

	return c != 0 ? c : (name->n > len) - (name->n < len);
}

/*
 * A directory's names, kept for the next path: of many paths through one large directory each would
 * read it anew.
 */
static int names_of(struct ri_vfs *v, struct ri_node dir, const struct ri_fs_names **out,
    struct ri_err *e)
{
	struct ri_vfs_cached *c = &v->cached[0];
	struct ri_fs *fs;

	for (size_t i = 0; i < RI_VFS_CACHED; i++) {
		if (v->cached[i].dir.fs == dir.fs && v->cached[i].dir.ino == dir.ino) {
			c = &v->cached[i];
			break;
		}
		if (v->cached[i].used < c->used)
			c = &v->cached[i];
	}
	c->used = ++v->uses;
	*out = &c->names;
	if (c->dir.fs == dir.fs && c->dir.ino == dir.ino)
		return 0;
	ri_fs_names_free(&c->names);
	c->names = (struct ri_fs_names){ 0 };
	c->dir = (struct ri_node){ 0 };
	if (ri_vfs_fs(v, dir.fs, &fs, e) < 0 || ri_fs_names(fs, dir.ino, &c->names, e) < 0)
		return -1;
	c->dir = dir;
	return 0;
}

/* Missing here, but a kernel may find it all the same, so this reader cannot decide. */
static int no_such(struct ri_vfs *v, struct ri_node dir, struct ri_span name,
    const struct ri_fs_names *names, struct ri_err *e)
{
	struct ri_fs *fs;

	if (ri_vfs_fs(v, dir.fs, &fs, e) < 0)
		return -1;
	for (size_t i = 0; ri_fs_folds(fs) && i < names->n; i++)
		if (strlen(names->v[i].name) == name.n &&
		    strncasecmp(names->v[i].name, name.p, name.n) == 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "\"%s\" is wanted in another case of letters", names->v[i].name);
	return 0;
}

static int lookup(void *arg, struct ri_node dir, struct ri_span name, struct ri_node *out,
    uint32_t *mode, struct ri_err *e)
{
	const struct ri_fs_names *names;
	const struct ri_fs_name *found;
	struct ri_fs_inode inode;
	struct ri_vfs *v = arg;
	struct ri_fs *fs;

	if (names_of(v, dir, &names, e) < 0)
		return -1;
	found = names->n > 0 ? bsearch(&name, names->v, names->n, sizeof *names->v, by_name) : NULL;
	if (!found)
		return no_such(v, dir, name, names, e);
	*out = ri_vfs_cover(v, (struct ri_node){ dir.fs, found->ino });
	if (ri_vfs_inode(v, *out, &fs, &inode, e) < 0)
		return -1;
	*mode = inode.mode;
	return 1;
}

static int read_link(void *arg, struct ri_node link, struct ri_buf *out, struct ri_err *e)
{
	struct ri_fs_inode inode;
	struct ri_fs *fs;

	if (ri_vfs_inode(arg, link, &fs, &inode, e) < 0)
		return -1;
	return ri_fs_link(fs, &inode, out, e);
}

int ri_vfs_walk(struct ri_vfs *v, const char *path, bool follow, struct ri_path *out, int *why,
    struct ri_err *e)
{
	struct ri_path_ops ops = { .lookup = lookup, .link = read_link, .arg = v };

	if (v->mounts_n == 0)
		return ri_fail(e, RI_E_IO, 0, "%s: nothing is mounted", path);
	ops.root = (struct ri_node){ v->mounts[0].fs, RI_FS_ROOT };
	return ri_path_walk(&ops, path, follow, out, why, e);
}

int ri_vfs_find(struct ri_vfs *v, const char *path, bool follow, struct ri_path *out,
    struct ri_err *e)
{
	int why = 0, rc = ri_vfs_walk(v, path, follow, out, &why, e);

	return rc == 0 ? ri_fail(e, RI_E_IO, why, "%s", path) : rc < 0 ? -1 : 0;
}

static bool is_mounted(const struct ri_vfs *v, uint32_t device)
{
	for (size_t i = 0; i < v->mounts_n; i++)
		if (v->mounts[i].fs == device)
			return true;
	return false;
}

/* What walks go from: a damaged file system may have anything there. */
static int check_root(struct ri_fs *fs, const char *device, struct ri_err *e)
{
	struct ri_fs_inode root;

	if (ri_fs_inode(fs, RI_FS_ROOT, &root, e) < 0)
		return ri_ctx(e, "%s", device);
	return S_ISDIR(root.mode)
		   ? 0
		   : ri_fail(e, RI_E_UNSUPPORTED, 0, "%s: its root is not a directory", device);
}

int ri_vfs_mount(struct ri_vfs *v, const char *device, const char *at, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_vfs_mount m = { 0 };
	struct ri_fs *fs;

	if (ri_vfs_device(v, device, &m.fs, e) < 0 || ri_vfs_fs(v, m.fs, &fs, e) < 0 ||
	    check_root(fs, device, e) < 0)
		return -1;
	if (v->mounts_n == RI_VFS_MOUNTS || is_mounted(v, m.fs))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s is mounted twice, or too much is",
		    device);
	if (v->mounts_n > 0) {
		if (ri_vfs_find(v, at, true, &p, e) < 0)
			return -1;
		if (!S_ISDIR(p.mode))
			return ri_fail(e, RI_E_IO, ENOTDIR, "%s", at);
		if (p.node.ino == RI_FS_ROOT)
			return ri_fail(e, RI_E_UNSUPPORTED, 0, "two file systems for %s", at);
		m.on = p.node;
	} else if (strcmp(at, "/") != 0) {
		return ri_fail(e, RI_E_IO, ENOENT, "%s", at);
	}
	v->mounts[v->mounts_n++] = m;
	return 0;
}

void ri_vfs_umount_all(struct ri_vfs *v)
{
	v->mounts_n = 0;
	forget_names(v);
}
