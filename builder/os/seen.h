// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Which systems have been seen to boot into RAM, by os-release's ID and VERSION_ID.
 */
#include "os/osrelease.h"

#include <stdbool.h>

/** What a guest has that a build depends on; each was seen to work with a system, or was not. */
enum ri_seen {
	RI_SEEN_MENU = 1 << 0,    /* GRUB's menu is grub.cfg itself */
	RI_SEEN_BLS = 1 << 1,     /* it is made of entry files (grub/bls.h) */
	RI_SEEN_SELINUX = 1 << 2, /* SELinux is permissive */
};

/** Those of @has, bits of enum ri_seen, that were not seen to work with the system. */
unsigned ri_seen_not(const struct ri_osrelease *os, unsigned has);

/** Whether that system's kernels run SELinux without being told to. */
bool ri_seen_selinux_is_default(const struct ri_osrelease *os);
