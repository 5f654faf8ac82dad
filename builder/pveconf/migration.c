// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/migration_internal.h"
#include "pveconf/storage_types.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid_path.h"

static void check_end(struct ri_migcheck *k)
{
	ri_strv_free(&k->nodes);
	ri_buf_free(&k->because);
	ri_strv_free(&k->volids);
	ri_strv_free(&k->paths);
}

void ri_migverdict_free(struct ri_migverdict *v)
{
	ri_strv_free(&v->blockers);
	ri_strv_free(&v->remarks);
}

/* A volume where it is named. */
struct place {
	const struct ri_drive *d;
	const struct ri_vmsection *section;
	const struct ri_storage *storage; /* NULL: it is on none that is known */
	struct ri_volid id;
	bool named; /* it has a name as its storage's type gives them, and so an owner */
	bool clone; /* a linked one */
	unsigned owner;
	char *path;
};

static void place_end(struct place *p)
{
	ri_volid_free(&p->id);
	free(p->path);
}

static void find(struct ri_migcheck *k, struct place *p)
{
	RI_ON_EXIT(ri_volname_free) struct ri_volname name = { 0 };
	struct ri_err why = { 0 };
	RI_BUF path = { 0 };

	if (!ri_volid_is(p->d->file) ||
	    !ri_mig_worked(k, ri_volid_parse(p->d->file, &p->id, &why), &why))
		return;
	p->storage = ri_storages_find(k->vm->storages, p->id.storage);
	if (!p->storage ||
	    !ri_mig_worked(k, ri_volname_parse(p->storage, p->id.volname, &name, &why), &why))
		return;
	p->named = true;
	p->clone = name.base_name != NULL;
	p->owner = name.vmid;
	if (!ri_mig_worked(k, ri_volname_path(p->storage, &name, &path, &why), &why))
		return;
	p->path = ri_buf_steal(&path);
	k->oom = k->oom || !p->path;
}

static const char *where(const struct place *p)
{
	return p->section->kind == RI_VMSEC_MAIN      ? ""
	       : p->section->kind == RI_VMSEC_PENDING ? "pending "
						      : "snapshot's ";
}

/* A storage that some nodes have. @return 1: the target has it not, and that is said; 0; -1. */
static int of_nodes(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_storage *s = p->storage;
	RI_BUF text = { 0 };

	if (k->vm->target && ri_strv_has(&s->nodes, k->vm->target))
		return 0;
	if (k->vm->target)
		ri_mig_list(&s->nodes, &text);
	else
		ri_buf_addf(&text, "have %s", s->id);
	if (ri_buf_check(&text, k->e) < 0)
		return -1;
	if (!k->vm->target)
		return ri_mig_only(k, &s->nodes, text.p);
	return ri_mig_say(k, "%s%s: %s: the storage '%s' is not for %s, but for %s", where(p),
		   p->d->key, p->d->file, s->id, k->vm->target, text.p) < 0
		   ? -1
		   : 1;
}

/*
 * Whether this node and the target may use the storage for it: Proxmox asks that of every volume
 * (storage_check_enabled, target_storage_check_available). @return 1: no, and that is said; 0; -1.
 */
static int refused(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_storage *s = p->storage;
	bool iso = strncmp(p->id.volname, "iso/", 4) == 0;
	struct ri_err why = { 0 };

	if (s->disable)
		return ri_mig_say(k,
			   "%s%s: the storage of %s is disabled; pvesm set %s --disable 0",
			   where(p), p->d->key, p->d->file, s->id) < 0
			   ? -1
			   : 1;
	if (ri_storage_enabled(s, k->vm->node, &why) < 0)
		return !ri_mig_worked(k, -1, &why) && ri_mig_say(k, "%s%s: %s: %s", where(p),
							  p->d->key, p->d->file, why.msg) < 0
			   ? -1
			   : 1;
	if (iso ? !s->isos : !s->images)
		return ri_mig_say(k,
			   "%s%s: %s: the storage '%s' does not have '%s' in its content; add it",
			   where(p), p->d->key, p->d->file, s->id, iso ? "iso" : "images") < 0
			   ? -1
			   : 1;
	return s->nodes_given ? of_nodes(k, p) : 0;
}

static int cdrom(struct ri_migcheck *k, const struct place *p, const char *what)
{
	if (p->section->kind == RI_VMSEC_SNAPSHOT)
		return ri_mig_say(k,
		    "the snapshot '%s' has %s with %s (%s); delete it: qm delsnapshot %u %s",
		    p->section->name, p->d->key, what, p->d->file, k->vm->vmid, p->section->name);
	return ri_mig_say(k, "%s%s: %s is %s; qm set %u --%s none,media=cdrom", where(p), p->d->key,
	    p->d->file, what, k->vm->vmid, p->d->key);
}

/* What ramimg detach takes out of a running VM (pveconf/qemu_names.h). */
static bool comes_out(const char *key)
{
	return strncmp(key, "scsi", 4) == 0 || strncmp(key, "virtio", 6) == 0;
}

/* Storages whose volumes are copied (QemuMigrate.pm:scan_local_volumes, "not supported"). */
static bool is_copied(const struct ri_storage *s)
{
	return s->type == RI_STORAGE_DIR || s->type == RI_STORAGE_BTRFS ||
	       s->type == RI_STORAGE_ZFSPOOL || s->type == RI_STORAGE_LVM ||
	       s->type == RI_STORAGE_LVMTHIN;
}

/* A volume that goes by two names. @return 1: that is said; 0; -1. */
static int alias(struct ri_migcheck *k, const struct place *p)
{
	for (size_t i = 0; p->path && i < k->paths.n; i++)
		if (strcmp(k->paths.v[i], p->path) == 0 && strcmp(k->volids.v[i], p->d->file) != 0)
			return ri_mig_say(k,
				   "%s%s: %s is the same as %s, and Proxmox VE moves none that has two names",
				   where(p), p->d->key, p->d->file, k->volids.v[i]) < 0
				   ? -1
				   : 1;
	if (p->path && (ri_strv_add(&k->paths, p->path, k->e) < 0 ||
			   ri_strv_add(&k->volids, p->d->file, k->e) < 0))
		return -1;
	return 0;
}

/* What Proxmox refuses to copy, whatever it is for. @return 1: that is said; 0; -1. */
static int uncopied(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_drive *d = p->d;
	int rc;

	if (!is_copied(p->storage))
		rc = ri_mig_say(k,
		    "%s%s: %s: Proxmox VE copies no volumes of storages of the type '%s'; move it to "
		    "shared storage",
		    where(p), d->key, d->file, p->storage->type_name);
	else if (p->clone)
		rc = ri_mig_say(k,
		    "%s%s: %s is a linked clone on local storage, which is not copied", where(p),
		    d->key, d->file);
	else if (p->named && p->owner != k->vm->vmid && d->cloudinit)
		rc = ri_mig_say(k,
		    "%s%s: %s is the cloud-init drive of VM %u; Proxmox VE would copy it along and "
		    "remove it here",
		    where(p), d->key, d->file, p->owner);
	else if (p->named && p->owner != k->vm->vmid)
		rc = ri_mig_say(k, "%s%s: %s is a volume of VM %u, which does not move along",
		    where(p), d->key, d->file, p->owner);
	else
		return d->cloudinit ? 0 : alias(k, p);
	return rc < 0 ? -1 : 1;
}

/* Whether a job sends it (QemuConfig.pm:get_replicatable_volumes). */
static bool is_replicated(const struct ri_migcheck *k, const struct place *p)
{
	return ri_mig_replicated(k) && p->storage->type == RI_STORAGE_ZFSPOOL &&
	       !ri_strv_has(&p->d->opts, "replicate=0");
}

/* A job that cannot send one of the VM's volumes fails, and the migration with it. @return as uncopied. */
static int unreplicated(struct ri_migcheck *k, const struct ri_drive *d, const char *in,
    const char *type)
{
	if (!ri_mig_replicated(k) || ri_strv_has(&d->opts, "replicate=0"))
		return 0;
	return ri_mig_say(k,
		   "%s%s: %s is %s, which the VM's replication job cannot send, so that it fails, and the "
		   "migration with it; add replicate=0 to it, or remove the job",
		   in, d->key, d->file, type) < 0
		   ? -1
		   : 1;
}

/* In a snapshot, pending, or unused: sent to the target each time. */
static int copied(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_drive *d = p->d;

	if (is_replicated(k, p))
		return ri_mig_remark(k,
		    "%s%s: %s is replicated; what is not yet on the target is sent first", where(p),
		    d->key, d->file);
	if (p->section->kind == RI_VMSEC_SNAPSHOT)
		return ri_mig_say(k,
		    "the snapshot '%s' has %s on local storage (%s); delete it: qm delsnapshot %u %s",
		    p->section->name, d->key, d->file, k->vm->vmid, p->section->name);
	return ri_mig_say(k,
	    "%s%s: %s on local storage would be copied along; move it to shared storage, or "
	    "remove it",
	    where(p), d->key, d->file);
}

/* A disk on storage that only this node has. */
static int local(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_drive *d = p->d;
	int rc = uncopied(k, p);

	if (rc == 0 && !d->cdrom && p->storage->type != RI_STORAGE_ZFSPOOL)
		rc = unreplicated(k, d, where(p), "on storage without replication");
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (d->cloudinit)
		return 0; /* copied without the guest's notice, as is the state of a TPM */
	if (p->section->kind != RI_VMSEC_MAIN || strncmp(d->key, "unused", 6) == 0)
		return copied(k, p);
	if (strncmp(d->key, "tpmstate", 8) == 0)
		return 0;
	return ri_mig_say(k, "%s: %s is on local storage; %smove it", d->key, d->file,
	    comes_out(d->key) ? "detach it (ramimg detach), or " : "");
}

/* A path: of this node alone, or of all nodes if it says so. */
static int path_of_host(struct ri_migcheck *k, const struct place *p)
{
	const struct ri_drive *d = p->d;

	if (ri_strv_has(&d->opts, "shared=1"))
		return d->cdrom || unreplicated(k, d, where(p), "a path") >= 0 ? 0 : -1;
	return d->cdrom ? cdrom(k, p, "a device or file of this node")
			: ri_mig_say(k, "%s%s: %s is a device or file of this node", where(p),
			      d->key, d->file);
}

static int volume(struct ri_migcheck *k, const struct ri_drive *d, const struct ri_vmsection *s)
{
	RI_ON_EXIT(place_end) struct place p = { .d = d, .section = s };
	int rc;

	if (d->cdrom && strcmp(d->file, "none") == 0)
		return 0;
	if (d->cdrom && strcmp(d->file, "cdrom") == 0)
		return cdrom(k, &p, "the host's own CD drive");
	if (d->file[0] == '/')
		return path_of_host(k, &p);
	find(k, &p);
	if (!p.storage)
		return ri_mig_say(k, "%s%s: storage.cfg has no storage of %s", where(&p), d->key,
		    d->file);
	rc = refused(k, &p);
	if (rc != 0 || p.storage->shared)
		return rc < 0 ? -1 : 0;
	if (!p.storage->shared_known)
		return ri_mig_say(k,
		    "%s%s: %s: whether the storage '%s' is shared is not known; only the plugin of its "
		    "type, '%s', could tell",
		    where(&p), d->key, d->file, p.storage->id, p.storage->type_name);
	return d->cdrom && !d->cloudinit ? cdrom(k, &p, "an ISO on local storage") : local(k, &p);
}

/* The memory of a snapshot or of a VM that sleeps: a volume like others (foreach_volid's extra_keys). */
static int vmstate(struct ri_migcheck *k, const struct ri_vmsection *s)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };
	const char *value = ri_vmsection_get(s, "vmstate");
	struct ri_err why = { 0 };

	return value && ri_mig_worked(k, ri_drive_parse("vmstate", value, &d, &why), &why)
		   ? volume(k, &d, s)
		   : 0;
}

static int volumes(struct ri_migcheck *k, const struct ri_vmsection *s)
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
static int targets(struct ri_migcheck *k)
{
	RI_BUF list = { 0 };

	for (size_t i = 0; i < k->nodes.n; i++)
		if (strcmp(k->nodes.v[i], k->vm->node) != 0)
			ri_buf_addf(&list, "%s%s", list.n > 0 ? ", " : "", k->nodes.v[i]);
	if (ri_buf_check(&list, k->e) < 0)
		return -1;
	if (!k->restricted)
		return 0;
	return list.n == 0
		   ? ri_mig_say(k, "no other node has all that it needs: only %s", k->because.p)
		   : ri_mig_remark(k, "it can only go to %s: only %s", list.p, k->because.p);
}

/* Whether the target of a migration would have the drive: Proxmox drops a line with disabled=1. */
static int target_has(struct ri_migcheck *k, const char *key, bool *has)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	*has = false;
	if (ri_drives_of(&k->vm->conf->v[0], &d, k->e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++)
		*has = *has || (d.v[i].valid && strcmp(d.v[i].key, key) == 0);
	return 0;
}

static int running(struct ri_migcheck *k, const struct ri_miglive *l)
{
	bool has;

	if (!l->running || !l->key)
		return 0;
	if (target_has(k, l->key, &has) < 0)
		return -1;
	if (has && !l->disk)
		return ri_mig_say(k,
		    "%s: is out of the running QEMU and still in the configuration; ramimg detach goes on",
		    l->key);
	if (!has && l->disk)
		return ri_mig_say(k,
		    "%s: the running QEMU has it but the configuration does not; ramimg detach goes on",
		    l->key);
	if (!has && l->controller)
		return ri_mig_say(k,
		    "%s: is left in the running QEMU without a disk, and the target would not have it; "
		    "ramimg detach goes on",
		    l->controller_id);
	return 0;
}

/* The target runs its pre-start, and stops where the file is not (GuestHelpers.pm:exec_hookscript). */
static int hookscript(struct ri_migcheck *k)
{
	RI_ON_EXIT(ri_volid_free) struct ri_volid id = { 0 };
	const char *file = ri_vmsection_get(&k->vm->conf->v[0], "hookscript");
	const struct ri_storage *s;
	struct ri_err why = { 0 };

	if (!file || !ri_mig_worked(k, ri_volid_parse(file, &id, &why), &why))
		return 0;
	s = ri_storages_find(k->vm->storages, id.storage);
	if (!s)
		return ri_mig_say(k, "hookscript: storage.cfg has no storage of %s", file);
	if (s->shared)
		return 0;
	return ri_mig_remark(k,
	    "hookscript: %s is %s; where the target has no such file, the migration ends there",
	    file,
	    s->shared_known ? "a file of this node"
			    : "on a storage of which is not known whether it is shared");
}

/* What keeps any migration from beginning (QemuConfig.pm:check_lock; a template does not run). */
static int state(struct ri_migcheck *k)
{
	const struct ri_vmsection *m = &k->vm->conf->v[0];
	const char *lock = ri_vmsection_get(m, "lock"), *template = ri_vmsection_get(m, "template");

	if (lock && ri_mig_say(k, "the configuration is locked (%.40s)", lock) < 0)
		return -1;
	if (template && strcmp(template, "0") != 0 &&
	    ri_mig_say(k, "it is a template, which never runs; clone it: qm clone %u NEWID",
		k->vm->vmid) < 0)
		return -1;
	return 0;
}

bool ri_migration_needs_machine(const struct ri_vmconf *c)
{
	return ri_mig_has_clipboard(c);
}

int ri_migration_check(const struct ri_migvm *vm, struct ri_migverdict *out, struct ri_err *e)
{
	static const struct ri_cluster nothing;
	RI_ON_EXIT(check_end) struct ri_migcheck k = { .vm = vm, .out = out, .e = e };
	const struct ri_vmconf *c = vm->conf;

	k.cluster = vm->cluster ? vm->cluster : &nothing;
	if (state(&k) < 0)
		return -1;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind != RI_VMSEC_UNKNOWN && c->v[i].kind != RI_VMSEC_SPECIAL &&
		    volumes(&k, &c->v[i]) < 0)
			return -1;
	if (ri_mig_devices(&k) < 0 || hookscript(&k) < 0 || running(&k, &vm->live) < 0 ||
	    ri_mig_replication(&k) < 0 || ri_mig_ha(&k) < 0 || targets(&k) < 0 ||
	    ri_mig_unknown(&k) < 0)
		return -1;
	return k.oom ? ri_nomem(e) : 0;
}
