// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"

#include <stdarg.h>

struct checking {
	const struct ri_vmconf *c;
	const struct ri_storages *s;
	struct ri_strv *out;
	struct ri_err *e;
	bool oom; /* what was told of a volume is not known to be so */
};

/* Whether something worked; for want of anything but memory it is simply not what it was taken for. */
static bool worked(struct checking *k, int rc, const struct ri_err *why)
{
	k->oom = k->oom || (rc < 0 && why->code == RI_E_NOMEM);
	return rc == 0;
}

static int RI_PRINTF(2, 3) say(struct checking *k, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	/* Once, however many sections name the same. */
	return ri_strv_has(k->out, line) ? 0 : ri_strv_add(k->out, line, k->e);
}

enum place { SHARED, LOCAL, DEVICE, UNKNOWN };

static enum place place_of(struct checking *k, const struct ri_drive *d)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	if (d->file[0] == '/')
		return ri_strv_has(&d->opts, "shared=1") ? SHARED : DEVICE;
	if (!ri_volid_is(d->file) || !worked(k, ri_volid_parse(d->file, &id, &why), &why))
		return UNKNOWN;
	s = ri_storages_find(k->s, id.storage);
	return !s ? UNKNOWN : s->shared ? SHARED : LOCAL;
}

static bool is_clone(struct checking *k, const char *file)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	if (!ri_volid_is(file) || !worked(k, ri_volid_parse(file, &id, &why), &why))
		return false;
	s = ri_storages_find(k->s, id.storage);
	return s && worked(k, ri_volname_parse(s, id.volname, &name, &why), &why) && name.base_name;
}

static int cdrom(struct checking *k, const struct ri_drive *d, const struct ri_vmsection *s)
{
	const char *what =
	    strcmp(d->file, "cdrom") == 0 ? "the host's own CD drive" : "an ISO on local storage";

	if (strcmp(d->file, "none") == 0 || d->cloudinit || place_of(k, d) == SHARED)
		return 0;
	if (s->kind == RI_VMSEC_SNAPSHOT)
		return say(k,
		    "the snapshot '%s' has %s with %s (%s); delete it: qm delsnapshot VMID %s",
		    s->name, d->key, what, d->file, s->name);
	return say(k, "%s%s: %s is %s; qm set VMID --%s none,media=cdrom",
	    s->kind == RI_VMSEC_PENDING ? "pending " : "", d->key, d->file, what, d->key);
}

/* What ramimg detach takes out of a running VM (pveconf/qemu_names.h). */
static bool comes_out(const char *key)
{
	return strncmp(key, "scsi", 4) == 0 || strncmp(key, "virtio", 6) == 0;
}

static int disk(struct checking *k, const struct ri_drive *d, const struct ri_vmsection *s)
{
	bool main = s->kind == RI_VMSEC_MAIN, unused = strncmp(d->key, "unused", 6) == 0;
	const char *where = main ? "" : s->kind == RI_VMSEC_PENDING ? "pending " : "snapshot's ";

	switch (place_of(k, d)) {
	case SHARED:
		return 0;
	case UNKNOWN:
		return say(k, "%s%s: storage.cfg has no storage of %s", where, d->key, d->file);
	case DEVICE:
		return say(k, "%s%s: %s is a device or file of this node", where, d->key, d->file);
	case LOCAL:
		break;
	}
	if (is_clone(k, d->file))
		return say(k, "%s%s: %s is a linked clone on local storage, which is not copied",
		    where, d->key, d->file);
	if (s->kind == RI_VMSEC_SNAPSHOT)
		return say(k,
		    "the snapshot '%s' has %s on local storage (%s); delete it: qm delsnapshot VMID %s",
		    s->name, d->key, d->file, s->name);
	if (unused || !main)
		return say(k,
		    "%s%s: %s on local storage would be copied along; move it to shared storage, or "
		    "remove it",
		    where, d->key, d->file);
	if (strncmp(d->key, "tpmstate", 8) == 0)
		return 0; /* made anew: copied without the guest's notice */
	return say(k, "%s: %s is on local storage; %smove it", d->key, d->file,
	    comes_out(d->key) ? "detach it (ramimg detach), or " : "");
}

static int drives(struct checking *k, const struct ri_vmsection *s)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	if (ri_drives_of(s, &d, k->e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++) {
		const struct ri_drive *x = &d.v[i];

		if (s->kind == RI_VMSEC_MAIN && !x->valid)
			continue; /* Proxmox does not see it */
		if ((x->cdrom ? cdrom(k, x, s) : disk(k, x, s)) < 0)
			return -1;
	}
	return 0;
}

/* "hostpci0", "usb1": the name and a number. */
static bool is_numbered(const char *key, const char *name)
{
	size_t n = strlen(name);

	return strncmp(key, name, n) == 0 && key[n] &&
	       key[n + strspn(key + n, "0123456789")] == '\0';
}

static int resources(struct checking *k)
{
	/* Without a number behind the name. */
	static const struct {
		const char *key, *what;
	} single[] = {
		{ "ivshmem", "shared memory of this node" },
		{ "amd-sev", "memory that this node's processor encrypts" },
		{ "intel-tdx", "memory that this node's processor encrypts" },
	};
	static const struct {
		const char *name;
		const char *harmless; /* a value that contains this is not of this node */
		const char *what;
	} kinds[] = {
		{ "hostpci", NULL, "a PCI device of this node" },
		{ "usb", "spice", "a USB device of this node" },
		{ "serial", "socket", "a serial port of this node" },
		{ "parallel", NULL, "a parallel port of this node" },
		{ "virtiofs", NULL, "a directory of this node" },
	};
	const struct ri_vmsection *m = &k->c->v[0];

	for (size_t i = 0; i < m->n; i++) {
		for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++)
			if (is_numbered(m->v[i].key, kinds[j].name) &&
			    !(kinds[j].harmless && strstr(m->v[i].value, kinds[j].harmless)) &&
			    say(k, "%s: %s (%.60s)", m->v[i].key, kinds[j].what, m->v[i].value) < 0)
				return -1;
		for (size_t j = 0; j < sizeof single / sizeof single[0]; j++)
			if (strcmp(m->v[i].key, single[j].key) == 0 &&
			    say(k, "%s: %s", single[j].key, single[j].what) < 0)
				return -1;
	}
	return 0;
}

/* Whether the target of a migration would have the drive: Proxmox drops a line with disabled=1. */
static int target_has(struct checking *k, const char *key, bool *has)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	*has = false;
	if (ri_drives_of(&k->c->v[0], &d, k->e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++)
		*has = *has || (d.v[i].valid && strcmp(d.v[i].key, key) == 0);
	return 0;
}

static int running(struct checking *k, const struct ri_miglive *l)
{
	bool has;

	if (!l->running || !l->key)
		return 0;
	if (target_has(k, l->key, &has) < 0)
		return -1;
	if (has && !l->disk)
		return say(k,
		    "%s: is out of the running QEMU and still in the configuration; ramimg detach goes on",
		    l->key);
	if (!has && l->disk)
		return say(k,
		    "%s: the running QEMU has it but the configuration does not; ramimg detach goes on",
		    l->key);
	if (!has && l->controller)
		return say(k,
		    "%s: is left in the running QEMU without a disk, and the target would not have it; "
		    "ramimg detach goes on",
		    l->controller_id);
	return 0;
}

int ri_migration_blockers(const struct ri_vmconf *c, const struct ri_storages *s,
    const struct ri_miglive *live, struct ri_strv *out, struct ri_err *e)
{
	struct checking k = { c, s, out, e, false };
	const char *lock = ri_vmsection_get(&c->v[0], "lock");

	if (lock && say(&k, "the configuration is locked (%.40s)", lock) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind != RI_VMSEC_UNKNOWN && c->v[i].kind != RI_VMSEC_SPECIAL &&
		    drives(&k, &c->v[i]) < 0)
			return -1;
	if (resources(&k) < 0 || running(&k, live) < 0)
		return -1;
	return k.oom ? ri_nomem(e) : 0;
}
