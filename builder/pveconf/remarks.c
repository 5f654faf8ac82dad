// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/remarks.h"
#include "pveconf/vmconf_drive.h"

#include <strings.h>

void ri_remarks_free(struct ri_remarks *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->v[i].text);
	free(r->v);
	*r = (struct ri_remarks){ 0 };
}

/* Append a remark, whose text @said becomes; *@said is empty afterwards. */
static int add(struct ri_remarks *out, const char *code, struct ri_buf *said, struct ri_err *e)
{
	struct ri_remark *v;
	char *text;

	if (ri_buf_check(said, e) < 0)
		return -1;
	v = reallocarray(out->v, out->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	out->v = v;
	text = ri_buf_steal(said);
	if (!text)
		return ri_nomem(e);
	v[out->n++] = (struct ri_remark){ code, text };
	return 0;
}

static void list(struct ri_buf *out, const struct ri_strv *names)
{
	for (size_t i = 0; i < names->n; i++)
		ri_buf_addf(out, "%s%s", i > 0 ? ", " : "", names->v[i]);
}

static const struct ri_vmsection *pending_of(const struct ri_vmconf *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].kind == RI_VMSEC_PENDING)
			return &c->v[i];
	return NULL;
}

/* Where the drive is. */
enum place {
	MAIN,
	DISABLED, /* there, and Proxmox drops the line */
	PENDING,
	UNUSED, /* unusedN, or in no configuration */
};

/* The drive's line, where there is one. @return 0; -1 RI_E_NOMEM. */
static int find(const struct ri_vmconf *c, const char *key, struct ri_drive *line,
    enum place *place, struct ri_err *e)
{
	const struct ri_vmsection *pending = pending_of(c);
	const char *main = ri_vmsection_get(&c->v[0], key);
	const char *value = main || !pending ? main : ri_vmsection_get(pending, key);
	struct ri_err why = { 0 };

	*place = main ? MAIN : value ? PENDING : UNUSED;
	if (!value)
		return 0;
	if (ri_drive_parse(key, value, line, &why) < 0) {
		if (why.code == RI_E_NOMEM)
			*e = why;
		return why.code == RI_E_NOMEM ? -1 : 0;
	}
	if (main && !line->valid)
		*place = DISABLED;
	return 0;
}

/* Boolean as in a drive's line (JSONSchema.pm:parse_boolean). */
static bool is_false(const char *s)
{
	static const char *const words[] = { "0", "no", "off", "false" };

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcasecmp(words[i], s) == 0)
			return true;
	return false;
}

static bool left_out(const struct ri_drive *line)
{
	static const char backup[] = "backup=";

	for (size_t i = 0; i < line->opts.n; i++)
		if (strncmp(line->opts.v[i], backup, strlen(backup)) == 0)
			return is_false(line->opts.v[i] + strlen(backup));
	return false;
}

int ri_drive_is_backed_up(const struct ri_vmconf *c, const char *key, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive line = { 0 };
	enum place place;

	if (find(c, key, &line, &place, e) < 0)
		return -1;
	return !left_out(&line);
}

/* "backups have no scsi0 (jobs: backup-1; not known: …)". */
static int coming_backup(const struct ri_remark_vm *vm, struct ri_remarks *out, struct ri_err *e)
{
	const struct ri_backups *b = vm->backups;
	int rc = ri_drive_is_backed_up(vm->conf, vm->key, e);
	RI_BUF said = { 0 };

	if (rc <= 0)
		return rc;
	ri_buf_addf(&said, "backups have no %s", vm->key);
	if (b->jobs.n > 0) {
		ri_buf_addf(&said, " (job%s ", b->jobs.n > 1 ? "s" : "");
		list(&said, &b->jobs);
		ri_buf_add_str(&said, ")");
	}
	if (b->not_known.n > 0) {
		ri_buf_add_str(&said, " (not known: ");
		list(&said, &b->not_known);
		ri_buf_add_str(&said, ")");
	}
	return add(out, "backup", &said, e);
}

/* What holds of it whoever starts the VM next. */
static int coming_start(const struct ri_remark_vm *vm, enum ri_detach_way way,
    struct ri_remarks *out, struct ri_err *e)
{
	RI_BUF said = { 0 };

	if (way == RI_DETACH_BY_HAND) {
		ri_buf_add_str(&said, "its line is gone once Proxmox VE writes the configuration");
		return add(out, "by-hand", &said, e);
	}
	if (way == RI_DETACH_UNUSED) {
		ri_buf_addf(&said, "the next start has no disk unless ramimg attach %u comes first",
		    vm->vmid);
		return add(out, "unused", &said, e);
	}
	ri_buf_addf(&said, "\"Revert\" in the GUI makes %s an unused disk", vm->key);
	if (add(out, "revert", &said, e) < 0)
		return -1;
	ri_buf_addf(&said,
	    "after a poweroff inside the guest, or a crash, %s stays pending until the next start",
	    vm->key);
	return add(out, "poweroff", &said, e);
}

int ri_remarks_of_detach(const struct ri_remark_vm *vm, enum ri_detach_way way,
    struct ri_remarks *out, struct ri_err *e)
{
	RI_BUF said = { 0 };

	if (coming_backup(vm, out, e) < 0)
		return -1;
	ri_buf_addf(&said, "snapshots have no %s%s", vm->key,
	    way == RI_DETACH_UNUSED ? "" : ", and a rollback to one loses it");
	if (add(out, "snapshot", &said, e) < 0)
		return -1;
	ri_buf_addf(&said, "clones and templates have no %s", vm->key);
	if (add(out, "clone", &said, e) < 0)
		return -1;
	return coming_start(vm, way, out, e);
}

/* Its next start goes on from the saved RAM and applies nothing (vm_start_nolock: `!$resume`). */
static bool hibernated(const struct ri_remark_vm *vm)
{
	const char *lock = ri_vmsection_get(&vm->conf->v[0], "lock");

	return lock && strcmp(lock, "suspended") == 0;
}

static int locked(const struct ri_remark_vm *vm, struct ri_remarks *out, struct ri_err *e)
{
	const char *lock = ri_vmsection_get(&vm->conf->v[0], "lock");
	RI_BUF said = { 0 };

	if (!lock)
		return 0;
	if (hibernated(vm)) {
		ri_buf_add_str(&said,
		    "it is hibernated: its next start goes on with the RAM that was saved, and applies "
		    "nothing that is pending");
		return add(out, "hibernated", &said, e);
	}
	ri_buf_addf(&said,
	    "lock: %.40s keeps Proxmox VE from starting or changing it; wait for that to end, or, if "
	    "it died: qm unlock %u",
	    lock, vm->vmid);
	return add(out, "locked", &said, e);
}

static int pending_delete(const struct ri_remark_vm *vm, struct ri_remarks *out, struct ri_err *e)
{
	const struct ri_vmsection *pending = pending_of(vm->conf);
	RI_BUF said = { 0 };

	if (!pending || !ri_strv_has(&pending->deletes, vm->key))
		return 0;
	ri_buf_addf(&said,
	    "the next start deletes %s from the configuration, since that is pending; if that is not "
	    "meant: qm set %u --revert %s",
	    vm->key, vm->vmid, vm->key);
	return add(out, "delete-pending", &said, e);
}

/* Whether a snapshot has the drive, or its volume as another one. @return 1, 0; -1. */
static int has_drive(const struct ri_vmsection *snapshot, const char *key, const char *file,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_drives_free) struct ri_drives d = { 0 };

	if (ri_drives_of(snapshot, &d, e) < 0)
		return -1;
	for (size_t i = 0; i < d.n; i++)
		if (d.v[i].valid &&
		    (strcmp(d.v[i].key, key) == 0 || (file && strcmp(d.v[i].file, file) == 0)))
			return 1;
	return 0;
}

static int snapshots(const struct ri_remark_vm *vm, const struct ri_drive *line, enum place place,
    struct ri_remarks *out, struct ri_err *e)
{
	RI_STRV names = { 0 };
	RI_BUF said = { 0 };

	for (size_t i = 0; i < vm->conf->n; i++) {
		const struct ri_vmsection *s = &vm->conf->v[i];
		int has = s->kind == RI_VMSEC_SNAPSHOT ? has_drive(s, vm->key, line->file, e) : 1;

		if (has < 0 || (!has && ri_strv_add(&names, s->name, e) < 0))
			return -1;
	}
	if (names.n == 0)
		return 0;
	ri_buf_addf(&said, "snapshot%s ", names.n > 1 ? "s" : "");
	list(&said, &names);
	ri_buf_addf(&said, " without %s: after a rollback %s", vm->key,
	    place == PENDING ? "its volume is in no configuration" : "it is an unused disk");
	if (place == PENDING)
		ri_buf_addf(&said, " (then: qm disk rescan --vmid %u)", vm->vmid);
	return add(out, "snapshot", &said, e);
}

static int backups(const struct ri_remark_vm *vm, struct ri_remarks *out, struct ri_err *e)
{
	const struct ri_backups *b = vm->backups;
	RI_BUF said = { 0 };

	if (b->jobs.n > 0) {
		ri_buf_addf(&said, "backup job%s ", b->jobs.n > 1 ? "s" : "");
		list(&said, &b->jobs);
		ri_buf_addf(&said, " cover%s it, without %s while that is detached",
		    b->jobs.n > 1 ? "" : "s", vm->key);
		if (add(out, "backup", &said, e) < 0)
			return -1;
	}
	if (b->stops.n > 0 && vm->running) {
		ri_buf_addf(&said, "backup job%s ", b->stops.n > 1 ? "s" : "");
		list(&said, &b->stops);
		ri_buf_addf(&said, " shut%s it down (mode stop), and what it has in RAM is lost",
		    b->stops.n > 1 ? "" : "s");
		if (add(out, "backup-stops", &said, e) < 0)
			return -1;
	}
	if (b->not_known.n == 0)
		return 0;
	ri_buf_add_str(&said, "whether a backup job covers it is not known: ");
	list(&said, &b->not_known);
	return add(out, "backup-not-known", &said, e);
}

/* What the place of a drive means that is not in the main section. */
static int placed(const struct ri_remark_vm *vm, enum place place, struct ri_remarks *out,
    struct ri_err *e)
{
	RI_BUF said = { 0 };

	switch (place) {
	case MAIN:
		return 0;
	case PENDING:
		if (vm->running || hibernated(vm))
			return 0;
		ri_buf_addf(&said,
		    "%s is only pending, since it ended without Proxmox VE: until its next start backups, "
		    "clones, snapshots and templates have no %s; to have it back now: ramimg attach %u",
		    vm->key, vm->key, vm->vmid);
		return add(out, "pending-not-applied", &said, e);
	case UNUSED:
		ri_buf_addf(&said,
		    "%s is an unused disk now, as detach.config = \"unused\" and \"Revert\" in the GUI "
		    "leave it: the next start has no disk; to have it back: ramimg attach %u",
		    vm->key, vm->vmid);
		return add(out, "unused", &said, e);
	case DISABLED:
		break;
	}
	ri_buf_addf(&said,
	    "%s: Proxmox VE drops the line with disabled=1 when it writes the configuration; to have it "
	    "back: ramimg attach %u",
	    vm->key, vm->vmid);
	return add(out, "by-hand", &said, e);
}

int ri_remarks_of_age(const char *newer, struct ri_remarks *out, struct ri_err *e)
{
	RI_BUF said = { 0 };

	ri_buf_addf(&said,
	    "the disk was changed since it was built: %s; what runs from RAM is older until the VM is "
	    "stopped and built again",
	    newer);
	return add(out, "older", &said, e);
}

int ri_remarks_of_slim(struct ri_remarks *out, struct ri_err *e)
{
	RI_BUF said = { 0 };

	ri_buf_add_str(&said,
	    "the disk is a slim image, which has no root: there is no entry that boots from it, and a start "
	    "that does not get into RAM ends as slim.on_failure said when it was built");
	return add(out, "slim", &said, e);
}

static bool is_same(const struct ri_vm_memory *a, const struct ri_vm_memory *b)
{
	return a->memory == b->memory && a->boot == b->boot && a->balloon == b->balloon &&
	       a->cpus == b->cpus;
}

/* Whether DIMMs were there in time is decided by now. */
static void say_now(const struct ri_ram_compared *now, struct ri_buf *out)
{
	unsigned long long need = now->least, memory = now->vm.memory, least = now->vm.balloon;
	enum ri_ram_fit fit = ri_ram_fit(now->least, &now->vm);

	if (fit == RI_RAM_TOO_LITTLE)
		ri_buf_addf(out,
		    "as it runs now it has %llu MiB of memory, where the root that was built needs %llu MiB: "
		    "it came up from its disk, or was built later",
		    memory, need);
	else if (fit != RI_RAM_NOT_KNOWN && least < need)
		ri_buf_addf(out,
		    "as it runs now, the balloon may take all but %llu of its %llu MiB of memory, where its "
		    "root needs %llu MiB",
		    least, memory, need);
}

static int kept(unsigned vmid, const struct ri_vm_memory *vm, struct ri_remarks *out,
    struct ri_err *e)
{
	RI_BUF said = { 0 };

	ri_buf_addf(&said,
	    "with balloon: 0 there is no balloon device, and what the guest frees once it is up stays taken "
	    "from the host and is migrated; to have it back without the host taking any: qm set %u --balloon %llu",
	    vmid, (unsigned long long)vm->memory);
	return add(out, "memory-kept", &said, e);
}

int ri_remarks_of_memory(unsigned vmid, const struct ri_ram_compared *next,
    const struct ri_ram_compared *now, struct ri_remarks *out, struct ri_err *e)
{
	RI_BUF then = { 0 };
	RI_BUF today = { 0 };

	if (!is_same(&now->vm, &next->vm))
		say_now(now, &today);
	if ((today.n > 0 || today.oom) && add(out, "memory-now", &today, e) < 0)
		return -1;
	ri_ram_fit_say(next->least, &next->vm, vmid, &then);
	if ((then.n > 0 || then.oom) && add(out, "memory", &then, e) < 0)
		return -1;
	return next->least > 0 && next->vm.no_balloon ? kept(vmid, &next->vm, out, e) : 0;
}

int ri_remarks_of_vm(const struct ri_remark_vm *vm, struct ri_remarks *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive line = { 0 };
	enum place place;

	if (locked(vm, out, e) < 0)
		return -1;
	if (!*vm->key)
		return 0;
	if (find(vm->conf, vm->key, &line, &place, e) < 0 || placed(vm, place, out, e) < 0 ||
	    pending_delete(vm, out, e) < 0 || snapshots(vm, &line, place, out, e) < 0)
		return -1;
	return place == MAIN || left_out(&line) ? 0 : backups(vm, out, e);
}
