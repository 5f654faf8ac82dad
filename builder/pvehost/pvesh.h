// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Proxmox VE's own opinion on a migration, where its pvesh is there to be asked.
 */
#include "pvehost/pvehost.h"
#include "pvehost/pvevm.h"

/**
 * Append what `pvesh get /nodes/NODE/qemu/VMID/migrate` has against a live migration without storage
 * (API2/Qemu.pm, migrate_vm_precondition: local_disks other than those of the configuration,
 * local_resources, allowed_nodes): sentences that begin with "Proxmox VE: ". A pvesh that fails (no
 * quorum, a lock) or answers nothing that can be read is in the way too. Nothing where there is no
 * pvesh.
 * @return 0; -1 as ri_pvevm_load, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_pvesh_migrate(const struct ri_pvehost *h, unsigned vmid, struct ri_strv *out,
    struct ri_err *e) RI_MUST_CHECK;
