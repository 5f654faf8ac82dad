// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/apply.h"
#include "base/cancel.h"
#include "guest/clear.h"
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
	if (w->g.ops->kind(&w->g, path, &kind, e) < 0)
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

/* What an action changes beside the file's content. */
struct changed {
	char *dir;
	struct timespec file_time, dir_time; /* that they are to have */
	bool file;                           /* whether file_time is meant */
};

static void changed_free(struct changed *c)
{
	free(c->dir);
}

/* Before the change of @path, which is @there already or not. */
static int note_times(struct ri_guest_rw *w, const struct ri_actions *l, const char *path,
    bool there, struct changed *c, struct ri_err *e)
{
	if (l->times == RI_TIMES_NOW)
		return 0;
	c->dir = parent_of(path);
	if (!c->dir)
		return ri_nomem(e);
	c->file = there || l->times == RI_TIMES_DATE;
	c->file_time = c->dir_time = (struct timespec){ .tv_sec = l->date };
	if (l->times == RI_TIMES_DATE)
		return 0;
	if (there && w->ops->mtime(w, path, &c->file_time, e) < 0)
		return -1;
	return w->ops->mtime(w, c->dir, &c->dir_time, e);
}

/* And after it. */
static int set_times(struct ri_guest_rw *w, const char *path, const struct changed *c,
    struct ri_err *e)
{
	if (!c->dir)
		return 0;
	if (c->file && w->ops->set_mtime(w, path, &c->file_time, e) < 0)
		return -1;
	return w->ops->set_mtime(w, c->dir, &c->dir_time, e);
}

/* A directory that is made changes the one that it is in. */
static int make_parent(struct ri_guest_rw *w, const struct ri_actions *l, const char *path,
    struct ri_err *e)
{
	RI_ON_EXIT(changed_free) struct changed c = { 0 };
	RI_FREE char *parent = parent_of(path);
	enum ri_kind kind = RI_KIND_DIR;

	if (!parent)
		return ri_nomem(e);
	if (l->times != RI_TIMES_NOW && w->g.ops->kind(&w->g, parent, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_NONE && note_times(w, l, parent, false, &c, e) < 0)
		return -1;
	if (w->ops->mkdirs(w, parent, 0755, e) < 0)
		return -1;
	return set_times(w, parent, &c, e);
}

static int fill(struct ri_guest_rw *w, const struct ri_action *a, const char *tmp, struct ri_err *e)
{
	return a->kind == RI_ACT_UPLOAD ? w->ops->upload(w, a->host_path, tmp, e)
					: w->ops->write(w, tmp, a->bytes, e);
}

static int put(struct ri_guest_rw *w, const struct ri_actions *l, const struct ri_action *a,
    struct ri_err *e)
{
	RI_ON_EXIT(changed_free) struct changed c = { 0 };
	RI_FREE char *path = NULL;
	RI_BUF tmp = { 0 };
	enum ri_kind left;
	bool there = false;

	if (make_parent(w, l, a->path, e) < 0 || real_path(w, a->path, &path, &there, e) < 0 ||
	    note_times(w, l, path, there, &c, e) < 0)
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
	return w->ops->rename(w, tmp.p, path, e) < 0 ? -1 : set_times(w, path, &c, e);
}

static int remove_it(struct ri_guest_rw *w, const struct ri_action *a, enum ri_kind kind,
    struct ri_err *e)
{
	if (a->kind == RI_ACT_RMDIR)
		return kind == RI_KIND_DIR ? w->ops->rmdir(w, a->path, e) : 0;
	if (kind == RI_KIND_DIR)
		return ri_fail(e, RI_E_GUEST, 0, "is a directory and was to be removed as a file");
	return w->ops->remove(w, a->path, e);
}

static int drop(struct ri_guest_rw *w, const struct ri_actions *l, const struct ri_action *a,
    struct ri_err *e)
{
	RI_ON_EXIT(changed_free) struct changed c = { 0 };
	enum ri_kind kind;

	if (w->g.ops->kind(&w->g, a->path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_NONE)
		return 0;
	if (note_times(w, l, a->path, false, &c, e) < 0 || remove_it(w, a, kind, e) < 0)
		return -1;
	c.file = false;
	return set_times(w, a->path, &c, e);
}

static int apply(struct ri_guest_rw *w, const struct ri_actions *l, const struct ri_action *a,
    struct ri_err *e)
{
	switch (a->kind) {
	case RI_ACT_PUT:
	case RI_ACT_UPLOAD:
		return put(w, l, a, e);
	case RI_ACT_REMOVE:
	case RI_ACT_RMDIR:
		return drop(w, l, a, e);
	case RI_ACT_CLEAR:
		return ri_guest_clear(w, l->facts, e);
	}
	return 0;
}

int ri_apply(struct ri_guest_rw *w, const struct ri_actions *l, struct ri_err *e)
{
	bool cleared = false;

	for (size_t i = 0; i < l->n; i++) {
		const struct ri_action *a = &l->v[i];

		if (ri_cancel_check(e) < 0)
			return -1;
		/*
		 * A kernel finds the place for a file when it writes the file back, and gives what was
		 * freed to another once that is on record, both when its clock says so. Asked after each
		 * action, it does so in the order of the actions, and the same places come out.
		 */
		if (apply(w, l, a, e) < 0 || w->ops->sync(w, e) < 0)
			return ri_ctx(e, "%s (%s)", a->path, a->why);
		cleared = cleared || a->kind == RI_ACT_CLEAR;
	}
	/* All is written by now, and nothing of it is taken for unused. */
	return cleared ? ri_guest_trim(w, l->facts, e) : 0;
}
