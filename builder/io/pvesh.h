#pragma once
/*
 * Proxmox VE's own opinion on a migration, where its pvesh is there to be asked.
 */
#include "io/pvehost.h"

/**
 * Append what `pvesh get /nodes/NODE/qemu/VMID/migrate` has against a live migration without storage
 * (API2/Qemu.pm, migrate_vm_precondition: local_disks, local_resources, mapped-resources): sentences
 * that begin with "Proxmox VE: ". Nothing where there is no pvesh.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_pvesh_migrate(const struct ri_pvehost *h, unsigned vmid, struct ri_strv *out,
    struct ri_err *e) RI_MUST_CHECK;
