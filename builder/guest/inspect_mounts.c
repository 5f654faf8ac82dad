// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mounting a guest as its fstab has it.
 */
#include "guest/inspect_mounts.h"
#include "base/cancel.h"
#include "base/log.h"
#include "guest/inspect.h"
#include "guest/mount_units.h"
#include "guest/text.h"
#include "os/fstab_lines.h"
#include "plan/guest_paths.h"

static int record(struct ri_guest *g, const char *mountpoint, const struct ri_ondisk_fs *fs,
    struct ri_facts *f, struct ri_err *e)
{
	struct ri_mount *m = &f->mounts[f->mounts_n++];

	m->mountpoint = strdup(mountpoint);
	m->device = strdup(fs->device);
	m->fstype = strdup(fs->type);
	if (!m->mountpoint || !m->device || !m->fstype)
		return ri_nomem(e);
	return g->ops->space(g, mountpoint, &m->bytes, &m->free_bytes, e);
}

static int mount_line(struct ri_guest *g, const struct ri_fstab_line *l, bool readonly,
    struct ri_facts *f, struct ri_err *e)
{
	if (g->ops->mount(g, l->fs->device, l->point, readonly, e) == 0)
		return record(g, l->point, l->fs, f, e);
	if (ri_cancelled() || !l->nofail)
		return ri_ctx(e, "mounting %s", l->point);
	ri_log(RI_LOG_WARN, "left out: %s (nofail): %s", l->point, e->msg);
	*e = (struct ri_err){ 0 };
	return 0;
}

/* One that others are mounted in goes before them. */
static int by_length(const void *a, const void *b)
{
	const struct ri_fstab_line *x = a, *y = b;
	size_t n = strlen(x->point), m = strlen(y->point);

	return n != m ? (n < m ? -1 : 1) : x->line < y->line ? -1 : 1;
}

static int mount_lines(struct ri_guest *g, struct ri_fstab_lines *l, bool readonly,
    struct ri_facts *f, struct ri_err *e)
{
	struct ri_mount *grown = realloc(f->mounts, (l->n + 1) * sizeof *grown);

	if (!grown)
		return ri_nomem(e);
	f->mounts = grown;
	memset(grown + 1, 0, l->n * sizeof *grown);
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, by_length);
	for (size_t i = 0; i < l->n; i++) {
		const struct ri_fstab_line *line = &l->v[i];

		if (f->mounts_n > 1 &&
		    strcmp(f->mounts[f->mounts_n - 1].mountpoint, line->point) == 0)
			continue; /* the same file system again */
		if (line->kind == RI_FSTAB_HERE && mount_line(g, line, readonly, f, e) < 0)
			return -1;
		if (line->kind == RI_FSTAB_ON_DEMAND && line->fs && line->point[0])
			ri_log(RI_LOG_INFO, "left out: %s is mounted on demand only (noauto)",
			    line->point);
	}
	return 0;
}

int ri_inspect_mount_all(struct ri_guest *g, const char *root, bool readonly, struct ri_facts *f,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };
	struct ri_text *fstab = &f->now[RI_TEXT_FSTAB];
	bool several;
	const struct ri_ondisk_fs *fs = ri_ondisk_find(&f->disk, root, &several);

	f->mounts = calloc(1, sizeof *f->mounts);
	if (!f->mounts)
		return ri_nomem(e);
	if (!fs)
		return ri_fail(e, RI_E_IO, 0, "%s is not on the disk", root);
	if (g->ops->mount(g, root, "/", readonly, e) < 0)
		return ri_ctx(e, "mounting /");
	if (record(g, "/", fs, f, e) < 0 || ri_inspect_text(g, RI_PATH_FSTAB, fstab, e) < 0)
		return -1;
	if (ri_mount_units(g, &f->disk, &f->automounts, e) < 0)
		return -1;
	if (ri_fstab_sort(ri_buf_span(&fstab->bytes), &f->disk, &f->automounts, &lines, e) < 0)
		return ri_ctx(e, RI_PATH_FSTAB);
	if (mount_lines(g, &lines, readonly, f, e) < 0)
		return -1;
	f->boot = &f->mounts[0];
	for (size_t i = 1; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].mountpoint, "/boot") == 0)
			f->boot = &f->mounts[i];
	return 0;
}
