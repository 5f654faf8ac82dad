// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/apply.h"
#include "base/cancel.h"
#include "host/hostfile.h"

static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* A link that would put it where nothing is: nobody said that something may be made there. */
static int dangling(const char *path, struct ri_err *e)
{
	if (!ri_guest_leads_nowhere(e))
		return -1;
	return ri_fail(e, RI_E_GUEST, 0,
	    "%s is a symbolic link that leads nowhere; remove it in the guest", path);
}

/*
 * Where the bytes really go: @path with every symlink on the way followed, also the last one, so
 * that what is replaced is the file and never the link. *@there: a file is there already.
 */
static int real_path(struct ri_guest_rw *w, const char *path, char **out, bool *there,
    struct ri_err *e)
{
	RI_FREE char *parent = parent_of(path);
	RI_FREE char *dir = NULL;
	enum ri_kind kind;

	if (!parent)
		return ri_nomem(e);
	if (w->ops->mkdirs(w, parent, 0755, e) < 0 || w->g.ops->kind(&w->g, path, &kind, e) < 0)
		return -1;
	*there = kind != RI_KIND_NONE;
	if (*there) {
		if (w->g.ops->resolve(&w->g, path, out, e) < 0)
			return kind == RI_KIND_LINK ? dangling(path, e) : -1;
		if (w->g.ops->kind(&w->g, *out, &kind, e) < 0)
			return -1;
		return kind == RI_KIND_FILE
			   ? 0
			   : ri_fail(e, RI_E_GUEST, 0, "%s exists and is not a file", path);
	}
	if (w->g.ops->resolve(&w->g, parent, &dir, e) < 0)
		return -1;
	*out = ri_file_join(strcmp(dir, "/") == 0 ? "" : dir, ri_file_base(path));
	return *out ? 0 : ri_nomem(e);
}

static int fill(struct ri_guest_rw *w, const struct ri_action *a, const char *tmp, struct ri_err *e)
{
	return a->kind == RI_ACT_UPLOAD ? w->ops->upload(w, a->host_path, tmp, e)
					: w->ops->write(w, tmp, a->bytes, e);
}

static int put(struct ri_guest_rw *w, const struct ri_action *a, struct ri_err *e)
{
	RI_FREE char *path = NULL;
	RI_BUF tmp = { 0 };
	enum ri_kind left;
	bool there = false;

	if (real_path(w, a->path, &path, &there, e) < 0)
		return -1;
	ri_buf_addf(&tmp, "%s.ramimg-new", path);
	if (ri_buf_check(&tmp, e) < 0 || w->g.ops->kind(&w->g, tmp.p, &left, e) < 0)
		return -1;
	/*
	 * Left by nobody of ours (the stage is fresh), but a link of that name must not be
	 * followed.
	 */
	if (left != RI_KIND_NONE && w->ops->remove(w, tmp.p, e) < 0)
		return -1;
	if (fill(w, a, tmp.p, e) < 0 ||
	    w->ops->attrs(w, tmp.p, a->mode, a->keep_attrs && there ? path : NULL, e) < 0)
		return -1;
	return w->ops->rename(w, tmp.p, path, e);
}

static int drop(struct ri_guest_rw *w, const struct ri_action *a, struct ri_err *e)
{
	enum ri_kind kind;

	if (w->g.ops->kind(&w->g, a->path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_NONE)
		return 0;
	if (a->kind == RI_ACT_RMDIR)
		return kind == RI_KIND_DIR ? w->ops->rmdir(w, a->path, e) : 0;
	if (kind == RI_KIND_DIR)
		return ri_fail(e, RI_E_GUEST, 0, "is a directory and was to be removed as a file");
	return w->ops->remove(w, a->path, e);
}

int ri_apply(struct ri_guest_rw *w, const struct ri_actions *l, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct ri_action *a = &l->v[i];
		bool removes = a->kind == RI_ACT_REMOVE || a->kind == RI_ACT_RMDIR;

		if (ri_cancel_check(e) < 0)
			return -1;
		if ((removes ? drop(w, a, e) : put(w, a, e)) < 0)
			return ri_ctx(e, "%s (%s)", a->path, a->why);
	}
	return w->ops->sync(w, e);
}
