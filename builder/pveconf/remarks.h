// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What Proxmox VE does, without a word, to a VM whose boot drive is not in the main section of its configuration:
 * said at a detach for what is to come, and in the status for what is there. docs/before-you-rely-on-it.md
 * has it at length.
 *
 * Sources: backups: qemu-server QemuConfig.pm:get_backup_volumes, VZDump/QemuServer.pm:prepare, assemble; snapshots:
 * pve-guest-common AbstractConfig.pm:__snapshot_copy_config, __snapshot_apply_config; clones and templates:
 * API2/Qemu.pm:clone_vm ("discarding for clone"), QemuServer.pm:template_create; a reverted change:
 * API2/Qemu.pm:update_vm_api (`revert`); a guest that ends by itself: QemuServer.pm:vm_stop_cleanup, which applies what
 * is pending only for _do_vm_stop, CLI/qm.pm:cleanup.
 */
#include "pveconf/backup_jobs.h"
#include "pveconf/vm_memory.h"
#include "pveconf/vmconf_edit.h"

struct ri_remark {
	const char *code; /* a word that never changes: "backup", "snapshot", … */
	char *text;       /* a sentence */
};

struct ri_remarks {
	struct ri_remark *v;
	size_t n;
};
void ri_remarks_free(struct ri_remarks *r);

/** The VM in question. */
struct ri_remark_vm {
	unsigned vmid;
	const struct ri_vmconf *conf;
	const char *key; /* its boot drive, "" where it has none */
	bool running;
	const struct ri_backups *backups;
};

/**
 * Append what Proxmox VE will do once the drive, which is still attached, is detached in that way. Each text
 * is a clause that can follow another one.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_remarks_of_detach(const struct ri_remark_vm *vm, enum ri_detach_way way,
    struct ri_remarks *out, struct ri_err *e) RI_MUST_CHECK;
/** Append what is to be known of the VM as it is now. @return 0; -1 RI_E_NOMEM. */
int ri_remarks_of_vm(const struct ri_remark_vm *vm, struct ri_remarks *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append that the RAM set of a running VM's boot drive is older than the drive, which has what @newer says.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_remarks_of_age(const char *newer, struct ri_remarks *out, struct ri_err *e) RI_MUST_CHECK;
/** Append that the boot drive has no root (build --slim). @return 0; -1 RI_E_NOMEM. */
int ri_remarks_of_slim(struct ri_remarks *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Append where the memory that its @next start gives the VM @vmid is too little for the root that was built, or may
 * become so, where it has no balloon device, and, of one that runs (else .vm.memory is 0), what it has @now, where that is something else.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_remarks_of_memory(unsigned vmid, const struct ri_ram_compared *next,
    const struct ri_ram_compared *now, struct ri_remarks *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether a backup of the VM would have its boot drive while that is in the main section: not with backup=0
 * on its line. @return 1, 0; -1 RI_E_NOMEM.
 */
int ri_drive_is_backed_up(const struct ri_vmconf *c, const char *key,
    struct ri_err *e) RI_MUST_CHECK;
