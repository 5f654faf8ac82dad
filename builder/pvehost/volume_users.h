// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which VMs of the cluster name a volume in their configuration: it may be more than one, on
 * another node, or only in a snapshot.
 */
#include "pveconf/vmconf.h"
#include "pveconf/volid.h"
#include "pvehost/pvehost.h"

struct ri_pveuser {
	char *node, *key; /* "pve1", "scsi0" */
	unsigned vmid;
	char *volid;        /* as that line names it; an absolute path maybe */
	enum ri_vmsec kind; /* in which section */
	char *section;      /* a snapshot's name */
};

struct ri_pveusers {
	struct ri_pveuser *v;
	size_t n;
};
void ri_pveusers_free(struct ri_pveusers *u);

/**
 * Where what a drive line names lies: the host's root before the path that the storage's type gives
 * it. A custom storage's volumes and names that cannot be read have no place.
 * @return 0 with *@path for free(), NULL if it has no place; -1 RI_E_NOMEM.
 */
int ri_volid_host_path(const struct ri_pvehost *h, const char *volid, char **path,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Every drive line of every VM in the cluster, in any section, that leads to @path or says @volid
 * (NULL: none), as a plugin's volumes have no place that is known here.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM. A configuration that cannot be read is passed over with a
 *         warning: it belongs to another VM, and may be being written.
 */
int ri_pveusers_find(const struct ri_pvehost *h, const char *path, const char *volid,
    struct ri_pveusers *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Linked clones of a volume: drive lines whose volume has the base @name of VM @vmid on the
 * storage.
 * @return 0 with their VMIDs' first in *@clone, 0 without any; -1.
 */
int ri_pveusers_clone(const struct ri_pvehost *h, const struct ri_storage *s, const char *name,
    unsigned vmid, unsigned *clone, struct ri_err *e) RI_MUST_CHECK;
