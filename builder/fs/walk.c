// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The tree below a directory, without recursion: a hostile disk decides how deep it is.
 */
#include "fs/walk.h"

#include <limits.h>
#include <sys/stat.h>

struct level {
	struct ri_node dir;
	struct ri_fs_names names;
	size_t next;
	size_t end; /* of the directory's path */
};

struct walk {
	struct ri_vfs *v;
	int (*fn)(void *arg, const struct ri_vfs_visit *at, struct ri_err *e);
	void *arg;
	struct level *levels;
	size_t n, cap;
	struct ri_buf path; /* "" for the root */
	struct ri_seen seen;
};

static void walk_end(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		ri_fs_names_free(&w->levels[i].names);
	free(w->levels);
	ri_buf_free(&w->path);
	ri_seen_free(&w->seen);
}

static int descend(struct walk *w, struct ri_fs *fs, struct ri_node dir, struct ri_err *e)
{
	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 32;
		struct level *grown = realloc(w->levels, cap * sizeof *grown);

		if (!grown)
			return ri_nomem(e);
		w->levels = grown;
		w->cap = cap;
	}
	w->levels[w->n] = (struct level){ .dir = dir, .end = w->path.n };
	if (ri_fs_names(fs, dir.ino, &w->levels[w->n].names, e) < 0)
		return e->code == RI_E_BUDGET ? ri_ctx(e, "%s", w->path.n ? w->path.p : "/") : -1;
	w->n++;
	return 0;
}

/* If several names, or loops, could lead here again. */
static int meet(struct walk *w, struct ri_vfs_visit *at, struct ri_err *e)
{
	struct ri_seen_slot *slot;
	bool is_new;

	if (!S_ISDIR(at->inode->mode) && at->inode->links <= 1)
		return 0;
	slot = ri_seen_at(&w->seen, at->node.fs, at->node.ino, &is_new);
	if (!slot)
		return ri_nomem(e);
	if (S_ISDIR(at->inode->mode))
		return is_new ? 0
			      : ri_fail(e, RI_E_UNSUPPORTED, 0,
				    "%s: a directory that has another name too", at->path);
	at->slot = slot;
	return 0;
}

static int visit(struct walk *w, struct ri_node node, struct ri_err *e)
{
	struct ri_vfs_visit at = { .path = w->path.n ? w->path.p : "/", .node = node };
	struct ri_fs_inode inode;
	int rc;

	if (w->v->beat && w->v->beat(w->v->beat_arg, e) < 0)
		return -1;
	if (ri_vfs_inode(w->v, node, &at.fs, &inode, e) < 0)
		return ri_ctx(e, "%s", at.path);
	at.inode = &inode;
	if (meet(w, &at, e) < 0)
		return -1;
	rc = w->fn(w->arg, &at, e);
	if (rc == 0 && S_ISDIR(inode.mode))
		return descend(w, at.fs, node, e);
	return rc < 0 ? -1 : 0;
}

static int step(struct walk *w, struct ri_err *e)
{
	struct level *l = &w->levels[w->n - 1];
	const struct ri_fs_name *name;

	if (l->next == l->names.n) {
		ri_fs_names_free(&l->names);
		w->n--;
		return 0;
	}
	name = &l->names.v[l->next++];
	w->path.n = l->end;
	ri_buf_add_str(&w->path, "/");
	ri_buf_add_str(&w->path, name->name);
	if (ri_buf_check(&w->path, e) < 0)
		return -1;
	if (w->path.n >= PATH_MAX)
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "a path of more than %d bytes, \"%.80s…\"",
		    PATH_MAX - 1, w->path.p);
	return visit(w, ri_vfs_cover(w->v, (struct ri_node){ l->dir.fs, name->ino }), e);
}

int ri_vfs_tree(struct ri_vfs *v, const struct ri_path *top,
    int (*fn)(void *arg, const struct ri_vfs_visit *at, struct ri_err *e), void *arg,
    struct ri_err *e)
{
	RI_ON_EXIT(walk_end) struct walk w = { .v = v, .fn = fn, .arg = arg };

	ri_buf_add_str(&w.path, strcmp(top->real, "/") == 0 ? "" : top->real);
	if (ri_buf_check(&w.path, e) < 0 || visit(&w, top->node, e) < 0)
		return -1;
	while (w.n > 0)
		if (step(&w, e) < 0)
			return -1;
	return 0;
}
