// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration.h"
#include "pveconf/storage_types.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"

#include <stdarg.h>
#include <strings.h>

struct checking {
	const struct ri_migvm *vm;
	struct ri_migverdict *out;
	struct ri_err *e;
	bool oom;              /* what was told of a volume is not known to be so */
	bool restricted;       /* not every node has all of its storages */
	struct ri_strv nodes;  /* those that have */
	struct ri_buf because; /* "san: pve1, pve2; …" */
};

static void checking_end(struct checking *k)
{
	ri_strv_free(&k->nodes);
	ri_buf_free(&k->because);
}

void ri_migverdict_free(struct ri_migverdict *v)
{
	ri_strv_free(&v->blockers);
	ri_strv_free(&v->remarks);
}

/* Once, however many sections name the same. */
static int RI_PRINTF(3, 0) put(struct ri_strv *to, struct ri_err *e, const char *fmt, va_list ap)
{
	char line[768];

	vsnprintf(line, sizeof line, fmt, ap);
	return ri_strv_has(to, line) ? 0 : ri_strv_add(to, line, e);
}

static int RI_PRINTF(2, 3) say(struct checking *k, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = put(&k->out->blockers, k->e, fmt, ap);
	va_end(ap);
	return rc;
}

static int RI_PRINTF(2, 3) remark(struct checking *k, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = put(&k->out->remarks, k->e, fmt, ap);
	va_end(ap);
	return rc;
}

/* A volume where it is named. */
struct place {
	const struct ri_drive *d;
	const struct ri_vmsection *section;
	const struct ri_storage *storage; /* NULL: it is on none that is known */
	struct ri_volid id;
	bool clone; /* a linked one */
};

static void place_end(struct place *p)
{
	ri_volid_free(&p->id);
}

/* What cannot be read for want of anything but memory is simply not what it was taken for. */
static bool worked(struct checking *k, int rc, const struct ri_err *why)
{
	k->oom = k->oom || (rc < 0 && why->code == RI_E_NOMEM);
	return rc == 0;
}

static void find(struct checking *k, struct place *p)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	struct ri_err why = { 0 };

	if (!ri_volid_is(p->d->file) || !worked(k, ri_volid_parse(p->d->file, &p->id, &why), &why))
		return;
	p->storage = ri_storages_find(k->vm->storages, p->id.storage);
	p->clone = p->storage &&
		   worked(k, ri_volname_parse(p->storage, p->id.volname, &name, &why), &why) &&
		   name.base_name;
}

static const char *where(const struct place *p)
{
	return p->section->kind == RI_VMSEC_MAIN      ? ""
	       : p->section->kind == RI_VMSEC_PENDING ? "pending "
						      : "snapshot's ";
}

/* Of the nodes that had all storages so far, those that have this one too. */
static int keep_nodes(struct checking *k, const struct ri_storage *s)
{
	RI_STRV both = { 0 };
	RI_BUF why = { 0 };

	for (size_t i = 0; i < s->nodes.n; i++) {
		ri_buf_addf(&why, "%s%s", i > 0 ? ", " : "", s->nodes.v[i]);
		if ((!k->restricted || ri_strv_has(&k->nodes, s->nodes.v[i])) &&
		    ri_strv_add(&both, s->nodes.v[i], k->e) < 0)
			return -1;
	}
	if (ri_buf_check(&why, k->e) < 0)
		return -1;
	ri_buf_addf(&why, " have %s", s->id);
	if (!k->because.p || !strstr(k->because.p, why.p))
		ri_buf_addf(&k->because, "%s%s", k->restricted ? "; " : "", why.p);
	ri_strv_free(&k->nodes);
	k->nodes = both;
	both = (struct ri_strv){ 0 };
	k->restricted = true;
	return ri_buf_check(&k->because, k->e);
}

/*
 * Whether this node and the target may use the storage for it: Proxmox asks that of every volume
 * (storage_check_enabled, target_storage_check_available). @return 1: no, and that is said; 0; -1.
 */
static int refused(struct checking *k, const struct place *p)
{
	const struct ri_storage *s = p->storage;
	bool iso = strncmp(p->id.volname, "iso/", 4) == 0;
	struct ri_err why = { 0 };

	if (s->disable)
		return say(k, "%s%s: the storage of %s is disabled; pvesm set %s --disable 0",
			   where(p), p->d->key, p->d->file, s->id) < 0
			   ? -1
			   : 1;
	if (ri_storage_enabled(s, k->vm->node, &why) < 0)
		return !worked(k, -1, &why) &&
			       say(k, "%s%s: %s: %s", where(p), p->d->key, p->d->file, why.msg) < 0
			   ? -1
			   : 1;
	if (iso ? !s->isos : !s->images)
		return say(k,
			   "%s%s: %s: the storage '%s' does not have '%s' in its content; add it",
			   where(p), p->d->key, p->d->file, s->id, iso ? "iso" : "images") < 0
			   ? -1
			   : 1;
	return s->nodes_given ? keep_nodes(k, s) : 0;
}

static int cdrom(struct checking *k, const struct place *p, const char *what)
{
	if (p->section->kind == RI_VMSEC_SNAPSHOT)
		return say(k,
		    "the snapshot '%s' has %s with %s (%s); delete it: qm delsnapshot %u %s",
		    p->section->name, p->d->key, what, p->d->file, k->vm->vmid, p->section->name);
	return say(k, "%s%s: %s is %s; qm set %u --%s none,media=cdrom", where(p), p->d->key,
	    p->d->file, what, k->vm->vmid, p->d->key);
}

/* What ramimg detach takes out of a running VM (pveconf/qemu_names.h). */
static bool comes_out(const char *key)
{
	return strncmp(key, "scsi", 4) == 0 || strncmp(key, "virtio", 6) == 0;
}

/* A disk on storage that only this node has. */
static int local(struct checking *k, const struct place *p)
{
	const struct ri_drive *d = p->d;
	bool main = p->section->kind == RI_VMSEC_MAIN, unused = strncmp(d->key, "unused", 6) == 0;

	if (p->clone)
		return say(k, "%s%s: %s is a linked clone on local storage, which is not copied",
		    where(p), d->key, d->file);
	if (p->section->kind == RI_VMSEC_SNAPSHOT)
		return say(k,
		    "the snapshot '%s' has %s on local storage (%s); delete it: qm delsnapshot %u %s",
		    p->section->name, d->key, d->file, k->vm->vmid, p->section->name);
	if (unused || !main)
		return say(k,
		    "%s%s: %s on local storage would be copied along; move it to shared storage, or "
		    "remove it",
		    where(p), d->key, d->file);
	if (strncmp(d->key, "tpmstate", 8) == 0)
		return 0; /* made anew: copied without the guest's notice */
	return say(k, "%s: %s is on local storage; %smove it", d->key, d->file,
	    comes_out(d->key) ? "detach it (ramimg detach), or " : "");
}

static int volume(struct checking *k, const struct ri_drive *d, const struct ri_vmsection *s)
{
	RI_ON_EXIT(place_end) struct place p = { .d = d, .section = s };
	int rc;

	if (d->cdrom && strcmp(d->file, "none") == 0)
		return 0;
	if (d->cdrom && strcmp(d->file, "cdrom") == 0)
		return cdrom(k, &p, "the host's own CD drive");
	if (d->file[0] == '/' && ri_strv_has(&d->opts, "shared=1"))
		return 0;
	if (d->file[0] == '/')
		return d->cdrom ? cdrom(k, &p, "a device or file of this node")
				: say(k, "%s%s: %s is a device or file of this node", where(&p),
				      d->key, d->file);
	find(k, &p);
	if (!p.storage)
		return say(k, "%s%s: storage.cfg has no storage of %s", where(&p), d->key, d->file);
	rc = refused(k, &p);
	if (rc != 0 || p.storage->shared)
		return rc < 0 ? -1 : 0;
	if (!p.storage->shared_known)
		return say(k,
		    "%s%s: %s: whether the storage '%s' is shared is not known; only the plugin of its "
		    "type, '%s', could tell",
		    where(&p), d->key, d->file, p.storage->id, p.storage->type_name);
	if (d->cdrom)
		return d->cloudinit ? 0 : cdrom(k, &p, "an ISO on local storage");
	return local(k, &p);
}

/* The memory of a snapshot or of a VM that sleeps: a volume like others (foreach_volid's extra_keys). */
static int vmstate(struct checking *k, const struct ri_vmsection *s)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };
	const char *value = ri_vmsection_get(s, "vmstate");
	struct ri_err why = { 0 };

	return value && worked(k, ri_drive_parse("vmstate", value, &d, &why), &why)
		   ? volume(k, &d, s)
		   : 0;
}

static int volumes(struct checking *k, const struct ri_vmsection *s)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	if (ri_drives_of(s, &d, k->e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++)
		/* What is not valid, Proxmox does not see. */
		if (d.v[i].valid && volume(k, &d.v[i], s) < 0)
			return -1;
	return vmstate(k, s);
}

/* Where it can go, by the storages that only some nodes have. */
static int targets(struct checking *k)
{
	RI_BUF list = { 0 };

	for (size_t i = 0; i < k->nodes.n; i++)
		if (strcmp(k->nodes.v[i], k->vm->node) != 0)
			ri_buf_addf(&list, "%s%s", list.n > 0 ? ", " : "", k->nodes.v[i]);
	if (ri_buf_check(&list, k->e) < 0)
		return -1;
	if (!k->restricted)
		return 0;
	return list.n == 0 ? say(k, "no other node has all of its storages: only %s", k->because.p)
			   : remark(k, "it can only go to %s: only %s", list.p, k->because.p);
}

/* "hostpci0", "usb1": the name and a number. */
static bool is_numbered(const char *key, const char *name)
{
	size_t n = strlen(name);

	return strncmp(key, name, n) == 0 && key[n] &&
	       key[n + strspn(key + n, "0123456789")] == '\0';
}

/* Whether a list between commas has @part, whatever the case of its letters. */
static bool has_part(const char *list, const char *part)
{
	size_t n = strlen(part);

	for (const char *c = list;; c++) {
		size_t length = strcspn(c, ",");

		if (length == n && strncasecmp(c, part, n) == 0)
			return true;
		c += length;
		if (*c == '\0')
			return false;
	}
}

static bool is_spice(const char *value)
{
	return has_part(value, "spice") || has_part(value, "host=spice");
}

static bool is_socket(const char *value)
{
	return strcmp(value, "socket") == 0;
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
		{ "hostusb", "a USB device of this node" },
		{ "hostpci", "a PCI device of this node" },
	};
	static const struct {
		const char *name;
		bool (*harmless)(const char *value); /* it is not of this node */
		const char *what;
	} kinds[] = {
		{ "hostpci", NULL, "a PCI device of this node" },
		{ "usb", is_spice, "a USB device of this node" },
		{ "serial", is_socket, "a serial port of this node" },
		{ "parallel", NULL, "a parallel port of this node" },
		{ "virtiofs", NULL, "a directory of this node" },
	};
	const struct ri_vmsection *m = &k->vm->conf->v[0];

	for (size_t i = 0; i < m->n; i++) {
		for (size_t j = 0; j < sizeof kinds / sizeof kinds[0]; j++)
			if (is_numbered(m->v[i].key, kinds[j].name) &&
			    !(kinds[j].harmless && kinds[j].harmless(m->v[i].value)) &&
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
	if (ri_drives_of(&k->vm->conf->v[0], &d, k->e) < 0)
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

bool ri_migration_needs_machine(const struct ri_vmconf *c)
{
	const char *vga = ri_vmsection_get(&c->v[0], "vga");

	return vga && has_part(vga, "clipboard=vnc");
}

/* "pc-i440fx-9.2+pve1": what stands behind the first "-" that has a number after it. */
static bool version_of(const char *machine, unsigned long *major, unsigned long *minor)
{
	char *dot;

	for (const char *c = strchr(machine, '-'); c; c = strchr(c + 1, '-')) {
		if (c[1] < '0' || c[1] > '9')
			continue;
		*major = strtoul(c + 1, &dot, 10);
		if (*dot != '.' || dot[1] < '0' || dot[1] > '9')
			continue;
		*minor = strtoul(dot + 1, NULL, 10);
		return true;
	}
	return false;
}

static int without_clipboard(struct checking *k, unsigned long major, unsigned long minor)
{
	RI_BUF rest = { 0 };

	for (const char *c = ri_vmsection_get(&k->vm->conf->v[0], "vga"); *c; c += *c == ',') {
		size_t n = strcspn(c, ",");

		if (n != strlen("clipboard=vnc") || strncasecmp(c, "clipboard=vnc", n) != 0)
			ri_buf_addf(&rest, "%s%.*s", rest.n > 0 ? "," : "", (int)n, c);
		c += n;
	}
	if (ri_buf_check(&rest, k->e) < 0)
		return -1;
	return say(k,
	    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and it has %lu.%lu; "
	    "without it from the next start on: qm set %u --%s%s",
	    major, minor, k->vm->vmid, rest.n > 0 ? "vga " : "delete vga",
	    rest.n > 0 ? rest.p : "");
}

/* Since qemu-server 9 a machine of version 10.1 can take its clipboard along; with 8 none can. */
static int clipboard(struct checking *k)
{
	const struct ri_miglive *l = &k->vm->live;
	const char *fixed = ri_vmsection_get(&k->vm->conf->v[0], "machine");
	const char *machine = *l->machine ? l->machine : !l->running && fixed ? fixed : "";
	unsigned long major = 0, minor = 0;

	if (!ri_migration_needs_machine(k->vm->conf))
		return 0;
	if (!version_of(machine, &major, &minor)) {
		if (!l->running)
			return remark(k,
			    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, "
			    "which it will have is not known before it runs");
		return say(k,
		    "vga: clipboard=vnc keeps a machine of a version before 10.1 from moving, and which "
		    "it has is not known");
	}
	if (major > 10 || (major == 10 && minor >= 1))
		return 0;
	return without_clipboard(k, major, minor);
}

/* The target runs its pre-start, and stops where the file is not (GuestHelpers.pm:exec_hookscript). */
static int hookscript(struct checking *k)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	const char *file = ri_vmsection_get(&k->vm->conf->v[0], "hookscript");
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	if (!file || !worked(k, ri_volid_parse(file, &id, &why), &why))
		return 0;
	s = ri_storages_find(k->vm->storages, id.storage);
	if (!s)
		return say(k, "hookscript: storage.cfg has no storage of %s", file);
	if (s->shared)
		return 0;
	return remark(k,
	    "hookscript: %s is %s; where the target has no such file, the migration ends there",
	    file,
	    s->shared_known ? "a file of this node"
			    : "on a storage of which is not known whether it is shared");
}

int ri_migration_check(const struct ri_migvm *vm, struct ri_migverdict *out, struct ri_err *e)
{
	RI_ON_EXIT(checking_end) struct checking k = { .vm = vm, .out = out, .e = e };
	const struct ri_vmconf *c = vm->conf;
	const char *lock = ri_vmsection_get(&c->v[0], "lock");

	if (lock && say(&k, "the configuration is locked (%.40s)", lock) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind != RI_VMSEC_UNKNOWN && c->v[i].kind != RI_VMSEC_SPECIAL &&
		    volumes(&k, &c->v[i]) < 0)
			return -1;
	if (targets(&k) < 0 || resources(&k) < 0 || clipboard(&k) < 0 || hookscript(&k) < 0 ||
	    running(&k, &vm->live) < 0)
		return -1;
	return k.oom ? ri_nomem(e) : 0;
}
