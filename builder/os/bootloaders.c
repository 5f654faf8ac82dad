// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/bootloaders.h"

static const struct ri_bootloader known[] = {
	{ "a unified kernel image", RI_BOOTLOADER_ON_ESP, "/EFI/Linux/*.efi" },
	{ "systemd-boot", RI_BOOTLOADER_ON_ESP, "/EFI/systemd" },
	{ "systemd-boot", RI_BOOTLOADER_ON_ESP, "/loader/entries" },
	{ "rEFInd", RI_BOOTLOADER_ON_ESP, "/EFI/refind" },
	{ "Limine", RI_BOOTLOADER_ON_ESP, "/EFI/limine" },
	{ "extlinux", RI_BOOTLOADER_IN_ROOT, "/boot/extlinux/extlinux.conf" },
	{ "extlinux", RI_BOOTLOADER_IN_ROOT, "/boot/extlinux.conf" },
	{ "syslinux", RI_BOOTLOADER_IN_ROOT, "/boot/syslinux/syslinux.cfg" },
	{ "Limine", RI_BOOTLOADER_IN_ROOT, "/boot/limine.conf" },
	{ "LILO", RI_BOOTLOADER_IN_ROOT, "/etc/lilo.conf" },
	{ "GRUB Legacy", RI_BOOTLOADER_IN_ROOT, "/boot/grub/menu.lst" },
};

const struct ri_bootloader *ri_bootloader_get(size_t i)
{
	return i < sizeof known / sizeof *known ? &known[i] : NULL;
}
