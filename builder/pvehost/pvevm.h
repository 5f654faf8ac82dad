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
	char *path;            /* of its configuration file */
	struct ri_buf text;    /* the whole file */
	struct ri_vmconf conf; /* the same, parsed */
};
/** Release what @vm owns and make it empty. */
void ri_pvevm_free(struct ri_pvevm *vm);
/**
 * Load the configuration etc/pve/nodes/NODE/qemu-server/VMID.conf of this node.
 * @return 0 with *@out for ri_pvevm_free; -1 RI_E_BUSY "VM 105 is on the node 'b'; run ramimg
 *         there", RI_E_MISSING "VM 105 does not exist", RI_E_UNSUPPORTED: a container; RI_E_CONFIG:
 *         larger than 1 MiB, or not a regular file; RI_E_NOMEM.
 */
int ri_pvevm_load(const struct ri_pvehost *h, unsigned vmid, struct ri_pvevm *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Take Proxmox's lock on the VM's configuration, as qm and the GUI do: flock(LOCK_EX) on
 * var/lock/qemu-server/lock-VMID.conf, which is opened for appending and created, with its
 * directory, if need be. Waits at most @wait_s seconds (theirs are 10); a signal ends the wait. The
 * lock is held until the caller closes the descriptor.
 * @return the descriptor, >= 0; -1 RI_E_BUSY "… is locked by process 4711 (qm): …" (the holder is
 *         taken from /proc/locks, if it is there), RI_E_CANCELLED, RI_E_IO.
 */
int ri_pvevm_lock(const struct ri_pvehost *h, unsigned vmid, unsigned wait_s,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether the VM runs on this host: run/qemu-server/VMID.pid (the same as in var/run) holds the pid
 * of a living process whose /proc/PID/cmdline is a QEMU's (argv[0] ends in "kvm" or begins with
 * "qemu-") with -pidfile of that very path (which QEMU calls /var/run/qemu-server/VMID.pid, below
 * the root). A stale file, or a pid that another program has got since, does not count.
 * @return 0 with the pid in *@pid, or 0 there if the VM does not run; -1 RI_E_IO, RI_E_NOMEM: it is not known.
 */
int ri_pvevm_running(const struct ri_pvehost *h, unsigned vmid, int *pid,
    struct ri_err *e) RI_MUST_CHECK;

/** Append the path of a running VM's monitor socket (QMP); the caller calls ri_buf_check. */
void ri_pvevm_monitor(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out);
/** Append the path of its guest agent's socket; the caller calls ri_buf_check. */
void ri_pvevm_agent(const struct ri_pvehost *h, unsigned vmid, struct ri_buf *out);

/**
 * Refuse a VM that runs.
 * @return 0 if it does not; -1 RI_E_BUSY "VM 105 is running (process 4711); shut it down …",
 *         RI_E_IO, RI_E_NOMEM.
 */
int ri_pvevm_check_stopped(const struct ri_pvehost *h, unsigned vmid,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Call @fn for each VM of this node, in the order of the VMIDs. A VM whose configuration cannot be
 * read is skipped with a warning; the first failure of @fn ends the loop.
 * @return 0; -1 with @fn's error, RI_E_IO, RI_E_NOMEM.
 */
int ri_pvevm_each(const struct ri_pvehost *h,
    int (*fn)(const struct ri_pvevm *vm, void *arg, struct ri_err *e), void *arg,
    struct ri_err *e) RI_MUST_CHECK;
