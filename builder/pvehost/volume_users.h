// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which VMs of the cluster name a volume in their configuration: there may be several, on other
 * nodes, or naming it only in a snapshot.
 */
#include "pveconf/vmconf.h"
#include "pveconf/volid.h"
#include "pvehost/pvehost.h"

/** A drive line that names the volume. */
struct ri_pveuser {
	char *node, *key; /* "pve1", "scsi0" */
	unsigned vmid;
	char *volid;        /* what the line calls it: a volume id or an absolute path */
	enum ri_vmsec kind; /* the section that the line is in */
	char *section;      /* the section's name, if it is a snapshot's */
};

struct ri_pveusers {
	struct ri_pveuser *v;
	size_t n;
};
/** Release what @u owns and make it empty. */
void ri_pveusers_free(struct ri_pveusers *u);

/**
 * The path of what a drive line names: the host's root, then the path that the storage's type gives
 * it. Volumes of custom storages, and names that cannot be parsed, have none.
 * @return 0 with *@path for free(), NULL if there is none; -1 RI_E_NOMEM.
 */
int ri_volid_host_path(const struct ri_pvehost *h, const char *volid, char **path,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Find every drive line of every VM in the cluster, in any section, that leads to @path or names
 * @volid (for the volumes of a plugin, whose path is not known here; NULL: none). A configuration
 * that cannot be read is skipped with a warning: it is another VM's, and may just be being written.
 * @return 0 with *@out for ri_pveusers_free; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_pveusers_find(const struct ri_pvehost *h, const char *path, const char *volid,
    struct ri_pveusers *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Look for linked clones of the volume @name of VM @vmid on the storage @s: drive lines whose
 * volume has it as its base.
 * @return 0 with the VMID of the first in *@clone, or 0 there if there is none; -1 RI_E_IO,
 *         RI_E_NOMEM.
 */
int ri_pveusers_clone(const struct ri_pvehost *h, const struct ri_storage *s, const char *name,
    unsigned vmid, unsigned *clone, struct ri_err *e) RI_MUST_CHECK;
