// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The Proxmox VE host that ramimg runs on: which node it is, its storages, and which VMs it
 * has. Everything lies below a root directory ("/" on a real host), so
 * that a test can stand a whole host up in a folder.
 * Source: pve-cluster (/etc/pve is pmxcfs; /etc/pve/local links to nodes/NODE).
 */
#include "pveconf/storagecfg.h"

struct ri_pvehost {
	char *root; /* without a final "/": "" on a real host */
	char *node; /* this node's name */
	struct ri_storages storages;
};

/** Whether there is a Proxmox VE at @root at all: etc/pve/nodes is a directory. */
bool ri_pvehost_is(const char *root);
/**
 * Read who we are (etc/pve/local -> nodes/NODE, else the host's name) and storage.cfg (absent: only
 * `local`; larger than 1 MiB, pmxcfs's limit: refused). Warnings of the parser go to the log.
 * @return 0; -1 RI_E_IO, RI_E_CONFIG, RI_E_UNSUPPORTED if this is not a Proxmox host.
 */
int ri_pvehost_open(const char *root, struct ri_pvehost *out, struct ri_err *e) RI_MUST_CHECK;
void ri_pvehost_close(struct ri_pvehost *h);

/**
 * Append a file of /etc/pve, which is at most the 1 MiB that pmxcfs accepts.
 * @return 0; -1 RI_E_IO, RI_E_CONFIG where it is larger, or no file.
 */
int ri_pve_read(const char *path, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/** The VMIDs whose configurations a node has, ascending; for free(). */
int ri_pvehost_each(const struct ri_pvehost *h, const char *node, unsigned **out, size_t *n,
    struct ri_err *e) RI_MUST_CHECK;
/** The same of this node. */
int ri_pvehost_vmids(const struct ri_pvehost *h, unsigned **out, size_t *n,
    struct ri_err *e) RI_MUST_CHECK;
