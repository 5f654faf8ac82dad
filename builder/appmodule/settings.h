// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What libguestfs would start an appliance with, as it says itself (appliance/settings.h).
 */

/** For ri_appliance_settings_free. Zero-initialise it. */
struct ri_appliance_settings {
	char *path;     /* where an appliance is looked for: directories with ":" between */
	char *cachedir; /* where supermin's is kept: in .guestfs-UID below it */
	char *hv;       /* the program that is QEMU */
	int memsize;    /* the appliance's memory, MiB */
};

void ri_appliance_settings_free(struct ri_appliance_settings *s);
