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
#include "guest/text.h"
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

static int has(struct ri_guest *g, const char *path, enum ri_kind a, enum ri_kind b, bool *yes,
    struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	*yes = *yes || kind == a || kind == b;
	return 0;
}

/* Of whatever kind: one that is no file is refused as soon as it is to be read. */
static int has_any(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	*yes = *yes || kind != RI_KIND_NONE;
	return 0;
}

static int is_root(struct ri_guest *g, bool *yes, struct ri_err *e)
{
	bool boot = false, etc = false, bin = false, table = false;

	*yes = false;
	/* A file system for /boot, not for /. */
	if (has(g, "/grub/menu.lst", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0 ||
	    has(g, "/grub/grub.conf", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0 ||
	    has(g, "/grub2/grub.cfg", RI_KIND_FILE, RI_KIND_FILE, &boot, e) < 0)
		return -1;
	if (boot)
		return 0;
	if (has(g, "/etc", RI_KIND_DIR, RI_KIND_DIR, &etc, e) < 0 ||
	    has(g, "/bin", RI_KIND_DIR, RI_KIND_LINK, &bin, e) < 0 ||
	    has_any(g, "/etc/fstab", &table, e) < 0 ||
	    has(g, "/etc/hosts", RI_KIND_FILE, RI_KIND_FILE, &table, e) < 0)
		return -1;
	*yes = etc && bin && table;
	return 0;
}

/* "Debian GNU/Linux 12 (bookworm) on /dev/sda1", of the root that is mounted. */
static int add_name(struct ri_guest *g, const char *device, struct ri_buf *out, struct ri_err *e)
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
	    os.pretty_name && *os.pretty_name ? os.pretty_name : "Linux", device);
	return ri_buf_check(out, e);
}

/* No Linux: say what is there instead. */
static int refuse_none(struct ri_guest *g, const struct ri_guest_fslist *l, struct ri_err *e)
{
	RI_BUF found = { 0 };
	RI_BUF systems = { 0 };
	const char *btrfs = "";

	for (size_t i = 0; i < l->n; i++) {
		const char *type = l->v[i].type;

		if (strcmp(type, "crypto_LUKS") == 0)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "the root is encrypted (LUKS on %s); ramimg cannot open it, and would leave a "
			    "readable copy of it",
			    l->v[i].device);
		if (l->n == 1 && type[0] == '\0')
			break; /* a bare disk */
		if (strcmp(type, "btrfs") == 0)
			btrfs = "; a root in a subvolume of btrfs is not supported yet";
		ri_buf_addf(&found, "%s%s %s", found.n ? ", " : "", l->v[i].device,
		    type[0] ? type : "unknown");
	}
	if (ri_buf_check(&found, e) < 0 || g->ops->describe(g, &systems, e) < 0)
		return -1;
	if (systems.n > 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the guest is %s; ramimg builds Linux guests", systems.p);
	if (found.n == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "no partition and no file system on the disk; is it the VM's system disk?");
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "no operating system on the disk (found: %s); is it the VM's system disk, and undamaged?%s",
	    found.p, btrfs);
}

/*
 * *@yes: @device is one. What cannot be mounted is none, unless nothing else is, as the appliance has seen to what
 * can be mended: then *@why says why not.
 */
static int try_one(struct ri_guest *g, const char *device, bool *yes, struct ri_err *why,
    struct ri_err *e)
{
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	if (g->ops->mount(g, device, "/", true, e) == 0)
		return is_root(g, yes, e);
	if (e->code != RI_E_IO || ri_guest_is_unsure(g, e))
		return -1;
	ri_log(RI_LOG_DEBUG, "not a root: %s", e->msg);
	if (!why->code)
		*why = *e;
	*e = (struct ri_err){ 0 };
	return 0;
}

static int refuse_many(struct ri_guest *g, const struct ri_strv *roots, struct ri_err *e)
{
	RI_BUF names = { 0 };

	for (size_t i = 0; i < roots->n; i++)
		if (g->ops->umount_all(g, e) < 0 ||
		    g->ops->mount(g, roots->v[i], "/", true, e) < 0 ||
		    add_name(g, roots->v[i], &names, e) < 0)
			return -1;
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	return ri_fail(e, RI_E_UNSUPPORTED, 0, "several operating systems on the disk (%s)",
	    names.p);
}

int ri_find_root(struct ri_guest *g, const struct ri_guest_fslist *l, char **device,
    struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_STRV roots = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		bool yes = false;

		if (!may_be_root(l->v[i].type))
			continue;
		if (try_one(g, l->v[i].device, &yes, &why, e) < 0 ||
		    (yes && ri_strv_add(&roots, l->v[i].device, e) < 0))
			return -1;
	}
	if (roots.n > 1)
		return refuse_many(g, &roots, e);
	if (g->ops->umount_all(g, e) < 0)
		return -1;
	if (roots.n == 0 && why.code) {
		*e = why;
		return ri_ctx(e, "looking for the root");
	}
	if (roots.n == 0)
		return refuse_none(g, l, e);
	*device = strdup(roots.v[0]);
	return *device ? 0 : ri_nomem(e);
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
