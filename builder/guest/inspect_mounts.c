// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mounting a guest as its fstab has it.
 */
#include "guest/inspect_mounts.h"
#include "base/cancel.h"
#include "base/log.h"
#include "guest/inspect.h"
#include "guest/text.h"
#include "os/fstab.h"
#include "plan/guest_paths.h"

/* Whether the fstab line for @mountpoint has the option @option. */
static bool has_option(const struct ri_text *fstab, const char *mountpoint, const char *option)
{
	struct ri_fstab_entry en;

	return ri_fstab_find(ri_buf_span(&fstab->bytes), mountpoint, &en) &&
	       ri_fstab_has_option(&en, option);
}

static int add_mount(struct ri_guest *g, const struct ri_guest_fslist *l, const char *mountpoint,
    const char *device, bool readonly, struct ri_facts *f, struct ri_err *e)
{
	struct ri_mount *m = &f->mounts[f->mounts_n];
	const char *type = ri_guest_fslist_type(l, device);
	const struct ri_text *fstab = &f->now[RI_TEXT_FSTAB];

	if (has_option(fstab, mountpoint, "noauto")) {
		ri_log(RI_LOG_INFO, "left out: %s is mounted on demand only (noauto)", mountpoint);
		return 0;
	}
	if (g->ops->mount(g, device, mountpoint, readonly, e) < 0) {
		if (ri_cancelled() || !has_option(fstab, mountpoint, "nofail"))
			return ri_ctx(e, "mounting %s", mountpoint);
		ri_log(RI_LOG_WARN, "left out: %s (nofail): %s", mountpoint, e->msg);
		*e = (struct ri_err){ 0 };
		return 0;
	}
	f->mounts_n++;
	m->mountpoint = strdup(mountpoint);
	m->device = strdup(device);
	m->fstype = strdup(type ? type : "");
	if (!m->mountpoint || !m->device || !m->fstype)
		return ri_nomem(e);
	return g->ops->space(g, mountpoint, &m->bytes, &m->free_bytes, e);
}

static int mount_rest(struct ri_guest *g, const struct ri_guest_fslist *l,
    const struct ri_guest_os *os, bool readonly, struct ri_facts *f, struct ri_err *e)
{
	struct ri_mount *grown = realloc(f->mounts, os->mountpoints.n * sizeof *grown);

	if (!grown)
		return ri_nomem(e);
	memset(grown + f->mounts_n, 0, (os->mountpoints.n - f->mounts_n) * sizeof *grown);
	f->mounts = grown;
	for (size_t i = 1; i < os->mountpoints.n; i++)
		if (add_mount(g, l, os->mountpoints.v[i], os->devices.v[i], readonly, f, e) < 0)
			return -1;
	f->boot = &f->mounts[0];
	for (size_t i = 1; i < f->mounts_n; i++)
		if (strcmp(f->mounts[i].mountpoint, "/boot") == 0)
			f->boot = &f->mounts[i];
	return 0;
}

/*
 * What the fstab names by PARTUUID, as cloud images do: libguestfs (1.48) does not find it, and what is not
 * mounted would be missing in RAM.
 */
static int find_by_partuuid(struct ri_guest *g, const struct ri_guest_fslist *l,
    const struct ri_text *fstab, struct ri_guest_os *os, struct ri_err *e)
{
	if (fstab->bytes.n == 0 || !memmem(fstab->bytes.p, fstab->bytes.n, "PARTUUID=", 9))
		return 0;
	for (size_t i = 0; i < l->n; i++) {
		RI_STRV tags = { 0 };
		RI_STRV points = { 0 };

		if (g->ops->tags(g, l->v[i].device, &tags, e) < 0)
			return -1;
		for (size_t k = 0; k < tags.n; k++)
			if (strncmp(tags.v[k], "PARTUUID=", 9) == 0 &&
			    ri_fstab_points(ri_buf_span(&fstab->bytes), tags.v[k], &points, e) < 0)
				return -1;
		for (size_t k = 0; k < points.n; k++)
			if (ri_guest_os_add_mount(os, points.v[k], l->v[i].device, e) < 0)
				return -1;
	}
	return 0;
}

/* Mount everything; the fstab is read as soon as the root is there, to know what is optional. */
int ri_inspect_mount_all(struct ri_guest *g, const struct ri_guest_fslist *l,
    struct ri_guest_os *os, bool readonly, struct ri_facts *f, struct ri_err *e)
{
	struct ri_text *fstab = &f->now[RI_TEXT_FSTAB];

	f->mounts = calloc(1, sizeof *f->mounts);
	if (!f->mounts)
		return ri_nomem(e);
	if (add_mount(g, l, "/", os->devices.v[0], readonly, f, e) < 0 ||
	    ri_inspect_text(g, RI_PATH_FSTAB, fstab, e) < 0)
		return -1;
	if (ri_fstab_check(ri_buf_span(&fstab->bytes), e) < 0)
		return ri_ctx(e, RI_PATH_FSTAB);
	if (find_by_partuuid(g, l, fstab, os, e) < 0)
		return -1;
	return mount_rest(g, l, os, readonly, f, e);
}
