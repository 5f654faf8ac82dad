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
#include "guest/mounts.h"
#include "guest/text.h"
#include "os/fstab_lines.h"
#include "plan/guest_paths.h"

static int record(struct ri_guest *g, const char *mountpoint, const struct ri_ondisk_fs *fs,
    const struct ri_subvol *subvol, struct ri_facts *f, struct ri_err *e)
{
	struct ri_mount *m = &f->mounts[f->mounts_n++];

	m->mountpoint = strdup(mountpoint);
	m->device = strdup(fs->device);
	m->fstype = strdup(fs->type);
	m->subvol.path = subvol ? strdup(subvol->path) : NULL;
	if (!m->mountpoint || !m->device || !m->fstype || (subvol && !m->subvol.path))
		return ri_nomem(e);
	m->subvol.id = subvol ? subvol->id : 0;
	return g->ops->space(g, mountpoint, &m->bytes, &m->free_bytes, e);
}

/* Which subvolume a line means; *@out is NULL where the file system has none. */
static int find_subvol(const struct ri_fstab_line *l, const struct ri_subvol **out,
    struct ri_err *e)
{
	const struct ri_subvols *all = &l->fs->subvols;

	*out = NULL;
	if (all->n == 0)
		return 0;
	if (ri_subvols_meant(all, l->opts, out, e) < 0)
		return -1;
	return *out ? 0
		    : ri_fail(e, RI_E_GUEST, 0,
			  RI_PATH_FSTAB ", line %zu: the btrfs on %s has no such subvolume",
			  l->line, l->fs->device);
}

static int mount_line(struct ri_guest *g, const struct ri_fstab_line *l, bool readonly,
    struct ri_facts *f, struct ri_err *e)
{
	const struct ri_subvol *subvol = NULL;

	if (find_subvol(l, &subvol, e) == 0 &&
	    ri_guest_mount(g, l->fs->device, subvol ? subvol->id : 0, l->point, readonly, e) == 0)
		return record(g, l->point, l->fs, subvol, f, e);
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

/* Whether @path is the place of another mount, or in one of those that are found already. */
static bool is_covered(const struct ri_facts *f, const struct ri_mount *m, const char *path)
{
	for (size_t i = 0; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].mountpoint, path) == 0)
			return true;
	for (size_t i = 0; i < f->snapshots.n; i++) {
		size_t n = strlen(f->snapshots.v[i]);

		if (strncmp(path, f->snapshots.v[i], n) == 0 && (path[n] == '/' || path[n] == '\0'))
			return true;
	}
	return ri_guest_mount_of(f, path) != m;
}

static int add_if_snapshot(struct ri_guest *g, const struct ri_mount *m, const char *below,
    struct ri_facts *f, struct ri_err *e)
{
	RI_BUF path = { 0 };
	enum ri_kind kind;
	bool yes;

	ri_buf_addf(&path, "%s/%s", strcmp(m->mountpoint, "/") == 0 ? "" : m->mountpoint, below);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (is_covered(f, m, path.p))
		return 0;
	if (g->ops->kind(g, path.p, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (g->ops->is_snapshot(g, path.p, &yes, e) < 0)
		return -1;
	return yes ? ri_strv_add(&f->snapshots, path.p, e) : 0;
}

static int by_path(const void *a, const void *b)
{
	const struct ri_subvol *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/*
 * What lies in a mounted subvolume is seen as a directory in it. A snapshot there is a second copy of files; what is
 * no snapshot (a directory of a database, /var/lib/machines) belongs to the system and is packed with it.
 */
static int find_snapshots(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < f->mounts_n; i++) {
		const struct ri_mount *m = &f->mounts[i];
		bool several;
		const struct ri_ondisk_fs *fs = ri_ondisk_find(&f->disk, m->device, &several);

		if (!m->subvol.path || !fs)
			continue;
		for (size_t k = 0; k < fs->subvols.n; k++) {
			const char *below = ri_subvol_below(&m->subvol, fs->subvols.v[k].path);

			if (below && add_if_snapshot(g, m, below, f, e) < 0)
				return ri_ctx(e, "looking for snapshots");
		}
	}
	return 0;
}

static void sort_subvols(struct ri_ondisk *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].subvols.n > 0)
			qsort(d->v[i].subvols.v, d->v[i].subvols.n, sizeof *d->v[i].subvols.v,
			    by_path);
}

static int mount_root(struct ri_guest *g, const char *device, uint64_t subvol, bool readonly,
    struct ri_facts *f, struct ri_err *e)
{
	bool several;
	const struct ri_ondisk_fs *fs = ri_ondisk_find(&f->disk, device, &several);

	if (!fs)
		return ri_fail(e, RI_E_IO, 0, "%s is not on the disk", device);
	if (ri_guest_mount(g, device, subvol, "/", readonly, e) < 0)
		return ri_ctx(e, "mounting /");
	return record(g, "/", fs, ri_subvols_by_id(&fs->subvols, subvol), f, e);
}

int ri_inspect_mount_all(struct ri_guest *g, const char *root, uint64_t subvol, bool readonly,
    struct ri_facts *f, struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };
	struct ri_text *fstab = &f->now[RI_TEXT_FSTAB];

	f->mounts = calloc(1, sizeof *f->mounts);
	if (!f->mounts)
		return ri_nomem(e);
	sort_subvols(&f->disk);
	if (mount_root(g, root, subvol, readonly, f, e) < 0 ||
	    ri_inspect_text(g, RI_PATH_FSTAB, fstab, e) < 0)
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
	return find_snapshots(g, f, e);
}
