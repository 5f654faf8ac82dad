// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "detach/status.h"
#include "detach/behind.h"
#include "detach/ram_status.h"
#include "pveconf/boot_drive.h"
#include "pveconf/qemu_names.h"
#include "pvehost/cluster.h"
#include "qemu/qmp_disk.h"

#define MONITOR_WAIT_MS 5000

static void status_end(struct ri_vmstatus *s)
{
	free(s->name);
	free(s->node);
	free(s->how);
	ri_migverdict_free(&s->migration);
	ri_remarks_free(&s->remarks);
}

void ri_vmstatuses_free(struct ri_vmstatuses *s)
{
	for (size_t i = 0; i < s->n; i++)
		status_end(&s->v[i]);
	free(s->v);
	*s = (struct ri_vmstatuses){ 0 };
}

static int remark(const struct ri_pvevm *vm, const struct ri_boot_drive *d, struct ri_vmstatus *s,
    struct ri_err *e)
{
	struct ri_err why = { 0 };

	return ri_boot_drive_check(d, vm->vmid, &why) < 0
		   ? ri_strv_add(&s->migration.remarks, why.msg, e)
		   : 0;
}

/* The disk in question: the one it boots from, or the one that was taken out. */
static int find_disk(const struct ri_pvevm *vm, struct ri_vmstatus *s, struct ri_err *e)
{
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
	bool out;

	if (ri_boot_drive_find(&vm->conf, s->pid != 0, &d, e) < 0)
		return -1;
	out = ri_boot_drive_is_out(&d);
	s->config = ri_boot_drive_word(&d);
	if (out || d.place == RI_BOOT_ATTACHED) {
		memcpy(s->key, d.key, sizeof s->key);
		s->disk = out ? RI_DISK_DETACHED : RI_DISK_ATTACHED;
		return 0;
	}
	/* That it boots from no hard disk at all is nothing to remark. */
	return d.place == RI_BOOT_NONE ? 0 : remark(vm, &d, s, e);
}

/* Only an agent that the configuration has is asked: without one it would be a wait for nothing. */
static bool has_agent(const struct ri_pvevm *vm)
{
	const char *agent = ri_vmsection_get(&vm->conf.v[0], "agent");

	return agent && (strncmp(agent, "1", 1) == 0 || strstr(agent, "enabled=1"));
}

/* @d: its disk; NULL: one that cannot be unplugged. */
static int ask_guest(const struct ri_pvehost *h, const struct ri_pvevm *vm, unsigned agent_ms,
    const struct ri_qemu_names *d, struct ri_vmstatus *s, bool *released, struct ri_err *e)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };
	struct ri_err why = { 0 };

	*released = false;
	if (!has_agent(vm)) {
		s->how = strdup("the VM has no guest agent (agent: 1)");
	} else if (ri_ram_status_ask(h, vm->vmid, d, agent_ms, &m, &why) == 0) {
		s->root = m.in_ram ? RI_ROOT_RAM : RI_ROOT_DISK;
		if (m.in_ram)
			s->form = m.compressed ? "compressed" : "tmpfs";
		*released = m.in_ram && m.kept.n == 0 && m.released.n > 0;
		s->how = strdup("guest agent");
	} else if (why.code == RI_E_CANCELLED || why.code == RI_E_NOMEM) {
		*e = why;
		return -1;
	} else {
		s->how = strdup(why.msg);
	}
	return s->how ? 0 : ri_nomem(e);
}

static int look_inside(const struct ri_pvehost *h, const struct ri_pvevm *vm,
    const struct ri_qemu_names *d, struct ri_qmp_disk *l, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	RI_BUF path = { 0 };

	ri_pvevm_monitor(h, vm->vmid, &path);
	if (ri_buf_check(&path, e) < 0 || ri_qmp_open(path.p, MONITOR_WAIT_MS, &q, e) < 0)
		return -1;
	return ri_qmp_disk_look(q, d, l, e);
}

/* Its type by QEMU's own tree; what does not answer is a blocker. */
static int ask_machine(const struct ri_pvehost *h, const struct ri_pvevm *vm, struct ri_vmstatus *s,
    struct ri_miglive *m, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;
	struct ri_err why = { 0 };
	RI_JSON type = NULL;
	RI_BUF path = { 0 };

	ri_pvevm_monitor(h, vm->vmid, &path);
	if (ri_buf_check(&path, e) < 0)
		return -1;
	if (ri_qmp_open(path.p, MONITOR_WAIT_MS, &q, &why) < 0 ||
	    ri_qmp_call(q, "qom-get",
		json_pack("{s:s, s:s}", "path", "/machine", "property", "type"),
		RI_QMP_DISK_WAIT_MS, &type, &why) < 0) {
		if (why.code == RI_E_CANCELLED || why.code == RI_E_NOMEM) {
			*e = why;
			return -1;
		}
		return ri_strv_add(&s->migration.blockers, why.msg, e);
	}
	if (json_is_string(type))
		snprintf(m->machine, sizeof m->machine, "%s", json_string_value(type));
	return 0;
}

static int look_at_running(const struct ri_pvehost *h, const struct ri_pvevm *vm, unsigned agent_ms,
    struct ri_vmstatus *s, struct ri_miglive *m, struct ri_qemu_names *d, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };
	struct ri_err why = { 0 };
	bool moves = *s->key && ri_qemu_names_of(&vm->conf, s->key, d, &why) == 0, released;

	if (ask_guest(h, vm, agent_ms, moves ? d : NULL, s, &released, e) < 0)
		return -1;
	m->running = true;
	if (ri_migration_needs_machine(&vm->conf) && ask_machine(h, vm, s, m, e) < 0)
		return -1;
	if (!moves)
		return 0; /* a disk that stays where it is */
	if (look_inside(h, vm, d, &l, &why) < 0) {
		if (why.code == RI_E_CANCELLED || why.code == RI_E_NOMEM) {
			*e = why;
			return -1;
		}
		return ri_strv_add(&s->migration.blockers, why.msg, e);
	}
	s->disk = !l.disk ? RI_DISK_DETACHED : released ? RI_DISK_RELEASED : RI_DISK_ATTACHED;
	m->key = s->key;
	m->disk = l.disk;
	m->controller = l.controller && !l.shared && !d->shared;
	m->controller_id = d->controller;
	return 0;
}

/* What all VMs are looked at with. */
struct look {
	const struct ri_pvehost *h;
	const struct ri_vmstatus_how *how;
	struct ri_cluster cluster;
	struct ri_pvebackups backups;
	struct ri_vmstatuses all;
};

static void look_end(struct look *l)
{
	ri_cluster_free(&l->cluster);
	ri_pvebackups_free(&l->backups);
	ri_vmstatuses_free(&l->all);
}

static int look_at(const struct look *l, const struct ri_pvevm *vm, struct ri_vmstatus *s,
    struct ri_err *e)
{
	const struct ri_pvehost *h = l->h;
	const char *name = ri_vmsection_get(&vm->conf.v[0], "name");
	struct ri_migvm m = { vm->vmid, h->node, &vm->conf, &h->storages, { 0 }, &l->cluster,
		l->how->target };
	struct ri_qemu_names d = { 0 };

	s->vmid = vm->vmid;
	s->name = strdup(name ? name : "");
	s->node = strdup(h->node);
	if (!s->name || !s->node)
		return ri_nomem(e);
	if (ri_pvevm_running(h, vm->vmid, &s->pid, e) < 0)
		return -1;
	if (find_disk(vm, s, e) < 0)
		return -1;
	if (s->pid != 0 && look_at_running(h, vm, l->how->agent_ms, s, &m.live, &d, e) < 0)
		return -1;
	if (!s->how)
		s->how = strdup("");
	return s->how ? ri_migration_check(&m, &s->migration, e) : ri_nomem(e);
}

/* What is on the volume, and whether its RAM set is older or gets too little memory. */
static int look_at_volume(const struct look *l, const struct ri_pvevm *vm, struct ri_vmstatus *s,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_list_free) struct ri_list of = { 0 };

	if (!l->how->look)
		return 0;
	if (ri_list_add_vm(l->h, vm, l->how->stage_dir, l->how->look, &of, e) < 0)
		return -1;
	for (size_t i = 0; i < of.n; i++) {
		const struct ri_listed *r = &of.v[i];

		if (!r->boots)
			continue;
		s->built = r->built;
		s->slim = r->slim;
		s->ram = r->ram;
		s->ram_now = r->ram_now;
		if (r->older && s->pid != 0 && ri_remarks_of_age(r->older, &s->remarks, e) < 0)
			return -1;
		if (r->slim && ri_remarks_of_slim(&s->remarks, e) < 0)
			return -1;
		return ri_remarks_of_memory(vm->vmid, &s->ram, &s->ram_now, &s->remarks, e);
	}
	return 0;
}

static int add(const struct ri_pvevm *vm, void *arg, struct ri_err *e)
{
	struct look *l = arg;
	struct ri_vmstatus *s = reallocarray(l->all.v, l->all.n + 1, sizeof *s);

	if (!s)
		return ri_nomem(e);
	l->all.v = s;
	s += l->all.n++;
	*s = (struct ri_vmstatus){ 0 };
	if (look_at(l, vm, s, e) < 0 ||
	    ri_behind_vm(l->h, &l->backups, vm, s->key, s->pid != 0, &s->remarks, e) < 0)
		return -1;
	return look_at_volume(l, vm, s, e);
}

int ri_vmstatus_look(const struct ri_pvehost *h, unsigned vmid, const struct ri_vmstatus_how *how,
    struct ri_vmstatuses *out, struct ri_err *e)
{
	RI_ON_EXIT(look_end) struct look l = { .h = h, .how = how };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	if (ri_pvehost_cluster(h, &l.cluster, e) < 0 || ri_pvebackups_read(h, &l.backups, e) < 0)
		return -1;
	if (vmid == 0 ? ri_pvevm_each(h, add, &l, e) < 0
		      : ri_pvevm_load(h, vmid, &vm, e) < 0 || add(&vm, &l, e) < 0)
		return -1;
	*out = l.all;
	l.all = (struct ri_vmstatuses){ 0 };
	return 0;
}
