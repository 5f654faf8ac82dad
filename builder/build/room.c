// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/room.h"
#include "base/show.h"
#include "guest/find_excluded.h"
#include "guest/mounts.h"
#include "host/hostfile.h"

#include <errno.h>
#include <sys/statvfs.h>

/* On top of the guest's own initrd and of the archive: the loader, with all else that is small. */
#define OURS ((uint64_t)8 << 20)

static bool is_btrfs(const struct ri_mount *m)
{
	return strcmp(m->fstype, "btrfs") == 0;
}

/* Whether an earlier mount is of the same file system. */
static bool is_counted(const struct ri_facts *f, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(f->mounts[i].device, f->mounts[at].device) == 0)
			return true;
	return false;
}

uint64_t ri_room_used(const struct ri_facts *f, const struct ri_excluded_list *left)
{
	uint64_t used = 0, out = 0;
	bool shared = false;

	for (size_t i = 0; i < f->mounts_n; i++) {
		shared = shared || is_btrfs(&f->mounts[i]);
		if (!is_counted(f, i))
			used += f->mounts[i].bytes - f->mounts[i].free_bytes;
	}
	/* What is left out there may have its blocks in common with what is not. */
	if (shared)
		return used;
	for (size_t i = 0; i < left->n; i++)
		out += left->v[i].bytes;
	return used > out ? used - out : 0;
}

static uint64_t boot_file_size(const struct ri_facts *f, const char *path)
{
	for (size_t i = 0; i < f->boot_files_n; i++)
		if (strcmp(f->boot_files[i].name, ri_file_base(path)) == 0)
			return f->boot_files[i].size;
	return 0;
}

/* The initrd is there twice for a while: the guest's own, and ours, which is it and the loader. */
static uint64_t artifacts_bytes(const struct ri_facts *f, const struct ri_plan *plan,
    uint64_t archive)
{
	const struct ri_kernel *k = &plan->kernels.v[0];
	uint64_t initrd = boot_file_size(f, k->initrd);
	/* Both once more in the initrd of --diskless. */
	unsigned more = plan->diskless_line.n > 0;

	return (1 + more) * archive + (2 + more) * initrd + boot_file_size(f, k->image) + OURS;
}

static int check_host_room(const struct ri_dir *dir, uint64_t archive, uint64_t need,
    struct ri_err *e)
{
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE], c[RI_SHOW_FIGURE];
	struct statvfs st;
	uint64_t avail;

	if (fstatvfs(dir->fd, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", dir->path);
	if (__builtin_mul_overflow((uint64_t)st.f_bavail, (uint64_t)st.f_frsize, &avail) ||
	    avail >= need)
		return 0;
	return ri_fail(e, RI_E_BUDGET, 0,
	    "%s on this host has %s free, and the artifacts may take %s, of which %s are the archive, by what is "
	    "used and what is free in the guest; make room there or name another directory (--out)",
	    dir->path, ri_show_bytes(avail, a), ri_show_bytes(need, b), ri_show_bytes(archive, c));
}

static int leads_nowhere(struct ri_guest *g, const char *path, struct ri_err *e)
{
	if (e->code != RI_E_IO || (e->sys != ENOENT && e->sys != ELOOP))
		return -1;
	g->ask_appliance = false; /* that it was found missing leaves no doubt */
	return ri_fail(e, RI_E_GUEST, 0,
	    "%s is a symbolic link that leads nowhere; remove it in the guest", path);
}

/* The loader looks for the archive on the file system of /boot alone, and so do the figures here. */
static int check_place(struct ri_guest *g, const struct ri_facts *f, const char *path,
    struct ri_err *e)
{
	const struct ri_mount *m;
	RI_FREE char *real = NULL;
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_NONE || kind == RI_KIND_FILE)
		return 0;
	if (kind == RI_KIND_LINK) {
		if (g->ops->resolve(g, path, &real, e) < 0)
			return leads_nowhere(g, path, e);
		if (g->ops->kind(g, real, &kind, e) < 0)
			return -1;
	}
	if (kind != RI_KIND_FILE)
		return ri_fail(e, RI_E_GUEST, 0, "%s exists and is not a file", path);
	m = ri_guest_mount_of(f, real);
	return m == f->boot
		   ? 0
		   : ri_fail(e, RI_E_GUEST, 0,
			 "%s is a symbolic link to %s, on the file system of %s instead of that of %s; "
			 "remove it in the guest",
			 path, real, m->mountpoint, f->boot->mountpoint);
}

int ri_room_find(struct ri_guest *g, const struct ri_facts *f, const struct ri_plan *plan,
    const struct ri_excluded_list *left, const struct ri_dir *dir, uint64_t *room, struct ri_err *e)
{
	uint64_t size, avail, used = ri_room_used(f, left);
	uint64_t initrd = boot_file_size(f, plan->kernels.v[0].initrd);

	if (check_place(g, f, plan->archive_path, e) < 0 ||
	    g->ops->space(g, f->boot->mountpoint, &size, &avail, e) < 0 ||
	    ri_plan_room(initrd, f->boot->mountpoint, avail, room, e) < 0)
		return -1;
	if (*room < used)
		used = *room;
	return check_host_room(dir, used, artifacts_bytes(f, plan, used), e);
}

int ri_room_before(struct ri_guest *g, const struct ri_facts *f, const struct ri_plan *plan,
    const struct ri_dir *dir, struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list left = { 0 };
	uint64_t room;

	if (ri_excluded_find(g, &plan->rules, &left, NULL, e) < 0)
		return -1;
	return ri_room_find(g, f, plan, &left, dir, &room, e);
}

/* A host disk that fills up under the overlay would stop the appliance, not fail it. */
int ri_room_stage(const char *stage_dir, uint64_t bytes, struct ri_err *e)
{
	char a[RI_SHOW_FIGURE], b[RI_SHOW_FIGURE];
	struct statvfs st;
	/* In the overlay, and on the hand-over disk until they are there; then as much as they overwrite. */
	uint64_t avail, need = 2 * bytes + (64u << 20);

	if (statvfs(stage_dir, &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", stage_dir);
	if (__builtin_mul_overflow((uint64_t)st.f_bavail, (uint64_t)st.f_frsize, &avail))
		return 0;
	if (avail < need)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s on this host has %s free, staging needs %s; make room there or set stage.dir to "
		    "another directory",
		    stage_dir, ri_show_bytes(avail, a), ri_show_bytes(need, b));
	return 0;
}

int ri_room_blame_stage(const char *stage_dir, struct ri_err *e)
{
	struct statvfs st;

	/* A block or two may be left, which is of no use to the image there. */
	if (statvfs(stage_dir, &st) < 0 || st.f_bavail >= ((1u << 20) / (st.f_frsize + 1)))
		return -1;
	return ri_ctx(e,
	    "%s on this host is full; make room there or set stage.dir to another directory",
	    stage_dir);
}
