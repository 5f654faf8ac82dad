// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a trial's machine starts with: its firmware's files, with variables of their own.
 * Source: qemu-server OVMF.pm (the files for each kind of efidisk0); Debian's package ovmf, Proxmox VE's
 * pve-edk2-firmware.
 */
#include "trial/machine.h"
#include "volume/volume.h"

/**
 * Whether a disk was made to be started by UEFI: its first sector has no program that a BIOS would run.
 * @return 0 with *@uefi; -1 RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_trial_wants_uefi(const struct ri_volume *v, bool *uefi, struct ri_err *e) RI_MUST_CHECK;

/** A VM's efidisk0, whose variables are to be copied; everything is borrowed. */
struct ri_trial_efidisk {
	const char *options; /* its line in the configuration */
	const char *path, *format;
};

/**
 * Find the code of OVMF for @m, which is a uefi, and make the file @vars of its variables: a copy of those in @disk or,
 * where that is NULL, as they are delivered. m->code and m->vars are set; the former is static, the latter @vars.
 * @return 0; -1 RI_E_IO: OVMF is not installed, or a copy fails; RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_trial_firmware(const struct ri_trial_efidisk *disk, const char *vars,
    struct ri_trial_machine *m, struct ri_err *e) RI_MUST_CHECK;
