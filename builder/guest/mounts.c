// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/mounts.h"
#include "os/filesystems.h"

int ri_preen_all(struct ri_guest *g, const struct ri_guest_fslist *l, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		bool bad;

		if (!ri_filesystem_has_e2fsck(l->v[i].type))
			continue;
		if (g->ops->preen(g, l->v[i].device, &bad, e) < 0)
			return -1;
		if (bad)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "the file system on %s (%s) is damaged beyond what e2fsck -p can fix; run %s on "
			    "it from a rescue system first",
			    l->v[i].device, l->v[i].type, ri_filesystem_check(l->v[i].type));
	}
	return 0;
}

int ri_guest_mount(struct ri_guest *g, const char *device, uint64_t subvol, const char *mountpoint,
    bool readonly, struct ri_err *e)
{
	return subvol ? g->ops->mount_subvolume(g, device, subvol, mountpoint, readonly, e)
		      : g->ops->mount(g, device, mountpoint, readonly, e);
}

int ri_guest_mount_all(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e)
{
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	for (size_t i = 0; i < f->mounts_n; i++) {
		const struct ri_mount *m = &f->mounts[i];

		if (ri_guest_mount(g, m->device, m->subvol.id, m->mountpoint, readonly, e) < 0)
			return ri_ctx(e, "mounting %s", m->mountpoint);
	}
	return 0;
}

/* By UUID too: names are given by order, and an order can differ. */
static int same(struct ri_guest *g, const struct ri_guest_fslist *l, const struct ri_mount *m,
    struct ri_err *e)
{
	RI_STRV tags = { 0 };
	RI_BUF want = { 0 };
	const char *type = ri_guest_fslist_type(l, m->device);

	if (!type)
		type = "nothing";
	ri_buf_addf(&want, "UUID=%s", m->uuid);
	if (ri_buf_check(&want, e) < 0 || g->ops->tags(g, m->device, &tags, e) < 0)
		return -1;
	if (strcmp(type, m->fstype) == 0 && (m->uuid[0] == '\0' || ri_strv_has(&tags, want.p)))
		return 0;
	return ri_fail(e, RI_E_VERIFY, 0,
	    "%s: read directly it is %s with %s, in the appliance %s with %s; with reader.direct = false "
	    "only the appliance reads",
	    m->device, m->fstype, want.p, type, tags.n ? tags.v[0] : "no UUID");
}

int ri_guest_mount_checked(struct ri_guest *g, const struct ri_facts *f, bool readonly,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_fslist_free) struct ri_guest_fslist l = { 0 };

	if (g->ops->filesystems(g, &l, e) < 0)
		return -1;
	for (size_t i = 0; i < f->mounts_n; i++)
		if (same(g, &l, &f->mounts[i], e) < 0)
			return -1;
	if (ri_preen_all(g, &l, e) < 0)
		return -1;
	return ri_guest_mount_all(g, f, readonly, e);
}

const struct ri_mount *ri_guest_mount_of(const struct ri_facts *f, const char *path)
{
	const struct ri_mount *best = ri_facts_root(f);
	size_t longest = 0;

	for (size_t i = 1; i < f->mounts_n; i++) {
		size_t n = strlen(f->mounts[i].mountpoint);

		if (n <= longest || strncmp(path, f->mounts[i].mountpoint, n) != 0 ||
		    path[n] != '/')
			continue;
		best = &f->mounts[i];
		longest = n;
	}
	return best;
}
