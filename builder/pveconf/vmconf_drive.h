// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The drives of a VM's configuration.
 */
#include "pveconf/vmconf.h"

#include <stdint.h>

void ri_drive_free(struct ri_drive *d);
/** Whether @key names a drive: ide0-3 sata0-5 scsi0-30 virtio0-15 efidisk0 tpmstate0 unused0-255. */
bool ri_drive_key(const char *key);
/** @return 0 (look at valid); -1 RI_E_NOMEM, RI_E_CONFIG where no file can be told at all. */
int ri_drive_parse(const char *key, const char *value, struct ri_drive *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The bytes that a drive's "size" says: "32G", "1.5T", "4096" (pve-common's JSONSchema::parse_size: K, M, G and T are
 * powers of 1024, what is left of a byte is dropped).
 * @return false: it is no size.
 */
bool ri_drive_bytes(const char *size, uint64_t *out);
void ri_drives_free(struct ri_drives *d);
/** All drives of a section, in Proxmox's order of keys (ide, scsi, virtio, sata, efidisk, tpmstate,
 *  unused), those that cannot be read left out. */
int ri_drives_of(const struct ri_vmsection *s, struct ri_drives *out,
    struct ri_err *e) RI_MUST_CHECK;
