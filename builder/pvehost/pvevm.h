// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * One VM of a Proxmox VE host: its configuration, the lock on it, and whether it runs.
 * Source: qemu-server PVE/QemuConfig.pm:config_file_lock, Helpers.pm:instance_running_locally.
 */
#include "pveconf/vmconf.h"
#include "pvehost/pvehost.h"

/** One VM of this node. */
struct ri_pvevm {
	unsigned vmid;
	char *path; /* of its configuration file */
	struct ri_buf text;
	struct ri_vmconf conf;
};
void ri_pvevm_free(struct ri_pvevm *vm);
/**
 * Load etc/pve/nodes/NODE/qemu-server/VMID.conf of this node.
 * @return 0; -1 RI_E_BUSY "VM 105 is on the node 'b'; run ramimg there", RI_E_IO "VM 105 does not
 *         exist", a container's VMID named as one; RI_E_CONFIG when larger than 1 MiB or not a file.
 */
int ri_pvevm_load(const struct ri_pvehost *h, unsigned vmid, struct ri_pvevm *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Take Proxmox's lock on the VM's configuration: flock(LOCK_EX) on var/lock/qemu-server/lock-VMID.conf
 * (opened for appending, made where absent, its directory too), waiting at most @wait_s seconds, as
 * qm and the GUI do (they use 10). Held until the descriptor is closed; a signal ends the waiting.
 * @return the descriptor >= 0; -1 RI_E_BUSY "… is locked by process 4711 (qm): …" (holder out of
 *         /proc/locks where it can be told), RI_E_CANCELLED, RI_E_IO.
 */
int ri_pvevm_lock(const struct ri_pvehost *h, unsigned vmid, unsigned wait_s,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether the VM runs here: run/qemu-server/VMID.pid (var/run is the same) holds a pid whose
 * /proc/PID/cmdline is a QEMU's (argv[0] ends in "kvm" or is named qemu-…) with -pidfile of that very
 * path (as the QEMU names it: /var/run/qemu-server/VMID.pid, below the root), alive. A stale file or
 * a pid used again by another program is not running.
 * @return 0, *@pid 0 where it does not run; -1 RI_E_IO.
 */
int ri_pvevm_running(const struct ri_pvehost *h, unsigned vmid, int *pid,
    struct ri_err *e) RI_MUST_CHECK;

/** Append the path of the monitor (QMP) of a VM that runs; the caller checks @out. */
void ri_pvevm_monitor(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out);
/** Append the path of its guest agent's socket; the caller checks @out. */
void ri_pvevm_agent(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out);

/** @return 0 when it does not run; -1 RI_E_BUSY "VM 105 is running (process 4711); shut it down …". */
int ri_pvevm_check_stopped(const struct ri_pvehost *h, unsigned vmid,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Call @fn for each VM of this node, by VMID; a VM whose configuration cannot be read is passed over
 * with a warning. The first failure of @fn ends it.
 * @return 0; -1 with @fn's error, RI_E_NOMEM.
 */
int ri_pvevm_each(const struct ri_pvehost *h,
    int (*fn)(const struct ri_pvevm *vm, void *arg, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
