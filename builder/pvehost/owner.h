// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whose volume a target is, before anything is locked or activated: for settings that are one VM's.
 */
#include "base/err.h"

/**
 * The VM that @target belongs to: the one that its name has the number of (pveconf/target_name.h); otherwise, for a path
 * and for a volume without such a name, one whose configuration names it. @pve_root as for ri_locate_find.
 * @return 0 with the VMID in *@vmid, 0: there is none, or no Proxmox; -1 as ri_pvehost_open, ri_pveusers_find.
 */
int ri_owner_find(const char *target, const char *pve_root, unsigned *vmid,
    struct ri_err *e) RI_MUST_CHECK;
