// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a VM's configuration lets its disks be written.
 */
#include "pveconf/vmconf.h"

/**
 * The "lock:" that a commit to one of the VM's disks has in the configuration until it is over, one of
 * those that Proxmox knows: it shows it, and starts no VM that has it, neither at boot nor by HA
 * (qemu-server QemuServer.pm, $confdesc "lock"; QemuConfig.pm:check_lock).
 */
#define RI_COMMIT_LOCK "create"

/**
 * Whether the configuration lets a disk of the VM be rewritten while it is off. RI_COMMIT_LOCK does where
 * @commit_locked is not NULL, which then says whether it is there.
 * @return 0; -1 RI_E_BUSY "VM 105 is locked (backup); …what to do", or "… is hibernated (vmstate …)";
 *         RI_E_UNSUPPORTED "… is a template; clone it first".
 */
int ri_vmconf_writable(const struct ri_vmconf *c, unsigned vmid, bool *commit_locked,
    struct ri_err *e) RI_MUST_CHECK;
