// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Detaching the disk of a VM that runs from RAM, in QEMU and in its configuration, and attaching it
 * again.
 */
#include "pveconf/remarks.h"
#include "pveconf/vmconf_edit.h"
#include "pvehost/pvevm.h"

/*
 * How long a disk must stay untouched to count as unused: journals and page caches write every 5 s.
 */
#define RI_DETACH_IDLE_MS 6000

struct ri_detach_opts {
	enum ri_detach_way way;
	bool refuse_backup; /* where a scheduled backup covers the VM (detach.backup) */
	bool assume_ram;    /* do not ask the guest whether it runs from RAM */
	bool dry_run;       /* change nothing; the result says what would be changed */
	unsigned wait_s;    /* to wait for the guest to say that it runs from RAM; 0: do not wait */
	unsigned guest_s;   /* to wait for the guest to answer an unplug */
	unsigned idle_ms;   /* for which the disk must be neither read nor written */
};

struct ri_detach_result {
	char key[16];                /* the drive, "scsi0" */
	struct ri_strv commands;     /* of a dry run: what QEMU would be told */
	struct ri_buf before, after; /* the configuration; equal if it does not change */
	struct ri_remarks remarks;   /* detach: what Proxmox VE does meanwhile */
	bool live;                   /* attach: the running VM has the disk again */
	bool done; /* something was unplugged, plugged in or changed; false: it was so
					already, in QEMU and in the configuration */
};
/** Release what @r owns. */
void ri_detach_result_free(struct ri_detach_result *r);

/**
 * Detach the disk that VM @vmid boots from. If an earlier run was not completed, go on from there.
 *
 * Refused: the VM does not run here or is locked; its guest does not say that it runs from RAM and
 * has let go of the disk (unless assume_ram); the disk is still being read or written; /etc/pve
 * cannot be written; QEMU cannot unplug the disk; a scheduled backup covers it (refuse_backup).
 * @return 0 with *@out for ri_detach_result_free: neither QEMU nor the main section has the disk; -1
 *         RI_E_BUSY, RI_E_UNSUPPORTED, RI_E_CONFIG, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM: QEMU and
 *         the configuration both still have the disk,
 *         or the message says what is missing.
 */
int ri_detach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The way back: put the disk back into the configuration, and into the running QEMU if its command
 * line still says how. A running VM that cannot be given it has it pending; where it is pending already,
 * that is RI_E_UNSUPPORTED.
 * @return 0 with *@out for ri_detach_result_free; -1 as ri_detach.
 */
int ri_attach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e) RI_MUST_CHECK;
