// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Volumes that exist only once they are activated: inactive logical volumes, zvols whose link
 * appears late, rbd images to be mapped, network storages to be mounted.
 *
 * Activation uses the programs and options that Proxmox VE uses (pve-storage LVMPlugin.pm,
 * LvmThinPlugin.pm, ZFSPoolPlugin.pm, RBDPlugin.pm: activate_volume, map_volume), each with a
 * deadline.
 */
#include "pveconf/volid.h"

/** An activation, for ri_deactivate. Zero-initialise it. */
struct ri_active {
	struct ri_strv off; /* the argv that undoes it; empty: the volume was there before */
	char *device;       /* its path, if not the one that its name implies (rbd map says so) */
};

/**
 * Make the volume @v of the storage @s available at @path; does nothing if it is already there.
 * @root is the Proxmox host's root directory ("" on a real one), for the keyrings and configuration
 * files of rbd.
 * @return 0, and ri_deactivate undoes it; -1 RI_E_IO with the program's own message, RI_E_MISSING,
 *         RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_activate(const char *root, const struct ri_storage *s, const struct ri_volname *v,
    const char *path, struct ri_active *out, struct ri_err *e) RI_MUST_CHECK;
/** Undo what ri_activate did. A failure is only logged, as the actual work is done by then. */
void ri_deactivate(struct ri_active *a);
