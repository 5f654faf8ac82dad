// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The Proxmox VE host that ramimg runs on: which node it is, its storages, and its VMs. Everything
 * is looked for below a root directory ("/" on a real host), so that a test can set up a whole host
 * in a folder.
 * Source: pve-cluster (/etc/pve is pmxcfs; /etc/pve/local links to nodes/NODE).
 */
#include "pveconf/storagecfg.h"

struct ri_pvehost {
	char *root; /* without a "/" at the end: "" on a real host */
	char *node; /* this node's name */
	struct ri_storages storages;
};

/** Whether there is a Proxmox VE host at @root: etc/pve/nodes is a directory. */
bool ri_pvehost_is(const char *root);
/**
 * Find out this node's name (etc/pve/local -> nodes/NODE, otherwise the host's name) and read
 * storage.cfg (if it is absent, there is only `local`; more than pmxcfs's limit of 1 MiB is
 * refused). Warnings of the parser go to the log.
 * @return 0 with *@out for ri_pvehost_close; -1 RI_E_IO, RI_E_CONFIG, RI_E_NOMEM, RI_E_UNSUPPORTED:
 *         this is not a Proxmox VE host.
 */
int ri_pvehost_open(const char *root, struct ri_pvehost *out, struct ri_err *e) RI_MUST_CHECK;
/** Release what @h owns. */
void ri_pvehost_close(struct ri_pvehost *h);

/**
 * Append the content of a file of /etc/pve, which has at most the 1 MiB that pmxcfs accepts.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM, RI_E_CONFIG: it is larger, or not a regular file.
 */
int ri_pve_read(const char *path, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The VMIDs that have a configuration on @node, in ascending order: *@n of them in *@out, for
 * free().
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_pvehost_each(const struct ri_pvehost *h, const char *node, unsigned **out, size_t *n,
    struct ri_err *e) RI_MUST_CHECK;
/** The same for containers. */
int ri_pvehost_containers(const struct ri_pvehost *h, const char *node, unsigned **out, size_t *n,
    struct ri_err *e) RI_MUST_CHECK;
/** The VMIDs of this node. */
int ri_pvehost_vmids(const struct ri_pvehost *h, unsigned **out, size_t *n,
    struct ri_err *e) RI_MUST_CHECK;
