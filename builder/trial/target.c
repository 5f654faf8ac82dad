// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/target.h"
#include "base/log.h"
#include "host/hostfile.h"
#include "host/kvm_hangs.h"
#include "pvehost/pvevm.h"
#include "trial/emulator.h"
#include "trial/firmware.h"
#include "trial/kvm.h"
#include "trial/machine_conf.h"

/* The variables of the VM's efidisk0, which say what its firmware starts. */
static int vm_firmware(struct ri_trial_target *t, const char *efidisk, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location at = RI_PLACE_INIT;
	RI_FREE char *volid = strndup(efidisk, strcspn(efidisk, ","));
	struct ri_trial_efidisk disk = { .options = efidisk };

	if (!volid)
		return ri_nomem(e);
	if (ri_locate_beside(t->of.place, volid, &at, e) < 0)
		return ri_ctx(e, "efidisk0");
	disk.path = at.path;
	disk.format = at.format ? at.format : "raw";
	return ri_trial_firmware(&disk, t->vars, &t->m, e);
}

static int by_vm(struct ri_trial_target *t, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	const struct ri_location *place = t->of.place;
	struct ri_trial_conf conf;

	if (ri_pvehost_open(place->root, &h, e) < 0 || ri_pvevm_load(&h, place->vmid, &vm, e) < 0 ||
	    ri_trial_of_conf(&vm.conf, place->named, &t->m, &conf, e) < 0)
		return -1;
	if (place->memory.memory > 0) {
		t->m.memory = (unsigned)place->memory.memory;
		t->m.cpus = place->memory.cpus;
	}
	if (!t->m.uefi)
		return 0;
	return conf.efidisk ? vm_firmware(t, conf.efidisk, e)
			    : ri_trial_firmware(NULL, t->vars, &t->m, e);
}

static int by_default(struct ri_trial_target *t, struct ri_err *e)
{
	if (ri_trial_wants_uefi(t->of.volume, &t->m.uefi, e) < 0)
		return -1;
	return t->m.uefi ? ri_trial_firmware(NULL, t->vars, &t->m, e) : 0;
}

static void confine(struct ri_trial_target *t, bool net)
{
	ri_tool_files_add(&t->files, t->of.stage->overlay, RI_LANDLOCK_WRITE);
	ri_tool_files_add(&t->files, t->m.vars, RI_LANDLOCK_WRITE);
	ri_tool_files_add_volume(&t->files, t->of.volume, RI_LANDLOCK_READ);
	t->tool = ri_tool_files_keep(&t->files);
	t->tool.machine = true;
	/* A way out takes sockets, which the filter forbids; QEMU's own (-sandbox) does not. */
	t->tool.appliance = net;
}

int ri_trial_target_open(const struct ri_trial_of *of, bool net, struct ri_trial_target *t,
    struct ri_err *e)
{
	t->of = *of;
	t->m = (struct ri_trial_machine){ .memory = RI_TRIAL_DEFAULT_MEMORY,
		.cpus = RI_TRIAL_DEFAULT_CPUS,
		.overlay = of->stage->overlay,
		.net = net };
	t->vars = ri_file_join(of->stage->dir, "vars.fd");
	if (!t->vars)
		return ri_nomem(e);
	if (of->place->vmid != 0 && of->place->root ? by_vm(t, e) < 0 : by_default(t, e) < 0)
		return -1;
	confine(t, net);
	return 0;
}

int ri_trial_target_accelerate(struct ri_trial_target *t, enum ri_kvm wanted, struct ri_err *e)
{
	/* Who insists on it, has it tried. */
	RI_FREE char *mark =
	    wanted == RI_KVM_AUTO ? ri_kvm_hangs_path(t->of.stage->below.path) : NULL;
	struct ri_trial_kvm k = RI_TRIAL_KVM;
	bool works = false;

	k.mark = mark;
	if (wanted != RI_KVM_NO && ri_trial_kvm_works(&k, &works, e) < 0)
		return ri_ctx(e, "trying KVM");
	if (wanted == RI_KVM_YES && !works)
		return ri_fail(e, RI_E_IO, 0,
		    "KVM does not work here, and appliance.kvm (or --kvm) is \"yes\"");
	if (wanted == RI_KVM_AUTO && !works)
		ri_log(RI_LOG_INFO, "the machine is emulated, as KVM does not work here");
	t->m.kvm = works;
	if (!works && ri_trial_emulator_threads(&t->m.threads, e) < 0)
		return -1;
	if (works)
		ri_tool_files_add(&t->files, "/dev/kvm", RI_LANDLOCK_WRITE);
	t->tool.n = t->files.n;
	return 0;
}

void ri_trial_target_close(struct ri_trial_target *t)
{
	free(t->vars);
}
