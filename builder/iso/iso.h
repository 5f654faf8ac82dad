// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An ISO that boots by BIOS and by UEFI: GRUB, a kernel, and an initrd that needs nothing else. It is made by GRUB's, mtools'
 * and xorriso's programs.
 */
#include "host/pending.h"
#include "iso/texts.h"

/*
 * On a PC GRUB puts an initrd below 896 MiB (include/grub/i386/linux.h, GRUB_LINUX_INITRD_MAX_ADDRESS); in front of it there are
 * the kernel, where it unpacks itself, and what the firmware and GRUB have.
 */
#define RI_ISO_INITRD_MAX ((uint64_t)768 << 20)

/**
 * Whether this host has all that it takes. @return 0; -1 RI_E_UNSUPPORTED, with the packages that are not installed;
 * RI_E_NOMEM.
 */
int ri_iso_check(struct ri_err *e) RI_MUST_CHECK;
/**
 * Whether GRUB could load an initrd of @bytes. @return 0; -1 RI_E_BUDGET.
 */
int ri_iso_fits(uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;
/**
 * Write the ISO to @to, which the caller keeps.
 * @return 0; -1 RI_E_GUEST as ri_iso_menu, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_iso_write(const struct ri_iso_spec *s, const struct ri_pending *to,
    struct ri_err *e) RI_MUST_CHECK;
