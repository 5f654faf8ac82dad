// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * From the name that the administrator gives to the path of the volume and the VM to be kept away
 * from it. TARGET is a path or, on a Proxmox VE host, also a volume id, a volume's short name, or a
 * VMID, which means the VM's boot disk.
 *
 * A path that leads to a volume of one of the host's VMs is guarded just like that volume's name.
 */
#include "pveconf/vm_memory.h"
#include "pvehost/activate.h"
#include "volume/volume.h"

/** A volume that was found, for ri_locate_leave. Initialise with RI_PLACE_INIT. */
struct ri_location {
	char *path;    /* what to open */
	char *format;  /* as its volume id says; NULL: the path decides */
	char *name;    /* the volume's short name; NULL: the path decides */
	char *volid;   /* NULL if it belongs to no storage */
	char *named;   /* how its VM's configuration calls it; NULL: not at all */
	unsigned vmid; /* the VM that it belongs to; 0: none */
	int lock;      /* the VM's configuration lock, which keeps it from starting; -1: none */
	char *root;    /* the Proxmox host's root directory; NULL where there is none */
	struct ri_vm_memory memory; /* what its next start gives that VM; .memory 0: not known */
	char
	    *not_booted; /* a sentence where that start does not boot from this volume, else NULL */
	bool commit_locked; /* the VM has the lock of a commit: ri_commit_lock_check */
	struct ri_active active;
};

#define RI_PLACE_INIT                                                                              \
	{                                                                                          \
		.lock = -1                                                                         \
	}

/**
 * Find @target, activate it, and keep its VM from starting. @pve_root is the Proxmox host's root
 * directory, NULL for "/"; if there is no Proxmox, every name is a path.
 *
 * Refused for every use: a VM that runs or is on another node. For RI_VOLUME_WRITE also: a VM that
 * is locked, hibernated or a template; a base volume; a volume that several VMs name, or that has
 * linked clones.
 *
 * @return 0; -1 RI_E_MISSING (no such VM, volume or storage), RI_E_USAGE (several), RI_E_UNSUPPORTED (storage),
 *         RI_E_BUSY, RI_E_IO, RI_E_CONFIG, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_locate_find(const char *target, const char *pve_root, enum ri_volume_use use,
    struct ri_location *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Find another volume of the VM that @of belongs to, whose lock is held with it: @volid, which nothing is written to. It is
 * activated like any other, and for ri_locate_leave.
 * @return 0; -1 as ri_locate_find.
 */
int ri_locate_beside(const struct ri_location *of, const char *volid, struct ri_location *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Release the lock, the volume's activation and the memory; the volume must be closed by then. */
void ri_locate_leave(struct ri_location *p);

/**
 * ri_locate_find and ri_volume_open (volume/volume.h) in one: the volume gets the name and format
 * that were found, unless @format says otherwise.
 * @return 0; -1 as those two; in either case @place is for ri_locate_leave, @v for ri_volume_close.
 */
int ri_locate_open(const char *target, const char *format, const char *pve_root,
    enum ri_volume_use use, struct ri_location *place, struct ri_volume *v,
    struct ri_err *e) RI_MUST_CHECK;
