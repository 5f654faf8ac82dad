// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The same for both readers, so that nothing of what is found depends on which of them reads. The marks are those
 * of libguestfs's inspection (lib/inspect: is_linux_root), which itself is only asked for words: it parses the
 * guest's fstab and gives up on what it does not know.
 */
#include "guest/find_root.h"
#include "base/cancel.h"
#include "base/log.h"
#include "guest/elf_arch.h"
#include "guest/find_subvol.h"
#include "guest/mounts.h"
#include "guest/text.h"
#include "os/filesystems.h"
#include "os/osrelease.h"

#define PROGRAM_MAX ((size_t)8 << 20)

/* What a root may be on; all else is not even mounted. */
static bool may_be_root(const char *type)
{
	static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs",
		"reiserfs" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* "Debian GNU/Linux 12 (bookworm) on /dev/sda1 (@rootfs)", of the root that is mounted. */
static int add_name(struct ri_guest *g, const struct ri_root *at, struct ri_buf *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease os = { 0 };
	struct ri_text t = { 0 };
	int rc = ri_inspect_text(g, "/etc/os-release", &t, e);

	if (rc == 0)
		rc = ri_osrelease_parse(ri_buf_span(&t.bytes), &os, e);
	free(t.path);
	ri_buf_free(&t.bytes);
	if (rc < 0)
		return -1;
	ri_buf_addf(out, "%s%s on %s", out->n > 0 ? ", " : "",
	    os.pretty_name && *os.pretty_name ? os.pretty_name : "Linux", at->device);
	if (at->subvol)
		ri_buf_addf(out, " (%s)", at->path[0] ? at->path : "/");
	return ri_buf_check(out, e);
}

/* What no Linux that ramimg could read has its root on, whatever else is on the disk; the first row counts. */
static const struct {
	const char *type, *before, *behind;
} foreign[] = {
	{ "crypto_LUKS", "the root is encrypted (LUKS on ",
	    "); ramimg cannot open it, and would leave a readable copy of it" },
	{ "zfs_member", "the root is on ZFS (",
	    "); ramimg builds ext2, ext3, ext4, xfs and btrfs roots" },
	{ "ufs", "it is a BSD (UFS on ", "); ramimg builds Linux guests" },
	{ "BitLocker", "it is a Windows (BitLocker on ", "); ramimg builds Linux guests" },
	{ "ntfs", "it is a Windows, or its data (NTFS on ", "); ramimg builds Linux guests" },
	{ "apfs", "it is a macOS (APFS on ", "); ramimg builds Linux guests" },
	{ "hfsplus", "it is a macOS (HFS+ on ", "); ramimg builds Linux guests" },
	{ "iso9660", "it is an installation medium (ISO 9660 on ",
	    "); install the system, and build the VM's disk" },
};

static int refuse_foreign(const struct ri_ondisk *d, struct ri_err *e)
{
	for (size_t k = 0; k < sizeof foreign / sizeof *foreign; k++)
		for (size_t i = 0; i < d->n; i++)
			if (strcmp(d->v[i].type, foreign[k].type) == 0)
				return ri_fail(e, RI_E_UNSUPPORTED, 0, "%s%s%s", foreign[k].before,
				    d->v[i].device, foreign[k].behind);
	return 0;
}

/* Nothing that an operating system could be in: there is no need to ask which it is. */
static bool is_bare(const struct ri_ondisk *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].type, "swap") != 0 && (d->n > 1 || d->v[i].type[0] != '\0'))
			return false;
	return true;
}

/* No Linux: say what is there instead. */
static int refuse_none(struct ri_guest *g, const struct ri_ondisk *d, struct ri_err *e)
{
	RI_BUF found = { 0 };
	RI_BUF systems = { 0 };

	if (refuse_foreign(d, e) < 0)
		return -1;
	for (size_t i = 0; i < d->n; i++) {
		const char *type = d->v[i].type;

		if (d->n == 1 && type[0] == '\0')
			break; /* a bare disk */
		ri_buf_addf(&found, "%s%s %s", found.n ? ", " : "", d->v[i].device,
		    type[0] ? type : "unknown");
	}
	if (ri_buf_check(&found, e) < 0 || (!is_bare(d) && g->ops->describe(g, &systems, e) < 0))
		return -1;
	if (systems.n > 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the guest is %s; ramimg builds Linux guests", systems.p);
	if (found.n == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "no partition and no file system on the disk; is it the VM's system disk?");
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "no operating system on the disk (found: %s); is it the VM's system disk, and undamaged?",
	    found.p);
}

struct search {
	struct ri_root *v;
	size_t n;
	struct ri_err why;              /* why something could not be looked into, if anything */
	const struct ri_ondisk_fs *bad; /* and what */
};

static void search_end(struct search *s)
{
	for (size_t i = 0; i < s->n; i++)
		ri_root_free(&s->v[i]);
	free(s->v);
}

static int add_root(struct search *s, const char *device, const struct ri_subvol *subvol,
    struct ri_err *e)
{
	struct ri_root *grown = reallocarray(s->v, s->n + 1, sizeof *grown), *r;

	if (!grown)
		return ri_nomem(e);
	s->v = grown;
	r = &s->v[s->n++];
	*r = (struct ri_root){ .device = strdup(device), .subvol = subvol ? subvol->id : 0 };
	r->path = strdup(subvol ? subvol->path : "");
	return r->device && r->path ? 0 : ri_nomem(e);
}

/*
 * What cannot be mounted is no root, unless nothing else is, as the appliance has seen to what can be mended: then
 * @s->why says why not. A btrfs that ramimg does not build is none either.
 */
static int pass_over(struct ri_guest *g, const struct ri_ondisk_fs *fs, struct search *s,
    struct ri_err *e)
{
	if ((e->code != RI_E_IO && e->code != RI_E_UNSUPPORTED) || ri_guest_is_unsure(g, e))
		return -1;
	ri_log(RI_LOG_DEBUG, "not a root: %s", e->msg);
	if (!s->why.code) {
		s->why = *e;
		s->bad = fs;
	}
	*e = (struct ri_err){ 0 };
	return 0;
}

static int try_btrfs(struct ri_guest *g, struct ri_ondisk_fs *fs, struct search *s,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols roots = { 0 };

	if (g->ops->subvolumes(g, fs->device, &fs->subvols, e) < 0)
		return pass_over(g, fs, s, e);
	if (ri_find_subvols(g, fs->device, &fs->subvols, &roots, e) < 0)
		return -1;
	for (size_t i = 0; i < roots.n; i++)
		if (add_root(s, fs->device, &roots.v[i], e) < 0)
			return -1;
	return 0;
}

static int try_one(struct ri_guest *g, struct ri_ondisk_fs *fs, struct search *s, struct ri_err *e)
{
	bool yes = false;

	if (g->ops->umount_all(g, e) < 0)
		return -1;
	if (strcmp(fs->type, "btrfs") == 0)
		return try_btrfs(g, fs, s, e);
	if (g->ops->mount(g, fs->device, "/", true, e) < 0)
		return e->code == RI_E_IO ? pass_over(g, fs, s, e) : -1;
	if (ri_is_root(g, "", &yes, e) < 0)
		return -1;
	return yes ? add_root(s, fs->device, NULL, e) : 0;
}

static int refuse_many(struct ri_guest *g, const struct search *s, struct ri_err *e)
{
	RI_BUF names = { 0 };

	for (size_t i = 0; i < s->n; i++)
		if (g->ops->umount_all(g, e) < 0 ||
		    ri_guest_mount(g, s->v[i].device, s->v[i].subvol, "/", true, e) < 0 ||
		    add_name(g, &s->v[i], &names, e) < 0)
			return -1;
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "several operating systems on the disk (%s): it is not clear which to load; leave one on it",
	    names.p);
}

/* Nothing of what is there is a root, and something could not be looked into. */
static int refuse_bad(const struct search *s, struct ri_err *e)
{
	if (s->why.code == RI_E_IO && s->why.sys == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the file system on %s (%s) cannot be mounted; run %s on it from a rescue system first: "
		    "%s",
		    s->bad->device, s->bad->type, ri_filesystem_check(s->bad->type), s->why.msg);
	*e = s->why;
	return ri_ctx(e, "looking for the root");
}

int ri_find_root(struct ri_guest *g, struct ri_ondisk *disk, struct ri_root *out, struct ri_err *e)
{
	RI_ON_EXIT(search_end) struct search s = { 0 };

	for (size_t i = 0; i < disk->n; i++)
		if (may_be_root(disk->v[i].type) && try_one(g, &disk->v[i], &s, e) < 0)
			return -1;
	if (s.n > 1)
		return refuse_many(g, &s, e);
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	if (s.n == 0 && s.why.code)
		return refuse_bad(&s, e);
	if (s.n == 0)
		return refuse_none(g, disk, e);
	*out = s.v[0];
	s.v[0] = (struct ri_root){ 0 };
	return 0;
}

void ri_root_free(struct ri_root *r)
{
	free(r->device);
	free(r->path);
	*r = (struct ri_root){ 0 };
}

int ri_find_arch(struct ri_guest *g, char **arch, struct ri_err *e)
{
	static const char *const programs[] = { "/bin/bash", "/bin/ls", "/bin/echo", "/bin/rm",
		"/bin/sh" };
	const char *found = NULL;

	for (size_t i = 0; !found && i < sizeof programs / sizeof *programs; i++) {
		RI_BUF bytes = { 0 };
		bool unsure = g->ask_appliance;
		RI_FREE char *real = NULL;
		enum ri_kind kind;

		if (g->ops->kind(g, programs[i], &kind, e) < 0)
			return -1;
		if (kind == RI_KIND_NONE)
			continue;
		if ((g->ops->resolve(g, programs[i], &real, e) < 0 && !ri_guest_leads_nowhere(e)) ||
		    (real && g->ops->read(g, real, PROGRAM_MAX, &bytes, e) < 0 &&
			e->code != RI_E_BUDGET))
			return -1;
		g->ask_appliance = unsure; /* that a link leads nowhere leaves no doubt */
		*e = (struct ri_err){ 0 };
		found = ri_elf_arch(ri_buf_span(&bytes));
	}
	*arch = strdup(found ? found : "");
	return *arch ? 0 : ri_nomem(e);
}
