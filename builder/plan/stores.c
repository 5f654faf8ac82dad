// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/stores.h"
#include "os/fstab_lines.h"
#include "plan/guest_paths.h"

/*
 * Docker: daemon/graphdriver/overlay2, daemon/daemon_unix.go (setupDaemonRoot). Podman, CRI-O: containers/storage,
 * drivers/overlay, store.go. containerd: plugins/snapshots/overlay; its snapshotter makes the directory at each start.
 */
const struct ri_store ri_stores[RI_STORES] = {
	{ "docker", "/var/lib/docker", "overlay2", "volumes", 0710 },
	{ "podman", "/var/lib/containers/storage", "overlay", "volumes", 0700 },
	{ "containerd", "/var/lib/containerd", "io.containerd.snapshotter.v1.overlayfs/snapshots",
	    "io.containerd.content.v1.content", 0700 },
};

/* Whether the rules leave out @name in @dir: 1 or 0; -1 without memory. */
static int is_left_out(const struct ri_rules *r, const char *dir, const char *name)
{
	RI_BUF path = { 0 };

	ri_buf_addf(&path, "%s/%s", dir, name);
	return path.oom ? -1 : ri_rules_match(r, path.p) != NULL;
}

static bool is_at_or_above(const char *point, const char *dir)
{
	size_t n = strlen(point);

	return n > 1 && strncmp(point, dir, n) == 0 && (dir[n] == '\0' || dir[n] == '/');
}

/* Whether a line that stays as it is mounts something there. */
static bool is_elsewhere(const struct ri_fstab_lines *l, const char *dir)
{
	for (size_t i = 0; i < l->n; i++)
		if ((l->v[i].kind == RI_FSTAB_ELSEWHERE || l->v[i].kind == RI_FSTAB_NO_DISK) &&
		    is_at_or_above(l->v[i].point, dir))
			return true;
	return false;
}

/* As fstab(5) has it: what separates fields is written as octal digits. */
static void add_field(struct ri_buf *out, const char *path)
{
	for (; *path; path++)
		if (strchr(" \t\n\\#", *path))
			ri_buf_addf(out, "\\%03o", (unsigned)(unsigned char)*path);
		else
			ri_buf_add(out, path, 1);
}

static void add_tmpfs(const struct ri_job *job, const struct ri_store *s, const char *dir,
    struct ri_buf *out)
{
	if (out->n > 0 && out->p[out->n - 1] != '\n')
		ri_buf_add_str(out, "\n");
	ri_buf_add_str(out, "tmpfs ");
	add_field(out, dir);
	ri_buf_addf(out, " tmpfs rw,mode=%04o,size=%s 0 0\n", s->mode, job->upper_size);
}

static int refuse(const struct ri_store *s, const char *dir, struct ri_err *e)
{
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "%s has layers in %.100s, and an overlay cannot be mounted for them below a root that is one; leave "
	    "that store out (archive.exclude = [\"%.100s/\"]; it is an empty tmpfs in RAM then), or build the tmpfs "
	    "form",
	    s->engine, dir, dir);
}

int ri_stores_plan(const struct ri_job *job, const struct ri_facts *f, struct ri_plan *p,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };

	if (job->form != RI_COMPRESSED)
		return 0;
	if (ri_fstab_sort(ri_buf_span(&p->undo.text[RI_TEXT_FSTAB].clean), &f->disk, &f->automounts,
		&lines, e) < 0)
		return ri_ctx(e, RI_PATH_FSTAB);
	for (size_t i = 0; i < RI_STORES; i++) {
		const struct ri_store *s = &ri_stores[i];
		const char *dir = f->stores[i].dir;
		int layers, others;

		if (!dir || is_elsewhere(&lines, dir))
			continue;
		layers = is_left_out(&p->rules, dir, s->layers);
		others = is_left_out(&p->rules, dir, s->others);
		if (layers < 0 || others < 0)
			return ri_nomem(e);
		if (layers && others)
			add_tmpfs(job, s, dir, &p->fstab_archive);
		else if (f->stores[i].layers)
			return refuse(s, dir, e);
	}
	return ri_buf_check(&p->fstab_archive, e);
}
