// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Volumes of storage types that only their plugin knows (/usr/share/perl5/PVE/Storage/Custom).
 *
 * `pvesm path` prints a volume's path but does not activate it. No command of Proxmox VE does that
 * for a single volume, so its own code is called (pve-storage Storage.pm: activate_volumes,
 * map_volume).
 */
#include "pvehost/activate.h"

/**
 * The path at which the volume is, or would be if it were active, according to pvesm.
 * @return 0 with *@path for free(); -1 RI_E_UNSUPPORTED if it is not a file or device of this host;
 *         RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_plugin_path(const char *volid, char **path, struct ri_err *e) RI_MUST_CHECK;

/** As ri_activate, for a volume whose path, by ri_plugin_path, is @path. */
int ri_plugin_activate(const char *volid, const char *path, struct ri_active *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Ask the plugins of storages whose `shared` is not known (pve-storage Storage/Plugin.pm: a plugin may add its type
 * to @SHARED_STORAGE). Without an answer they stay unknown. No program is run where there is nothing to ask.
 * @return 0; -1 RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_plugin_shared(struct ri_storages *s, struct ri_err *e) RI_MUST_CHECK;
