// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/guard.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pveconf/boot_drive.h"
#include "pveconf/vmconf_boot.h"
#include "pvehost/pvevm.h"

/* As long as qm and the GUI wait (qemu-server QemuConfig.pm:lock_config). */
#define LOCK_WAIT_S 10

/* A volume of a template may be read, since nothing writes to it, but never written to. */
static int check_base(const struct ri_guarded *g, struct ri_err *e)
{
	unsigned clone = 0;

	if (g->use != RI_VOLUME_WRITE || !g->v || !g->v->is_base)
		return 0;
	if (ri_pveusers_clone(g->h, g->s, g->v->name, g->v->vmid, &clone, e) < 0)
		return -1;
	if (clone != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "is a template's base volume, and the disk of VM %u is a linked clone of it: writing "
		    "to it would destroy that; build the clone, or a full clone",
		    clone);
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "is a template's base volume, which linked clones build on; clone the template and build "
	    "the clone, or write a new image with --output");
}

/* Of several VMs one may run, or be started, while the other's lock is held. */
static int one_owner(const struct ri_guarded *g, const struct ri_pveusers *u, unsigned *vmid,
    struct ri_err *e)
{
	const struct ri_pveuser *first = NULL;

	for (size_t i = 0; i < u->n; i++) {
		const struct ri_pveuser *x = &u->v[i];

		if (!first)
			first = x;
		if (x->vmid != first->vmid)
			return ri_fail(e, RI_E_BUSY, 0,
			    "VM %u (%s) and VM %u (%s) both name it; take it out of one of them",
			    first->vmid, first->key, x->vmid, x->key);
	}
	*vmid = first ? first->vmid : g->vmid;
	return 0;
}

static void tell_pins(const struct ri_guarded *g, const struct ri_pveusers *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->v[i].kind == RI_VMSEC_SNAPSHOT && g->use == RI_VOLUME_WRITE)
			ri_log(RI_LOG_INFO,
			    "%s is in the snapshot '%s' of VM %u: it keeps the state before the build",
			    g->what, u->v[i].section, u->v[i].vmid);
}

/* Of the lines that name the volume, a snapshot's says nothing of the next start. */
static const struct ri_pveuser *user_at_start(const struct ri_pveusers *u, const char *file)
{
	const struct ri_pveuser *first = NULL;

	for (size_t i = 0; i < u->n; i++) {
		if (u->v[i].kind == RI_VMSEC_SNAPSHOT)
			continue;
		if (file && strcmp(u->v[i].volid, file) == 0)
			return &u->v[i];
		first = first ? first : &u->v[i];
	}
	return first;
}

static int look_at_boot(const struct ri_guarded *g, const struct ri_pveusers *u,
    const struct ri_pvevm *vm, struct ri_err *e)
{
	RI_ON_EXIT(ri_boot_drive_free) struct ri_boot_drive d = { 0 };
	const struct ri_pveuser *x;
	RI_BUF said = { 0 };

	if (ri_boot_drive_find(&vm->conf, false, &d, e) < 0)
		return -1;
	x = user_at_start(u, d.file);
	if (x)
		ri_boot_drive_say_other(&d, x->key, x->volid, vm->vmid, &said);
	if (ri_buf_check(&said, e) < 0)
		return -1;
	if (said.n > 0 && !(*g->not_booted = ri_buf_steal(&said)))
		return ri_nomem(e);
	return 0;
}

static int check_vm(const struct ri_guarded *g, const struct ri_pveusers *u, unsigned vmid,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };

	if (ri_pvevm_load(g->h, vmid, &vm, e) < 0 || ri_pvevm_check_stopped(g->h, vmid, e) < 0)
		return -1;
	if (g->memory && u->n > 0)
		ri_vm_memory_read(&vm.conf, false, g->memory);
	if (g->not_booted && look_at_boot(g, u, &vm, e) < 0)
		return -1;
	return g->use == RI_VOLUME_WRITE ? ri_vmconf_writable(&vm.conf, vmid, g->commit_locked, e)
					 : 0;
}

int ri_guard(const struct ri_guarded *g, int *lock, unsigned *vmid, char **named, struct ri_err *e)
{
	RI_ON_EXIT(ri_pveusers_free) struct ri_pveusers before = { 0 };
	RI_ON_EXIT(ri_pveusers_free) struct ri_pveusers now = { 0 };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	unsigned again = 0;
	RI_FD int fd = -1;

	*lock = -1;
	*named = NULL;
	if (g->use == RI_VOLUME_WRITE && ri_volname_is_snapshot(ri_file_base(g->path)))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s: is a snapshot by its name; build the volume itself, or roll it back first",
		    g->what);
	if (check_base(g, e) < 0 || ri_pveusers_find(g->h, g->path, g->volid, &before, e) < 0 ||
	    one_owner(g, &before, vmid, e) < 0)
		return ri_ctx(e, "%s", g->what);
	if (*vmid == 0)
		return 0; /* a path, or a LUN, that no VM of the cluster names */
	/* Before the lock: of a VM elsewhere this node's lock says nothing. */
	if (ri_pvevm_load(g->h, *vmid, &vm, e) < 0)
		return ri_ctx(e, "%s", g->what);
	fd = ri_pvevm_lock(g->h, *vmid, LOCK_WAIT_S, e);
	/* What was true before the lock may not be any more. */
	if (fd < 0 || ri_pveusers_find(g->h, g->path, g->volid, &now, e) < 0 ||
	    one_owner(g, &now, &again, e) < 0 || check_vm(g, &now, *vmid, e) < 0)
		return ri_ctx(e, "%s", g->what);
	if (again != *vmid)
		return ri_fail(e, RI_E_BUSY, 0,
		    "%s: its VM's configuration just changed; try again", g->what);
	tell_pins(g, &now);
	if (now.n > 0) {
		*named = strdup(now.v[0].volid);
		if (!*named)
			return ri_nomem(e);
	}
	*lock = ri_steal_fd(&fd);
	return 0;
}
