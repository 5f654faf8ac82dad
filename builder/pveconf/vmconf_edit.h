// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Changes to a VM configuration's text that leave every other byte as it is: a disk taken out of the
 * running configuration, and brought back.
 * Source: qemu-server QemuServer.pm:write_vm_config (order of sections and keys), Drive.pm and
 * API2/Qemu.pm (what `qm disk unlink` leaves).
 */
#include "pveconf/vmconf.h"

enum ri_detach_way {
	RI_DETACH_PENDING, /* the drive's line moves to [PENDING]: back at the next cold start */
	RI_DETACH_UNUSED,  /* as `qm disk unlink`: unusedN, and out of the pending boot order; a
			      line of the description says which drive it was */
	RI_DETACH_BY_HAND, /* ",disabled=1" behind the drive's and scsihw's lines */
};
/** "pending", "unused", "by-hand". */
extern const char *const ri_detach_ways[3];
/**
 * How the line of the description begins that says which drive was detached and how its line was,
 * "scsi0=VOLID,iothread=1": of each that is unused, and of one that is pending where nothing else says so.
 */
#define RI_DETACH_MARK "ramimg detached "

/**
 * Take the drive @key out of the main section of @text. What is pending for it stays as it is: other options for
 * the same volume.
 * @return 0 with the new text appended to @out; -1 RI_E_CONFIG where the main section has no such line,
 *         another drive has its volume too, no unusedN is free, or what is pending takes it away or gives it
 *         another volume; RI_E_NOMEM.
 */
int ri_vmconf_edit_detach(struct ri_span text, const char *key, enum ri_detach_way way,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The text with "lock: @value" in its main section, at its place among the keys, in place of any that is there;
 * without any where @value is NULL. Sections behind it keep theirs.
 * @return 0 with it appended to @out; -1 RI_E_NOMEM.
 */
int ri_vmconf_edit_lock(struct ri_span text, const char *value, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/** How a configuration has a disk that was detached. */
struct ri_detached {
	enum ri_detach_way way;
	char key[16];     /* the drive it was, "scsi0" */
	char source[16];  /* the key of the line that has it now: "scsi0", "unused3" */
	const char *line; /* the value that its line had; NULL: that of the source's line */
};

/**
 * Whether VM @vmid's drive of @file may become unused, as Proxmox VE would let it (Source:
 * qemu-server QemuServer.pm:vmconfig_register_unused_drive, API2/Qemu.pm: check_protection).
 * @return 0; -1 RI_E_UNSUPPORTED: `protection: 1`, or a volume that is not the VM's own.
 */
int ri_vmconf_edit_check_unused(const struct ri_vmconf *c, unsigned vmid, const char *file,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Undo what ri_vmconf_edit_detach did: the line of @d back in the main section, at its place among the
 * keys. A pending one that has other options by now stays pending beside it.
 * @return 0; -1 RI_E_CONFIG where the text does not have it; RI_E_NOMEM.
 */
int ri_vmconf_edit_attach(struct ri_span text, const struct ri_detached *d, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
