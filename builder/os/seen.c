// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/seen.h"

#include <string.h>

/* A row is added by whoever has seen it: built, booted into RAM, and booted from the disk after a revert. */
static const struct {
	const char *id, *version_id;
	unsigned seen;
} systems[] = {
	{ "debian", "11", RI_SEEN_MENU },
	{ "debian", "12", RI_SEEN_MENU },
	{ "debian", "13", RI_SEEN_MENU },
};

/* CONFIG_LSM of their kernels has apparmor first. */
static const char *const apparmor[] = { "debian", "ubuntu" };

unsigned ri_seen_not(const struct ri_osrelease *os, unsigned has)
{
	for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
		if (strcmp(systems[i].id, os->id) == 0 &&
		    strcmp(systems[i].version_id, os->version_id) == 0)
			return has & ~systems[i].seen;
	return has;
}

bool ri_seen_selinux_is_default(const struct ri_osrelease *os)
{
	for (size_t i = 0; i < sizeof apparmor / sizeof *apparmor; i++)
		if (strcmp(apparmor[i], os->id) == 0)
			return false;
	return true;
}
