// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A VM that runs from RAM loses its disk, in QEMU and in its configuration, and gets it back.
 */
#include "pveconf/vmconf_edit.h"
#include "pvehost/pvevm.h"

/* A disk that nobody uses is not touched for so long: journals and page caches write every 5 s. */
#define RI_DETACH_IDLE_MS 6000

struct ri_detach_opts {
	enum ri_detach_way way;
	bool assume_ram;  /* the guest is not asked whether it runs from RAM */
	bool dry_run;     /* nothing is changed; the result says what would be */
	unsigned wait_s;  /* for the guest to say that it runs from RAM; 0: it must have by now */
	unsigned guest_s; /* for the guest to answer an unplug */
	unsigned idle_ms; /* for so long the disk must not be read or written */
};

struct ri_detach_result {
	char key[16];                /* the drive, "scsi0" */
	struct ri_strv commands;     /* a dry run's: what QEMU would be told */
	struct ri_buf before, after; /* the configuration; equal where nothing changes */
	bool live;                   /* attach: the running VM has the disk again */
};
void ri_detach_result_free(struct ri_detach_result *r);

/**
 * Detach the disk that VM @vmid boots from. What an earlier run did not complete is continued.
 *
 * Refused: the VM does not run here, is locked, its guest does not say that it runs from RAM and
 * has let go of the disk (unless assume_ram), the disk is still read or written, /etc/pve cannot be
 * written, QEMU cannot unplug the disk.
 * @return 0; -1 RI_E_BUSY, RI_E_UNSUPPORTED, RI_E_CONFIG, RI_E_IO, RI_E_CANCELLED: QEMU and the
 *         configuration then both have the disk, or the sentence says what is missing.
 */
int ri_detach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * The way back: into the running QEMU where its command line still knows how, and into the
 * configuration.
 * @return 0; -1.
 */
int ri_attach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e) RI_MUST_CHECK;
