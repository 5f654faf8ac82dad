// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Volumes that are not there until somebody asks for them: logical volumes that are not active, zvols
 * whose link comes late, rbd images to be mapped, network storages to be mounted.
 *
 * Done with the programs and options that Proxmox VE uses (pve-storage LVMPlugin.pm, LvmThinPlugin.pm,
 * ZFSPoolPlugin.pm, RBDPlugin.pm: activate_volume, map_volume), each with a deadline.
 */
#include "pveconf/volid.h"

/** What has to be taken back. Zero-initialise it. */
struct ri_active {
	struct ri_strv off; /* the argv that does it; empty: it was there before us */
	char *device;       /* where it lies, if not where its name says (rbd map answers that) */
};

/**
 * Have the volume at @path. Does nothing where it is there already. @root is the Proxmox host's root
 * directory ("" on a real one), for the keyrings and configuration files of rbd.
 * @return 0, and ri_deactivate takes it back; -1 RI_E_IO with the program's own words.
 */
int ri_activate(const char *root, const struct ri_storage *s, const struct ri_volname *v,
    const char *path, struct ri_active *out, struct ri_err *e) RI_MUST_CHECK;
/** Take back what ri_activate did; a failure is logged, as the work itself is done. */
void ri_deactivate(struct ri_active *a);
