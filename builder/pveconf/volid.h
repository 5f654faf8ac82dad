// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Proxmox VE's names of volumes: "storage:volname", and what each storage type makes of a volname.
 * Source: pve-storage Storage/Plugin.pm:parse_volume_id and each plugin's parse_volname and
 * filesystem_path (qemu_img_format for the format of LVM volumes).
 */
#include "pveconf/storagecfg.h"

/** A volume id taken apart at its first colon. */
struct ri_volid {
	char *storage, *volname;
};
void ri_volid_free(struct ri_volid *v);
/**
 * Whether @s has the form of a volume id (a storage id, a colon, something), without reading
 * storage.cfg. A path does not have it.
 */
bool ri_volid_is(const char *s);
/** @return 0; -1 RI_E_USAGE "'…' is not a volume id". */
int ri_volid_parse(const char *s, struct ri_volid *out, struct ri_err *e) RI_MUST_CHECK;

/** A volname as its storage's type reads it. */
struct ri_volname {
	char *name;         /* the last part: "vm-105-disk-1.qcow2", "vm-105-disk-1" */
	char *dir;          /* dir types: the part before it, "105"; else NULL */
	unsigned vmid;      /* its owner; 0 where nobody owns it (iscsi) */
	char *base_name;    /* a linked clone: its base volume's name, else NULL */
	unsigned base_vmid; /* … and that one's owner */
	bool is_base;       /* a template's volume */
	const char *format; /* "raw", "qcow2", "vmdk"; "subvol" is refused */
};
void ri_volname_free(struct ri_volname *v);
/**
 * Read @volname as Proxmox does on a storage of this type. Everything that could lead out of the
 * storage ("..", ".", empty parts, a leading "-", control characters) is refused.
 * @return 0; -1 RI_E_USAGE with the form that is expected, RI_E_UNSUPPORTED for a snapshot's file
 *         (snap-…qcow2) or a container's subvolume.
 */
int ri_volname_parse(const struct ri_storage *s, const char *volname, struct ri_volname *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether a file or logical volume is called as Proxmox calls a snapshot's: "snap-S-vm-105-….qcow2"
 * (Plugin.pm:get_snap_name), "snap_vm-105-disk-0_S" (LVMPlugin.pm, LvmThinPlugin.pm).
 */
bool ri_volname_is_snapshot(const char *name);
/** The disk's short name: the last part without .raw, .qcow2, .vmdk. Appended to @out. */
void ri_volname_short(const char *volname, struct ri_buf *out);
/**
 * The VMID in a short name or file name "vm-105-…" or "base-105-…".
 * @return 0 where it has none.
 */
unsigned ri_volname_vmid(const char *name);
