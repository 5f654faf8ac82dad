// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * From what the administrator names to where it lies and who must be kept off: TARGET is a path, or on
 * a Proxmox VE host also a volume id, a volume's short name, or a VMID (its boot disk).
 *
 * A path that leads to a volume of one of the host's VMs is guarded like that volume's name.
 */
#include "pvehost/activate.h"
#include "volume/volume.h"

struct ri_location {
	char *path;    /* what to open */
	char *format;  /* as its volume id says; NULL: the path decides */
	char *name;    /* the volume's short name; NULL: the path decides */
	char *volid;   /* NULL where no storage has it */
	unsigned vmid; /* whose it is; 0: nobody's */
	int lock;      /* the VM's configuration lock, so that nothing starts it meanwhile; -1 */
	struct ri_active active;
};

#define RI_PLACE_INIT                                                                              \
	{                                                                                          \
		.lock = -1                                                                         \
	}

/**
 * Find @target and keep its VM off. @pve_root is the Proxmox host's root directory, NULL for "/";
 * without Proxmox there, every name is a path.
 *
 * Refused for every use: the VM is on another node, or runs. For RI_VOLUME_WRITE also: it is locked, a
 * template or hibernated; a base volume; a volume that several VMs name, or that has linked clones.
 *
 * @return 0; -1 RI_E_USAGE (no such name, several volumes of it), RI_E_UNSUPPORTED (storage),
 *         RI_E_BUSY, RI_E_IO, RI_E_CONFIG.
 */
int ri_locate_find(const char *target, const char *pve_root, enum ri_volume_use use,
    struct ri_location *out, struct ri_err *e) RI_MUST_CHECK;
/** Let go of the lock and of the volume's activation; after the volume was closed. */
void ri_locate_leave(struct ri_location *p);

/** Find @target and open it (volume/volume.h), its name and format being the volume's. */
int ri_locate_open(const char *target, const char *format, const char *pve_root,
    enum ri_volume_use use, struct ri_location *place, struct ri_volume *v,
    struct ri_err *e) RI_MUST_CHECK;
