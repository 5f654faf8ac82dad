// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A VMID or a short name made a volume id, by the VM's configuration or by what the storages have.
 */
#include "pvehost/pvehost.h"
#include "pvehost/pvevm.h"

/**
 * The file of the drive that VM @vmid boots from: a volume id or an absolute path, for free().
 * @return 0; -1 as ri_pvevm_load and ri_vmconf_bootdisk.
 */
int ri_locate_of_vmid(const struct ri_pvehost *h, unsigned vmid, char **file,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The volume id that the short name @name means, for free(): the VM's own drives first (also unused,
 * pending and snapshots' ones), then every storage of this node, as pvesm lists it or, without pvesm, as
 * paths show it.
 * @return 0; -1 RI_E_USAGE: none, or several (listed).
 */
int ri_locate_of_short(const struct ri_pvehost *h, const char *name, char **volid,
    struct ri_err *e) RI_MUST_CHECK;
