// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * From a VMID or a short name to a volume id, by the VM's configuration or by what the storages
 * hold.
 */
#include "pvehost/pvehost.h"
#include "pvehost/pvevm.h"

/**
 * What the drive that VM @vmid boots from names: a volume id or an absolute path, for free().
 * @return 0; -1 as ri_pvevm_load, ri_pvevm_running and ri_boot_drive_check.
 */
int ri_locate_of_vmid(const struct ri_pvehost *h, unsigned vmid, char **file,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The volume id that the short name @name stands for, for free(). The VM's own drives come first
 * (unused, pending and snapshots' ones, too), then every storage of this node: as pvesm lists it
 * or, without pvesm, as the paths show.
 * @return 0; -1 RI_E_MISSING: there is none; RI_E_USAGE: several, which the message lists; RI_E_IO,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_locate_of_short(const struct ri_pvehost *h, const char *name, char **volid,
    struct ri_err *e) RI_MUST_CHECK;
