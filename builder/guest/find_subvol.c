// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/find_subvol.h"
#include "base/cancel.h"
#include "guest/text.h"
#include "os/fstab.h"
#include "plan/guest_paths.h"

static int kind_below(struct ri_guest *g, const char *top, const char *path, enum ri_kind *out,
    struct ri_err *e)
{
	RI_BUF whole = { 0 };

	ri_buf_addf(&whole, "%s%s", top, path);
	return ri_buf_check(&whole, e) < 0 ? -1 : g->ops->kind(g, whole.p, out, e);
}

static int has(struct ri_guest *g, const char *top, const char *path, enum ri_kind a,
    enum ri_kind b, bool *yes, struct ri_err *e)
{
	enum ri_kind kind;

	if (kind_below(g, top, path, &kind, e) < 0)
		return -1;
	*yes = *yes || kind == a || kind == b;
	return 0;
}

/* Of whatever kind: one that is no file is refused as soon as it is to be read. */
static int has_any(struct ri_guest *g, const char *top, const char *path, bool *yes,
    struct ri_err *e)
{
	enum ri_kind kind;

	if (kind_below(g, top, path, &kind, e) < 0)
		return -1;
	*yes = *yes || kind != RI_KIND_NONE;
	return 0;
}

int ri_is_root(struct ri_guest *g, const char *top, bool *yes, struct ri_err *e)
{
	bool boot = false, etc = false, bin = false, table = false;

	*yes = false;
	/* A file system for /boot, not for /. */
	if (has(g, top, "/grub/menu.lst", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0 ||
	    has(g, top, "/grub/grub.conf", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0 ||
	    has(g, top, "/grub2/grub.cfg", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0)
		return -1;
	if (boot)
		return 0;
	if (has(g, top, "/etc", RI_KIND_DIR, RI_KIND_DIR, &etc, e) < 0 ||
	    has(g, top, "/bin", RI_KIND_DIR, RI_KIND_LINK, &bin, e) < 0 ||
	    has_any(g, top, "/etc/fstab", &table, e) < 0 ||
	    has(g, top, "/etc/hosts", RI_KIND_FILE, RI_KIND_FILE, &table, e) < 0)
		return -1;
	*yes = etc && bin && table;
	return 0;
}

/*
 * What the fstab @path below @top says of /: which subvolume it mounts there, NULL if none or if the text cannot be
 * read as one. *@ram: it mounts a tmpfs.
 */
static int root_in(struct ri_guest *g, const char *top, const char *path,
    const struct ri_subvols *l, const struct ri_subvol **meant, bool *ram, struct ri_err *e)
{
	struct ri_fstab_entry root;
	struct ri_text t = { 0 };
	RI_BUF whole = { 0 };
	int rc;

	*meant = NULL;
	*ram = false;
	ri_buf_addf(&whole, "%s%s", top, path);
	if (ri_buf_check(&whole, e) < 0)
		return -1;
	rc = ri_inspect_text(g, whole.p, &t, e);
	if (rc < 0 && e->code == RI_E_GUEST) {
		*e = (struct ri_err){ 0 };
		rc = 0;
	} else if (rc == 0 && ri_fstab_find(ri_buf_span(&t.bytes), "/", &root)) {
		*ram = ri_span_eq(root.type, ri_str("tmpfs"));
		rc = *ram ? 0 : ri_subvols_meant(l, root.opts, meant, e);
	}
	free(t.path);
	ri_buf_free(&t.bytes);
	return rc;
}

/* Whether the fstab below @top mounts @s as the root, or did before a build made a tmpfs of it. */
static int says_so(struct ri_guest *g, const char *top, const struct ri_subvols *l,
    const struct ri_subvol *s, bool *yes, struct ri_err *e)
{
	const struct ri_subvol *meant;
	bool ram;

	if (root_in(g, top, RI_PATH_FSTAB, l, &meant, &ram, e) < 0 ||
	    (ram && root_in(g, top, RI_PATH_FSTAB_COPY, l, &meant, &ram, e) < 0))
		return -1;
	*yes = meant == s;
	return 0;
}

struct seen {
	struct ri_subvols all, sure; /* that look like a root, and that are one */
};

static void seen_end(struct seen *s)
{
	ri_subvols_free(&s->all);
	ri_subvols_free(&s->sure);
}

static int look_at(struct ri_guest *g, const struct ri_subvols *l, const struct ri_subvol *s,
    struct seen *seen, struct ri_err *e)
{
	RI_BUF top = { 0 };
	bool root, sure;

	ri_buf_addf(&top, "%s%s", s->path[0] ? "/" : "", s->path);
	if (ri_cancel_check(e) < 0 || ri_buf_check(&top, e) < 0 ||
	    ri_is_root(g, top.p, &root, e) < 0)
		return -1;
	if (!root)
		return 0;
	if (ri_subvols_add(&seen->all, s->id, s->path, e) < 0 ||
	    says_so(g, top.p, l, s, &sure, e) < 0)
		return -1;
	return sure ? ri_subvols_add(&seen->sure, s->id, s->path, e) : 0;
}

int ri_find_subvols(struct ri_guest *g, const char *device, const struct ri_subvols *l,
    struct ri_subvols *roots, struct ri_err *e)
{
	RI_ON_EXIT(seen_end) struct seen seen = { 0 };
	struct ri_subvols *found = &seen.sure;

	for (size_t i = 0; i < l->n; i++)
		if (look_at(g, l, &l->v[i], &seen, e) < 0)
			return -1;
	if (seen.sure.n == 0 && seen.all.n > 1)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the btrfs on %s has %zu subvolumes with a system in them, the first is \"%s\", and the "
		    "fstab of none of them mounts its own as /; write subvol=… into the guest's /etc/fstab",
		    device, seen.all.n, seen.all.v[0].path);
	if (seen.sure.n == 0)
		found = &seen.all;
	*roots = *found;
	*found = (struct ri_subvols){ 0 };
	return 0;
}
