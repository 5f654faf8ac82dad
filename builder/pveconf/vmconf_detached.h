// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a detached disk leaves in a VM's configuration.
 */
#include "pveconf/vmconf_edit.h"

/**
 * Whether VM @vmid's drive of @file may become unused, as Proxmox VE would let it (Source:
 * qemu-server QemuServer.pm:vmconfig_register_unused_drive, API2/Qemu.pm: check_protection).
 * @return 0; -1 RI_E_UNSUPPORTED: `protection: 1`, or a volume that is not the VM's own.
 */
int ri_vmconf_edit_check_unused(const struct ri_vmconf *c, unsigned vmid, const char *file,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Find the disk that a detach took out: a drive in [PENDING] that the main section has not, one
 * with disabled=1, an unusedN that the description tells the drive of (RI_DETACH_MARK), or the only
 * unusedN where the main boot order names a drive that is nowhere. The drive of the boot order
 * counts before others.
 * @return 1; 0: there is none; -1 RI_E_NOMEM.
 */
int ri_vmconf_edit_detached(const struct ri_vmconf *c, struct ri_detached *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Find it. If the boot order does not name the disk (it is missing, and the first disk boots), a
 * detached disk takes precedence over the first of the remaining ones: otherwise a second detach
 * would take the next disk.
 * @return 0; -1 RI_E_CONFIG as ri_vmconf_bootdisk, RI_E_NOMEM.
 */
int ri_vmconf_edit_bootdisk(const struct ri_vmconf *c, struct ri_bootdisk *out,
    struct ri_err *e) RI_MUST_CHECK;
