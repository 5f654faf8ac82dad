// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/drift_look.h"
#include "guest/packages.h"
#include "os/filesystems.h"
#include "plan/drift.h"
#include "plan/guest_paths.h"

/* What was found so far, on the root's file system and on that of /boot. */
struct found {
	struct ri_buf record;
	char *packages;
	struct ri_strv names;
	struct ri_boot_file *files;
	size_t n;
};

static void found_free(struct found *x)
{
	ri_buf_free(&x->record);
	free(x->packages);
	ri_strv_free(&x->names);
	free(x->files);
}

static int take_files(struct ri_guest *g, const char *dir, struct found *x, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;

	if (g->ops->list(g, dir, &x->names, &sizes, e) < 0)
		return -1;
	x->files = calloc(x->names.n + 1, sizeof *x->files);
	if (!x->files)
		return ri_nomem(e);
	for (size_t i = 0; i < x->names.n; i++)
		if (sizes[i] != UINT64_MAX)
			x->files[x->n++] = (struct ri_boot_file){ x->names.v[i], sizes[i] };
	return 0;
}

/* The file system mounted at / may be the root's, that of a /boot, both, or another. */
static int take(struct ri_guest *g, struct found *x, struct ri_err *e)
{
	static const char *const initrds[][2] = { { RI_PATH_INITRD, "/boot" },
		{ "/initrd.img-ramboot", "/" } };
	enum ri_kind kind;

	if (g->ops->kind(g, RI_PATH_STATE_RECORD, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_FILE && !x->packages &&
	    (g->ops->read(g, RI_PATH_STATE_RECORD, RI_TEXT_MAX, &x->record, e) < 0 ||
		ri_packages_sum(g, &x->packages, e) < 0))
		return -1;
	for (size_t i = 0; i < 2 && !x->files; i++)
		if (g->ops->kind(g, initrds[i][0], &kind, e) < 0 ||
		    (kind == RI_KIND_FILE && take_files(g, initrds[i][1], x, e) < 0))
			return -1;
	return 0;
}

static int look(struct ri_guest *g, struct found *x, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };
	bool bad;

	if (g->ops->filesystems(g, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < l.n && !(x->packages && x->files); i++) {
		if (!ri_filesystem_has_e2fsck(l.v[i].type))
			continue;
		if (g->ops->preen(g, l.v[i].device, &bad, e) < 0 || g->ops->umount_all(g, e) < 0 ||
		    g->ops->mount(g, l.v[i].device, "/", true, e) < 0 || take(g, x, e) < 0)
			return -1;
	}
	return 0;
}

static int open_and_look(const struct ri_session_openers *by, const char *path, const char *format,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(found_free) struct found x = { 0 };

	if (ri_volume_open(path, format, RI_VOLUME_LOOK, &v, e) < 0 || by->reader(&v, &g, e) < 0 ||
	    look(g, &x, e) < 0)
		return -1;
	if (!x.packages || !x.files)
		return 0;
	const struct ri_drift_now now = { x.files, x.n, x.packages };

	return ri_drift_find(ri_buf_span(&x.record), &now, out, e);
}

int ri_drift_look_by(const struct ri_session_openers *by, const char *path, const char *format,
    struct ri_buf *out, struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (open_and_look(by, path, format, out, &why) == 0 ||
	    (why.code != RI_E_NOMEM && why.code != RI_E_CANCELLED))
		return 0;
	*e = why;
	return -1;
}

int ri_drift_look(const char *path, const char *format, struct ri_buf *out, struct ri_err *e)
{
	return ri_drift_look_by(&ri_session_openers, path, format, out, e);
}
