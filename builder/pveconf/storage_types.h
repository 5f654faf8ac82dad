// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What Proxmox VE's storage types have: their properties, their defaults, and which of them ramimg can
 * open. Source: pve-storage, each plugin's options, plugindata and check_config.
 */
#include "pveconf/storagecfg.h"

/** Set @s->type, and `shared` where the type implies it, from its type_name. */
void ri_storage_type_set(struct ri_storage *s);

enum ri_property_result { RI_PROPERTY_SET, RI_PROPERTY_BAD, RI_PROPERTY_FAILED };

/**
 * Give @s the property @key. One that ramimg has no use for is taken and forgotten.
 * @return RI_PROPERTY_BAD where Proxmox would not take the value; RI_PROPERTY_FAILED with RI_E_NOMEM.
 */
enum ri_property_result ri_storage_set(struct ri_storage *s, const char *key, struct ri_span value,
    struct ri_err *e) RI_MUST_CHECK;

/** Fill in what the section did not say. @return 0; -1 RI_E_NOMEM. */
int ri_storage_defaults(struct ri_storage *s, struct ri_err *e) RI_MUST_CHECK;

/** Why volumes of the storage's type cannot be opened here, or NULL. */
const char *ri_storage_refused(const struct ri_storage *s);

/**
 * Whether @node may use the storage (Storage.pm:storage_check_enabled).
 * @return 0; -1 RI_E_UNSUPPORTED "the storage 'x' is disabled", "… is not for this node (nodes a, b)".
 */
int ri_storage_enabled(const struct ri_storage *s, const char *node,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * As ri_storage_enabled, and whether it may have VM disks (content).
 * @return 0; -1 RI_E_UNSUPPORTED "the storage 'x' is disabled", "… is not for this node (nodes a, b)",
 *         "… holds no VM disks (its content has no images)".
 */
int ri_storage_usable(const struct ri_storage *s, const char *node, struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether its type is one that ramimg opens by itself.
 * @return 0; -1 RI_E_UNSUPPORTED with the reason for the types that are refused (zfs, iscsidirect,
 *         esxi, pbs, cephfs, glusterfs: no block device or no VM disks), each in its own words; for a
 *         type of nobody's (RI_STORAGE_OTHER, a custom plugin) too: "… is of the type 'x', which only
 *         its plugin knows", with *@plugin true: pvesm can be asked.
 */
int ri_storage_supported(const struct ri_storage *s, bool *plugin, struct ri_err *e) RI_MUST_CHECK;
