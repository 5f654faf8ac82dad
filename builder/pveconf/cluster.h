// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files of a Proxmox VE cluster say about where a guest may go: HA's resources, groups (8.x) and rules (9.x),
 * replication jobs, and the devices and directories that are mapped.
 * Source: pve-ha-manager HA/Config.pm, HA/Resources.pm, HA/Groups.pm, HA/Rules.pm; pve-guest-common
 * ReplicationConfig.pm, Mapping/PCI.pm, Mapping/USB.pm, Mapping/Dir.pm.
 */
#include "pveconf/section_config.h"

enum ri_cluster_file {
	RI_CLUSTER_RESOURCES,
	RI_CLUSTER_GROUPS,
	RI_CLUSTER_RULES,
	RI_CLUSTER_REPLICATION,
	RI_CLUSTER_PCI,
	RI_CLUSTER_USB,
	RI_CLUSTER_DIRS,
	RI_CLUSTER_FILES /* how many there are */
};
/** Their names below /etc/pve. */
extern const char *const ri_cluster_names[RI_CLUSTER_FILES];

/** A guest that HA may know, and which node it is on. */
struct ri_placed {
	char sid[16]; /* "vm:105", "ct:200" */
	char *node;
};

/** Zero-initialise it; that is a cluster that says nothing. */
struct ri_cluster {
	struct ri_sections file[RI_CLUSTER_FILES];
	struct ri_strv nodes;     /* all, sorted */
	struct ri_placed *guests; /* those of all nodes; looked up only where the rules name some */
	size_t guests_n;
};
void ri_cluster_free(struct ri_cluster *c);
/**
 * Parse @text as the content of @which; hostile or damaged text gives warnings (section_config.h).
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_cluster_parse(struct ri_cluster *c, enum ri_cluster_file which, struct ri_span text,
    struct ri_err *e) RI_MUST_CHECK;
/** Add the guest @vmid of @node. @return 0; -1 RI_E_NOMEM. */
int ri_cluster_guest(struct ri_cluster *c, bool container, unsigned vmid, const char *node,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether HA's rules say something about guests among each other. */
bool ri_cluster_needs_guests(const struct ri_cluster *c);
