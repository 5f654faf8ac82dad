// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Proxmox VE's own verdict on a migration, if its pvesh is there to be asked.
 */
#include "pvehost/pvehost.h"
#include "pvehost/pvevm.h"

/**
 * Append the objections of `pvesh get /nodes/NODE/qemu/VMID/migrate` to a live migration without
 * storage to @target, or to any node if that is NULL (API2/Qemu.pm, migrate_vm_precondition: local_disks
 * other than those of the configuration, local_resources, allowed_nodes, not_allowed_nodes) as sentences that begin with "Proxmox VE: ". A
 * pvesh that fails (no quorum, a lock) or whose answer cannot be understood is an objection as
 * well. Without pvesh, nothing is appended.
 * @return 0; -1 as ri_pvevm_load, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_pvesh_migrate(const struct ri_pvehost *h, unsigned vmid, const char *target,
    struct ri_strv *out, struct ri_err *e) RI_MUST_CHECK;
