// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The cluster's files of a Proxmox VE host (pveconf/cluster.h).
 */
#include "pveconf/cluster.h"
#include "pvehost/pvehost.h"

/**
 * Read them. One that is not there says nothing; warnings of the parser go to the log.
 * @return 0 with *@out for ri_cluster_free; -1 RI_E_IO, RI_E_CONFIG as ri_pve_read, RI_E_NOMEM.
 */
int ri_pvehost_cluster(const struct ri_pvehost *h, struct ri_cluster *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether the VMs of this node can be sent to @node.
 * @return 0; -1 RI_E_USAGE "… is this node", RI_E_IO "there is no node '…'; there are …".
 */
int ri_pvehost_target(const struct ri_pvehost *h, const char *node, struct ri_err *e) RI_MUST_CHECK;
