// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What kind of name TARGET is, from its letters alone.
 */
#include "base/err.h"

enum ri_named {
	RI_NAMED_PATH,  /* everything else; "./105" is how a file of another kind's name is meant */
	RI_NAMED_VMID,  /* "105": the VM's boot disk */
	RI_NAMED_VOLID, /* "local-lvm:vm-105-disk-1" */
	RI_NAMED_SHORT, /* "vm-105-disk-1", with or without .raw, .qcow2, .vmdk */
};

/** The kind of @target (pve-storage Storage/Plugin.pm:parse_volume_id; VMIDs are all digits). */
enum ri_named ri_target_kind(const char *target);

/**
 * A VMID's number.
 * @return 0; -1 RI_E_USAGE if it is not one that Proxmox assigns (100 to 999999999, JSONSchema.pm:
 *         pve-vmid).
 */
int ri_target_vmid(const char *target, unsigned *vmid, struct ri_err *e) RI_MUST_CHECK;

/**
 * The VM whose number is @target, or stands in it as in a volume's name ("local:105/vm-105-disk-1.qcow2").
 * @return 0 where there is none: a path, even to a file with such a name, is no volume's name.
 */
unsigned ri_target_named_vm(const char *target);
