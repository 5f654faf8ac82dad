// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/path.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

/* A directory on the way, and where its name ends in the real path. */
struct step {
	struct ri_node node;
	size_t end;
};

struct walk {
	const struct ri_path_ops *ops;
	struct step at[RI_PATH_DEPTH]; /* directories from the root on */
	size_t depth;
	struct ri_buf real; /* of the last of them, "" for the root */
	struct ri_buf rest; /* what is still to be walked */
	size_t pos;         /* in rest */
	int links;
	struct ri_node last; /* what was found, if it is not a directory */
	uint32_t mode;
	bool leaf;
	int why;
};

static void walk_end(struct walk **w)
{
	if (*w) {
		ri_buf_free(&(*w)->real);
		ri_buf_free(&(*w)->rest);
		free(*w);
	}
}

static int nowhere(struct walk *w, int why)
{
	w->why = why;
	return 0;
}

/* The next component of what is left; empty at the end. *@more: a "/" stands behind it. */
static struct ri_span next_component(struct walk *w, bool *more)
{
	const char *p = w->rest.p + w->pos;
	size_t skip = strspn(p, "/"), n = strcspn(p + skip, "/");

	w->pos += skip + n;
	*more = p[skip + n] == '/';
	return ri_span(p + skip, n);
}

static int follow_link(struct walk *w, struct ri_node link, struct ri_err *e)
{
	RI_BUF target = { 0 };

	if (++w->links > RI_PATH_LINKS)
		return nowhere(w, ELOOP);
	if (w->ops->link(w->ops->arg, link, &target, e) < 0)
		return -1;
	if (target.n == 0)
		return nowhere(w, ENOENT);
	if (target.p[0] == '/') {
		w->depth = 1;
		w->real.n = 0;
	}
	ri_buf_add_str(&target, w->rest.p + w->pos);
	if (ri_buf_check(&target, e) < 0)
		return -1;
	if (target.n >= PATH_MAX)
		return nowhere(w, ENAMETOOLONG);
	ri_buf_free(&w->rest);
	w->rest = target;
	target = (struct ri_buf){ 0 };
	w->pos = 0;
	return 1;
}

static int enter(struct walk *w, struct ri_span name, struct ri_node node, struct ri_err *e)
{
	w->real.n = w->at[w->depth - 1].end;
	ri_buf_add_str(&w->real, "/");
	ri_buf_add_span(&w->real, name);
	if (ri_buf_check(&w->real, e) < 0)
		return -1;
	if (w->depth == RI_PATH_DEPTH || w->real.n >= PATH_MAX)
		return nowhere(w, ENAMETOOLONG);
	w->at[w->depth++] = (struct step){ node, w->real.n };
	return 1;
}

static int go(struct walk *w, struct ri_span name, bool follow, struct ri_err *e)
{
	struct ri_node node;
	uint32_t mode;
	int rc;

	if (ri_span_eq(name, ri_str(".")))
		return 1;
	if (ri_span_eq(name, ri_str(".."))) {
		w->depth -= w->depth > 1;
		return 1;
	}
	rc = w->ops->lookup(w->ops->arg, w->at[w->depth - 1].node, name, &node, &mode, e);
	if (rc <= 0)
		return rc == 0 ? nowhere(w, ENOENT) : -1;
	if (S_ISLNK(mode) && follow)
		return follow_link(w, node, e);
	rc = enter(w, name, node, e);
	if (rc <= 0)
		return rc;
	if (!S_ISDIR(mode)) {
		w->depth--;
		w->leaf = true;
		w->last = node;
		w->mode = mode;
	}
	return 1;
}

static int walk(struct walk *w, bool follow, struct ri_err *e)
{
	for (;;) {
		bool more;
		struct ri_span name = next_component(w, &more);
		int rc;

		if (name.n == 0)
			return 1;
		rc = go(w, name, follow || more, e);
		if (rc <= 0)
			return rc;
		/* A "/" after something that is not a directory, even if nothing follows it. */
		if (w->leaf && more)
			return nowhere(w, ENOTDIR);
	}
}

int ri_path_walk(const struct ri_path_ops *ops, const char *path, bool follow, struct ri_path *out,
    int *why, struct ri_err *e)
{
	RI_ON_EXIT(walk_end) struct walk *w = calloc(1, sizeof *w);
	int rc;

	if (!w)
		return ri_nomem(e);
	w->ops = ops;
	w->at[0] = (struct step){ ops->root, 0 };
	w->depth = 1;
	ri_buf_add_str(&w->rest, path);
	if (ri_buf_check(&w->rest, e) < 0)
		return -1;
	rc = walk(w, follow, e);
	*why = w->why;
	if (rc <= 0)
		return rc;
	if (!w->leaf)
		w->real.n = w->at[w->depth - 1].end;
	out->node = w->leaf ? w->last : w->at[w->depth - 1].node;
	out->mode = w->leaf ? w->mode : S_IFDIR;
	out->real = w->real.n > 0 ? ri_span_dup(ri_buf_span(&w->real)) : strdup("/");
	return out->real ? 1 : ri_nomem(e);
}

void ri_path_free(struct ri_path *p)
{
	free(p->real);
	p->real = NULL;
}
