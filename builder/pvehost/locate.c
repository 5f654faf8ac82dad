// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/locate.h"
#include "host/hostfile.h"
#include "pveconf/storage_types.h"
#include "pveconf/target_name.h"
#include "pveconf/volid_path.h"
#include "pvehost/guard.h"
#include "pvehost/lookup.h"
#include "pvehost/pass_over_internal.h"
#include "pvehost/plugin.h"

#include <errno.h>

/* Everything that is looked up on the way. */
struct finding {
	struct ri_pvehost h;
	struct ri_volid id;
	struct ri_volname v;
	const struct ri_storage *s;
	enum ri_volume_use use;
	bool beside; /* its VM is locked by whoever asks */
	struct ri_location p;
	char *named; /* how its VM's configuration calls it; NULL: none does */
};

static void finding_end(struct finding *f)
{
	ri_pvehost_close(&f->h);
	ri_volid_free(&f->id);
	ri_volname_free(&f->v);
	ri_locate_leave(&f->p);
	free(f->named);
}

static int guard(struct finding *f, const char *what, struct ri_err *e)
{
	struct ri_guarded g = { .h = &f->h,
		.path = f->p.path,
		.volid = f->p.volid,
		.what = what,
		.s = f->s,
		.v = f->v.name ? &f->v : NULL,
		.vmid = f->v.vmid,
		.use = f->use,
		.memory = &f->p.memory,
		.not_booted = &f->p.not_booted,
		.commit_locked = &f->p.commit_locked };

	return ri_guard(&g, &f->p.lock, &f->p.vmid, &f->named, e);
}

/* A storage that only its plugin knows; it has no names that say more than who owns the volume. */
static int ask_plugin(struct finding *f, struct ri_err *e)
{
	if (ri_plugin_path(f->p.volid, &f->p.path, e) < 0)
		return -1;
	f->v.name = strdup(ri_file_base(f->id.volname));
	f->v.vmid = f->v.name ? ri_volname_vmid(f->v.name) : 0;
	return f->v.name ? 0 : ri_nomem(e);
}

static int where(struct finding *f, struct ri_err *e)
{
	RI_BUF path = { 0 };

	if (ri_volname_parse(f->s, f->id.volname, &f->v, e) < 0)
		return -1;
	ri_buf_add_str(&path, f->h.root);
	if (ri_volname_path(f->s, &f->v, &path, e) < 0)
		return -1;
	f->p.path = ri_buf_steal(&path);
	f->p.format = strdup(f->v.format);
	return f->p.path && f->p.format ? 0 : ri_nomem(e);
}

static int activate(struct finding *f, bool plugin, struct ri_err *e)
{
	if (plugin ? ri_plugin_activate(f->p.volid, f->p.path, &f->p.active, e) < 0
		   : ri_activate(f->h.root, f->s, &f->v, f->p.path, &f->p.active, e) < 0)
		return -1;
	if (f->p.active.device) {
		free(f->p.path);
		f->p.path = strdup(f->p.active.device);
	}
	return f->p.path ? 0 : ri_nomem(e);
}

static int by_volid(struct finding *f, const char *volid, struct ri_err *e)
{
	struct ri_err why = { 0 };
	RI_BUF name = { 0 };
	bool plugin = false;

	f->p.volid = strdup(volid);
	if (!f->p.volid)
		return ri_nomem(e);
	if (ri_volid_parse(volid, &f->id, e) < 0)
		return -1;
	f->s = ri_storages_find(&f->h.storages, f->id.storage);
	if (!f->s)
		return ri_fail(e, RI_E_MISSING, 0, "%s: storage.cfg has no storage '%s'", volid,
		    f->id.storage);
	if (ri_storage_usable(f->s, f->h.node, e) < 0)
		return ri_ctx(e, "%s", volid);
	if (ri_storage_supported(f->s, &plugin, &why) < 0 && !plugin) {
		*e = why;
		return ri_ctx(e, "%s", volid);
	}
	if ((plugin ? ask_plugin(f, e) : where(f, e)) < 0)
		return ri_ctx(e, "%s", volid);
	ri_volname_short(f->id.volname, &name);
	f->p.name = ri_buf_steal(&name);
	if (!f->p.name)
		return ri_nomem(e);
	/* The lock comes before the activation, which is work on the volume already. */
	return (!f->beside && guard(f, volid, e) < 0) || activate(f, plugin, e) < 0 ? -1 : 0;
}

/* A device's path does not tell that it is a qcow2 on LVM; the volume id that leads there does. */
static int format_as_named(struct finding *f, struct ri_err *e)
{
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	if (!f->named)
		return 0;
	if (ri_volid_parse(f->named, &f->id, &why) < 0)
		return ri_pass_over(&why, e);
	s = ri_storages_find(&f->h.storages, f->id.storage);
	if (!s)
		return 0;
	if (ri_volname_parse(s, f->id.volname, &f->v, &why) < 0)
		return ri_pass_over(&why, e);
	f->p.format = strdup(f->v.format);
	return f->p.format ? 0 : ri_nomem(e);
}

static int by_path(struct finding *f, const char *target, struct ri_err *e)
{
	f->p.path = strdup(target);
	if (!f->p.path)
		return ri_nomem(e);
	if (access(target, F_OK) < 0)
		return 0; /* opening it will tell */
	return guard(f, target, e) < 0 ? -1 : format_as_named(f, e);
}

/* A file here and a volume of the same name: no guess is good enough for a production disk. */
static int check_ambiguous(const char *target, struct ri_err *e)
{
	if (access(target, F_OK) < 0)
		return 0;
	return ri_fail(e, RI_E_USAGE, 0,
	    "%s is a volume's name and a file here; say ./%s for the file, STORAGE:VOLUME for the "
	    "volume",
	    target, target);
}

static int by_name(struct finding *f, const char *target, struct ri_err *e)
{
	RI_FREE char *found = NULL;
	unsigned vmid;

	switch (ri_target_kind(target)) {
	case RI_NAMED_VOLID:
		return by_volid(f, target, e);
	case RI_NAMED_VMID:
		if (ri_target_vmid(target, &vmid, e) < 0 ||
		    ri_locate_of_vmid(&f->h, vmid, &found, e) < 0)
			return -1;
		return found[0] == '/' ? by_path(f, found, e) : by_volid(f, found, e);
	case RI_NAMED_SHORT:
		if (check_ambiguous(target, e) < 0 ||
		    ri_locate_of_short(&f->h, target, &found, e) < 0)
			return -1;
		return by_volid(f, found, e);
	case RI_NAMED_PATH:
		break;
	}
	return by_path(f, target, e);
}

/* Without Proxmox every name is a file's, but one that looks like a volume's deserves the reason. */
static int only_path(const char *target, struct ri_location *p, struct ri_err *e)
{
	if (ri_target_kind(target) != RI_NAMED_PATH && access(target, F_OK) < 0)
		return ri_fail(e, RI_E_MISSING, 0,
		    "%s names a volume of Proxmox VE, but there is no /etc/pve here; run ramimg on the "
		    "VM's node, or name an image file or a block device",
		    target);
	p->path = strdup(target);
	return p->path ? 0 : ri_nomem(e);
}

int ri_locate_find(const char *target, const char *pve_root, enum ri_volume_use use,
    struct ri_location *out, struct ri_err *e)
{
	RI_ON_EXIT(finding_end) struct finding f = { .use = use, .p = RI_PLACE_INIT };
	const char *root = pve_root ? pve_root : "";

	if (!pve_root && !ri_pvehost_is(root)) {
		if (only_path(target, &f.p, e) < 0)
			return -1;
	} else {
		f.p.root = strdup(root);
		if (!f.p.root)
			return ri_nomem(e);
		if (ri_pvehost_open(root, &f.h, e) < 0 || by_name(&f, target, e) < 0)
			return -1;
	}
	f.p.named = ri_steal(f.named);
	*out = f.p;
	f.p = (struct ri_location)RI_PLACE_INIT;
	return 0;
}

int ri_locate_beside(const struct ri_location *of, const char *volid, struct ri_location *out,
    struct ri_err *e)
{
	RI_ON_EXIT(finding_end)
	struct finding f = { .use = RI_VOLUME_LOOK, .beside = true, .p = RI_PLACE_INIT };

	if (ri_pvehost_open(of->root ? of->root : "", &f.h, e) < 0 || by_volid(&f, volid, e) < 0)
		return -1;
	*out = f.p;
	f.p = (struct ri_location)RI_PLACE_INIT;
	return 0;
}

void ri_locate_leave(struct ri_location *p)
{
	/* The lock last: until then nobody may start the VM on a volume that is being deactivated. */
	ri_deactivate(&p->active);
	ri_cleanup_fd(&p->lock);
	free(p->path);
	free(p->format);
	free(p->name);
	free(p->volid);
	free(p->named);
	free(p->root);
	free(p->not_booted);
	*p = (struct ri_location)RI_PLACE_INIT;
}

int ri_locate_open(const char *target, const char *format, const char *pve_root,
    enum ri_volume_use use, struct ri_location *place, struct ri_volume *v, struct ri_err *e)
{
	if (ri_locate_find(target, pve_root, use, place, e) < 0)
		return -1;
	if (ri_volume_open(place->path, format ? format : place->format, use, v, e) < 0)
		return place->volid ? ri_ctx(e, "%s", place->volid) : -1;
	free(v->target);
	v->target = strdup(place->volid ? place->volid : target);
	if (!v->target)
		return ri_nomem(e);
	if (!place->name)
		return 0;
	free(v->name);
	v->name = strdup(place->name);
	return v->name ? 0 : ri_nomem(e);
}
