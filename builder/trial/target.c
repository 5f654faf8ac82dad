// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/target.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "pvehost/pvevm.h"
#include "trial/firmware.h"
#include "trial/kvm.h"
#include "trial/machine_conf.h"

static int open_volume(const struct ri_trial_named *n, struct ri_trial_target *t, struct ri_err *e)
{
	bool pending;

	if (ri_locate_open(n->target, n->format, n->pve_root, RI_VOLUME_READ, &t->place, &t->volume,
		e) < 0 ||
	    ri_stage_pending(&t->volume, n->stage_dir, &pending, e) < 0)
		return -1;
	if (pending)
		return ri_fail(e, RI_E_COMMIT, 0,
		    "a commit to %s was interrupted; complete it first: ramimg recover %s",
		    t->volume.target, t->volume.target);
	if (ri_stage_new(&t->volume, n->stage_dir, true, &t->stage, e) < 0)
		return ri_ctx(e, "staging %s", t->volume.target);
	t->vars = ri_file_join(t->stage.dir, "vars.fd");
	return t->vars ? 0 : ri_nomem(e);
}

/* The variables of the VM's efidisk0, which say what its firmware starts. */
static int vm_firmware(struct ri_trial_target *t, const char *efidisk, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location at = RI_PLACE_INIT;
	RI_FREE char *volid = strndup(efidisk, strcspn(efidisk, ","));
	struct ri_trial_efidisk disk = { .options = efidisk };

	if (!volid)
		return ri_nomem(e);
	if (ri_locate_beside(&t->place, volid, &at, e) < 0)
		return ri_ctx(e, "efidisk0");
	disk.path = at.path;
	disk.format = at.format ? at.format : "raw";
	return ri_trial_firmware(&disk, t->vars, &t->m, e);
}

static int by_vm(struct ri_trial_target *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct ri_trial_conf conf;

	if (ri_pvehost_open(t->place.root, &h, e) < 0 ||
	    ri_pvevm_load(&h, t->place.vmid, &vm, e) < 0 ||
	    ri_trial_of_conf(&vm.conf, t->place.named, &t->m, &conf, e) < 0)
		return -1;
	if (t->place.memory.memory > 0) {
		t->m.memory = (unsigned)t->place.memory.memory;
		t->m.cpus = t->place.memory.cpus;
	}
	if (!t->m.uefi)
		return 0;
	return conf.efidisk ? vm_firmware(t, conf.efidisk, e)
			    : ri_trial_firmware(NULL, t->vars, &t->m, e);
}

static int by_default(struct ri_trial_target *t, struct ri_err *e)
{
	if (ri_trial_wants_uefi(&t->volume, &t->m.uefi, e) < 0)
		return -1;
	return t->m.uefi ? ri_trial_firmware(NULL, t->vars, &t->m, e) : 0;
}

static void confine(struct ri_trial_target *t, bool net)
{
	ri_tool_files_add(&t->files, t->stage.overlay, RI_LANDLOCK_WRITE);
	ri_tool_files_add(&t->files, t->m.vars, RI_LANDLOCK_WRITE);
	ri_tool_files_add_volume(&t->files, &t->volume, RI_LANDLOCK_READ);
	t->tool = ri_tool_files_keep(&t->files);
	t->tool.machine = true;
	/* A way out takes sockets, which the filter forbids; QEMU's own (-sandbox) does not. */
	t->tool.appliance = net;
}

int ri_trial_target_open(const struct ri_trial_named *n, struct ri_trial_target *t,
    struct ri_err *e)
{
	t->m = (struct ri_trial_machine){ .memory = RI_TRIAL_DEFAULT_MEMORY,
		.cpus = RI_TRIAL_DEFAULT_CPUS,
		.net = n->net };
	if (open_volume(n, t, e) < 0)
		return -1;
	t->m.overlay = t->stage.overlay;
	if (t->place.vmid != 0 && t->place.root ? by_vm(t, e) < 0 : by_default(t, e) < 0)
		return -1;
	t->devices = t->volume.block || t->place.active.off.n > 0;
	confine(t, n->net);
	return 0;
}

int ri_trial_target_kvm(struct ri_trial_target *t, enum ri_kvm wanted, struct ri_err *e)
{
	bool works = false;

	if (wanted != RI_KVM_NO && ri_trial_kvm_works(&works, e) < 0)
		return ri_ctx(e, "trying KVM");
	if (wanted == RI_KVM_YES && !works)
		return ri_fail(e, RI_E_IO, 0,
		    "KVM does not work here, and appliance.kvm (or --kvm) is \"yes\"");
	if (wanted == RI_KVM_AUTO && !works)
		ri_log(RI_LOG_INFO, "the machine is emulated, as KVM does not work here");
	t->m.kvm = works;
	if (works)
		ri_tool_files_add(&t->files, "/dev/kvm", RI_LANDLOCK_WRITE);
	t->tool.n = t->files.n;
	return 0;
}

void ri_trial_target_close(struct ri_trial_target *t)
{
	ri_stage_discard(&t->stage);
	ri_volume_close(&t->volume);
	ri_locate_leave(&t->place);
	free(t->vars);
}
