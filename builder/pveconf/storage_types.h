#pragma once
/*
 * What Proxmox VE's storage types have: their properties, their defaults, and which of them ramimg can
 * open. Source: pve-storage, each plugin's options, plugindata and check_config.
 */
#include "pveconf/storagecfg.h"

/** Whether @id is a storage's name (pve-common JSONSchema.pm:parse_id). */
bool ri_storage_id_ok(struct ri_span id);

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
