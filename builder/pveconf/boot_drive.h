// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which is a VM's boot drive, where is it, and who put it there: the one answer that list, build, inspect,
 * status, detach, attach and check-migrate have, by the whole configuration.
 *
 * Of the sections, main says what runs; [PENDING] is what the next start applies before it looks at
 * the boot order (qemu-server QemuServer.pm:vm_start_nolock, vmconfig_apply_pending); a snapshot
 * tells of a drive that is nowhere else, since Proxmox VE writes no [PENDING] into snapshots; the cloudinit
 * section is a copy of settings without disks, and says nothing.
 * Source: qemu-server Drive.pm:get_bootdisks, valid_drive_names ("order is important"), drive_is_cdrom,
 * drive_is_cloudinit; QemuServer.pm:device_bootorder, bootorder_from_legacy.
 */
#include "pveconf/vmconf_edit.h"

enum ri_boot_place {
	RI_BOOT_NONE,     /* it boots from no hard disk */
	RI_BOOT_ATTACHED, /* the main section has it */
	RI_BOOT_PENDING,  /* [PENDING] has it, the main section has not */
	RI_BOOT_UNUSED,   /* as unusedN */
	RI_BOOT_DISABLED, /* the main section has it with disabled=1, and Proxmox drops it */
	RI_BOOT_SNAPSHOT, /* only a snapshot tells of it */
	RI_BOOT_NOWHERE,  /* the boot order names it, and nothing else does */
	RI_BOOT_AMBIGUOUS /* it may be any of several */
};

/** What [PENDING] does to an attached one at the next start. */
enum ri_boot_change {
	RI_BOOT_STAYS,
	RI_BOOT_OPTIONS, /* the same volume with other options */
	RI_BOOT_VOLUME,  /* another volume in its place */
	RI_BOOT_DELETE   /* it is taken away */
};

/** Who put it where it is. */
enum ri_boot_by {
	RI_BOOT_BY_CONFIG, /* it is attached as it always was */
	RI_BOOT_BY_DETACH, /* ramimg: its mark, disabled=1, or a boot order in force that names a drive which is
			      only pending (Proxmox VE makes a new order pending together with the drive) */
	RI_BOOT_BY_OTHERS, /* a change in Proxmox VE that waits for the next start */
	RI_BOOT_BY_UNKNOWN
};

struct ri_boot_drive {
	enum ri_boot_place place;
	enum ri_boot_change change;
	enum ri_boot_by by;
	char key[16];    /* "scsi0"; "" where there is none, or several */
	char source[16]; /* the key of the line that has it: "scsi0", "unused3" */
	char *file;      /* its volume; NULL: not known */
	char *line; /* its whole line's value, as it is to be attached again; NULL: not known */
	char *why;  /* a sentence where it is not simply there; else NULL */
};
/** Release what @d owns and make it empty. */
void ri_boot_drive_free(struct ri_boot_drive *d);

/**
 * Find it. Of a @running VM the main section counts; of one that is stopped what its next start makes of both
 * (a guest that powers off, or a QEMU that crashes, leaves [PENDING] as it is).
 * @return 0 with *@out for ri_boot_drive_free; -1 RI_E_NOMEM.
 */
int ri_boot_drive_find(const struct ri_vmconf *c, bool running, struct ri_boot_drive *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Whether a detach, or what looks like one, took it out of the main section. */
bool ri_boot_drive_is_out(const struct ri_boot_drive *d);
/** "attached", "pending", "unused", "by-hand", "lost", "ambiguous"; "-": none. */
const char *ri_boot_drive_word(const struct ri_boot_drive *d);
/** How it was taken out, for ri_vmconf_edit_attach; borrows from @d. Only if ri_boot_drive_is_out. */
struct ri_detached ri_boot_drive_was(const struct ri_boot_drive *d);
/**
 * Whether it is there to be worked on.
 * @return 0; -1 RI_E_CONFIG: there is none, it is lost, or it may be any of several; RI_E_BUSY: what is pending
 *         takes it away or changes its volume. The sentence says what to do; @vmid is for that.
 */
int ri_boot_drive_check(const struct ri_boot_drive *d, unsigned vmid,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append a sentence where the next start of the VM @vmid, which @d is of, does not boot from its drive @key with the volume
 * @file, but from another, or from none. Nothing where it does, or it is not known which it boots.
 */
void ri_boot_drive_say_other(const struct ri_boot_drive *d, const char *key, const char *file,
    unsigned vmid, struct ri_buf *out);
