// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests about files of what is mounted.
 */
#include "fs/walk.h"
#include "host/sha256.h"
#include "reader/server_internal.h"
#include "reader/server_file.h"

#include <errno.h>
#include <sys/stat.h>

/* The one path of a request, found. */
static int find(struct ri_server *s, struct ri_span *in, struct ri_path *out, struct ri_err *e)
{
	const char *path;

	return ri_wire_str(in, &path) ? ri_vfs_find(ri_server_vfs(s), path, true, out, e)
				      : ri_server_bad_request(e);
}

int ri_server_space(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	uint64_t size, avail;
	struct ri_fs *fs;

	if (find(s, &in, &p, e) < 0 || ri_vfs_fs(ri_server_vfs(s), p.node.fs, &fs, e) < 0)
		return -1;
	ri_fs_space(fs, &size, &avail);
	ri_wire_put_u64(out, size);
	ri_wire_put_u64(out, avail);
	return 0;
}

/* Answers st_mode, or 0 where nothing is. */
int ri_server_kind(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	const char *path;
	int why = 0, rc;

	if (!ri_wire_str(&in, &path))
		return ri_server_bad_request(e);
	rc = ri_vfs_walk(ri_server_vfs(s), path, false, &p, &why, e);
	if (rc < 0)
		return -1;
	if (rc == 0 && why != ENOENT && why != ENOTDIR && why != ELOOP)
		return ri_fail(e, RI_E_IO, why, "%s", path);
	ri_wire_put_u32(out, rc == 0 ? 0 : p.mode);
	return 0;
}

int ri_server_resolve(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };

	if (find(s, &in, &p, e) < 0)
		return -1;
	ri_wire_put_str(out, ri_str(p.real));
	return 0;
}

int ri_server_list(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	RI_BUF items = { 0 };
	struct ri_fs *fs;

	(void)out;
	if (find(s, &in, &p, e) < 0)
		return -1;
	if (!S_ISDIR(p.mode))
		return ri_fail(e, RI_E_IO, ENOTDIR, "%s", p.real);
	if (ri_vfs_fs(ri_server_vfs(s), p.node.fs, &fs, e) < 0 ||
	    ri_fs_names(fs, p.node.ino, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		struct ri_node n = { p.node.fs, names.v[i].ino };
		struct ri_fs_inode inode;

		if (ri_server_beat(s, e) < 0 ||
		    ri_vfs_inode(ri_server_vfs(s), ri_vfs_cover(ri_server_vfs(s), n), &fs, &inode,
			e) < 0 ||
		    ri_server_item(s, &items, S_ISREG(inode.mode) ? inode.size : UINT64_MAX,
			names.v[i].name, e) < 0)
			return -1;
	}
	return ri_server_items_end(s, &items, e);
}

static int find_file(struct ri_server *s, struct ri_span *in, struct ri_fs **fs,
    struct ri_fs_inode *inode, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };

	if (find(s, in, &p, e) < 0)
		return -1;
	if (!S_ISREG(p.mode))
		return ri_fail(e, RI_E_IO, S_ISDIR(p.mode) ? EISDIR : EINVAL, "%s", p.real);
	return ri_vfs_inode(ri_server_vfs(s), p.node, fs, inode, e);
}

int ri_server_read(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_fs_inode inode;
	struct ri_span rest = in;
	const char *path;
	struct ri_fs *fs;
	uint64_t max;

	if (!ri_wire_str(&rest, &path) || !ri_wire_u64(&rest, &max))
		return ri_server_bad_request(e);
	if (find_file(s, &in, &fs, &inode, e) < 0)
		return -1;
	if (inode.size > max)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s in the guest has %llu bytes, and may have %llu at most", path,
		    (unsigned long long)inode.size, (unsigned long long)max);
	if (ri_server_file(s, fs, &inode, e) < 0)
		return -1;
	ri_wire_put_u64(out, inode.size);
	return 0;
}

struct hashing {
	struct ri_server *server;
	struct ri_sha256 sha;
	uint64_t at;
};

static int zeros_up_to(struct hashing *h, uint64_t at, struct ri_err *e)
{
	static const char zeros[65536];

	while (h->at < at) {
		size_t n = at - h->at < sizeof zeros ? (size_t)(at - h->at) : sizeof zeros;

		if (ri_server_beat(h->server, e) < 0)
			return -1;
		ri_sha256_add(&h->sha, zeros, n);
		h->at += n;
	}
	return 0;
}

static int hash(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e)
{
	struct hashing *h = arg;

	if (zeros_up_to(h, at, e) < 0 || ri_server_beat(h->server, e) < 0)
		return -1;
	ri_sha256_add(&h->sha, bytes.p, bytes.n);
	h->at += bytes.n;
	return 0;
}

int ri_server_sha256(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct hashing h = { .server = s };
	char hex[RI_SHA256_HEX + 1];
	struct ri_fs_inode inode;
	struct ri_fs *fs;

	ri_sha256_init(&h.sha);
	if (find_file(s, &in, &fs, &inode, e) < 0 || ri_fs_data(fs, &inode, hash, &h, e) < 0 ||
	    zeros_up_to(&h, inode.size, e) < 0)
		return -1;
	ri_sha256_hex(&h.sha, hex);
	ri_wire_put_str(out, ri_str(hex));
	return 0;
}

/* du(1): the blocks of everything, what has several names once. */
static int add_usage(void *arg, const struct ri_vfs_visit *at, struct ri_err *e)
{
	uint64_t *blocks = arg;

	if (at->slot && at->slot->path)
		return 0;
	if (at->slot && !(at->slot->path = strdup("")))
		return ri_nomem(e);
	if (__builtin_add_overflow(*blocks, at->inode->blocks, blocks))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s: impossibly many blocks", at->path);
	return 0;
}

int ri_server_usage(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	const char *path;
	uint64_t blocks = 0;

	if (!ri_wire_str(&in, &path))
		return ri_server_bad_request(e);
	if (ri_vfs_find(ri_server_vfs(s), path, false, &p, e) < 0 ||
	    ri_vfs_tree(ri_server_vfs(s), &p, add_usage, &blocks, e) < 0)
		return -1;
	/* In KiB, as du prints it. */
	ri_wire_put_u64(out, (blocks / 2 + blocks % 2) * 1024);
	return 0;
}
