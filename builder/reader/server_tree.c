// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The whole tree as GNU tar's --sort=name would give it to the packer (pack/source.h).
 */
#include "fs/walk.h"
#include "plan/rules.h"
#include "reader/server_internal.h"
#include "reader/server_file.h"

#include <sys/stat.h>

struct tree {
	struct ri_server *server;
	struct ri_rules rules;
	struct ri_buf frame;
	uint64_t *data; /* of each device: bytes of its files so far */
};

static void tree_end(struct tree *t)
{
	ri_rules_free(&t->rules);
	ri_buf_free(&t->frame);
	free(t->data);
}

/*
 * No block belongs to two files where files can only share blocks by being one, so they are not together larger
 * than their device. A disk on which they are is damaged, or made to fill ours: e2fsck finds the
 * blocks, but takes longer to.
 */
static int file(struct tree *t, const struct ri_vfs_visit *at, struct ri_err *e)
{
	const struct ri_blockdev *b = &ri_server_vfs(t->server)->layout.v[at->node.fs];
	uint64_t before = t->server->sent_data;

	if (ri_server_file(t->server, at->fs, at->inode, e) < 0)
		return -1;
	t->data[at->node.fs] += t->server->sent_data - before;
	if (t->data[at->node.fs] <= b->image->size)
		return 0;
	return ri_fail(e, RI_E_BUDGET, 0,
	    "up to here the files of %s hold %llu bytes, and it has only %llu: some share blocks, which no intact "
	    "%s does; check it with e2fsck",
	    b->name, (unsigned long long)t->data[at->node.fs], (unsigned long long)b->image->size,
	    b->type);
}

/* GNU tar looks for other names of files and symlinks only; nodes and fifos come again. */
static bool is_linkable(uint32_t mode)
{
	return S_ISREG(mode) || S_ISLNK(mode);
}

/* A later name of what came before: only names and the inode's plain facts. */
static int link_frame(struct tree *t, struct ri_wire_entry *w, struct ri_err *e)
{
	w->hardlink = true;
	w->size = 0;
	ri_wire_put_entry(&t->frame, w);
	return ri_buf_check(&t->frame, e) < 0
		   ? -1
		   : ri_server_frame(t->server, RI_WIRE_ENTRY, ri_buf_span(&t->frame), e);
}

static int entry_frame(struct tree *t, const struct ri_vfs_visit *at, struct ri_wire_entry *w,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs xattrs = { 0 };
	RI_BUF target = { 0 };

	if (S_ISLNK(w->mode)) {
		if (ri_fs_link(at->fs, at->inode, &target, e) < 0 || ri_buf_check(&target, e) < 0)
			return -1;
		if (target.n == 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0, "a symlink without a target");
		w->target = target.p;
	}
	if (ri_fs_xattrs(at->fs, at->inode, &xattrs, e) < 0)
		return -1;
	ri_wire_put_entry(&t->frame, w);
	for (size_t i = 0; i < xattrs.n; i++)
		ri_wire_put_xattr(&t->frame, xattrs.v[i].name, ri_buf_span(&xattrs.v[i].value));
	if (ri_buf_check(&t->frame, e) < 0 ||
	    ri_server_frame(t->server, RI_WIRE_ENTRY, ri_buf_span(&t->frame), e) < 0)
		return -1;
	return S_ISREG(w->mode) ? file(t, at, e) : 0;
}

static int tell(struct tree *t, const struct ri_vfs_visit *at, struct ri_err *e)
{
	const struct ri_fs_inode *i = at->inode;
	struct ri_wire_entry w = {
		.path = at->path[1] ? at->path + 1 : ".",
		.target = "",
		.mode = i->mode,
		.uid = i->uid,
		.gid = i->gid,
		.nsec = i->mtime_nsec,
		.mtime = i->mtime,
		.size = S_ISREG(i->mode) ? i->size : 0,
	};

	if (S_ISCHR(i->mode) || S_ISBLK(i->mode)) {
		w.major = i->dev_major;
		w.minor = i->dev_minor;
	}
	t->frame.n = 0;
	if (at->slot && is_linkable(i->mode)) {
		if (at->slot->path) {
			w.target = at->slot->path;
			return link_frame(t, &w, e);
		}
		at->slot->path = strdup(w.path);
		if (!at->slot->path)
			return ri_nomem(e);
	}
	return entry_frame(t, at, &w, e);
}

static int visit(void *arg, const struct ri_vfs_visit *at, struct ri_err *e)
{
	struct tree *t = arg;

	if (S_ISSOCK(at->inode->mode) || ri_rules_match(&t->rules, at->path))
		return 1;
	return tell(t, at, e) < 0 ? ri_ctx(e, "%s", at->path) : 0;
}

int ri_server_tree(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path root = { 0 };
	RI_ON_EXIT(tree_end) struct tree t = { .server = s };
	const char *pattern;

	(void)out;
	t.data = calloc(ri_server_vfs(s)->layout.n + 1, sizeof *t.data);
	if (!t.data)
		return ri_nomem(e);
	while (in.n > 0) {
		if (!ri_wire_str(&in, &pattern) || ri_rule_check(pattern, e) < 0)
			return ri_server_bad_request(e);
		if (ri_strv_add(&t.rules.patterns, pattern, e) < 0)
			return -1;
	}
	return ri_vfs_find(ri_server_vfs(s), "/", true, &root, e) < 0
		   ? -1
		   : ri_vfs_tree(ri_server_vfs(s), &root, visit, &t, e);
}
