// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Boot loaders other than GRUB 2, by the files that each leaves.
 */
#include <stddef.h>

/** Where a boot loader's file is looked for. */
enum ri_bootloader_place {
	RI_BOOTLOADER_ON_ESP, /* the path begins at the root of an EFI partition */
	RI_BOOTLOADER_IN_ROOT,
};

/** One of them. Nothing in it is to be freed. */
struct ri_bootloader {
	const char *name;
	enum ri_bootloader_place place;
	const char *
	    path; /* a file or a directory that tells; a glob(7) pattern on an EFI partition may end it */
};

/**
 * The row number @i; the first that is found counts. Sources: systemd-boot(7), the Unified Kernel Image
 * Specification of uapi-group.org, the packages extlinux, syslinux, lilo, refind and limine of Debian and Arch.
 * @return NULL behind the last.
 */
const struct ri_bootloader *ri_bootloader_get(size_t i);
