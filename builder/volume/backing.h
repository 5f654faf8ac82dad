// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Images based on an image: writing to a backing file destroys all of them.
 */
#include "volume/volume.h"

/**
 * Find a qcow2 file that names the file of @v as its backing file: next to it, and, if it is in a
 * VM's directory (".../images/105/"), in those of the other VMs, where Proxmox VE keeps linked
 * clones and snapshots (pve-storage Storage/Plugin.pm:clone_image, volume_snapshot). Files that
 * cannot be read are skipped, unless for want of memory or descriptors (volume/lack.h).
 * @return 0 with the path appended to @who, nothing if there is none; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_backing_find(const struct ri_volume *v, struct ri_buf *who, struct ri_err *e) RI_MUST_CHECK;
