// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/initramfs.h"

#include <stdbool.h>
#include <string.h>

static const struct ri_initramfs known[] = {
	{ RI_INITRAMFS_TOOLS, { "/usr/share/initramfs-tools/scripts/local" }, { NULL } },
	{ "dracut", { "/usr/lib/dracut/dracut-init.sh", "/usr/lib/dracut" },
	    { "usr/lib/dracut", "lib/dracut", "dracut-state.sh" } },
	{ "mkinitcpio", { "/usr/lib/initcpio" }, { "init_functions" } },
	{ "mkinitfs", { "/usr/share/mkinitfs" }, { "etc/mkinitfs" } },
	{ "booster", { NULL }, { "etc/booster.init.yaml" } },
	{ "tiny-initramfs", { NULL }, { "tiny_initramfs" } },
};

const struct ri_initramfs *ri_initramfs_get(size_t i)
{
	return i < sizeof known / sizeof *known ? &known[i] : NULL;
}

static bool at_or_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

const char *ri_initramfs_of_entry(const char *name)
{
	const struct ri_initramfs *k;

	for (size_t i = 0; (k = ri_initramfs_get(i)); i++)
		for (const char *const *path = k->packed; *path; path++)
			if (at_or_below(name, *path))
				return k->name;
	return NULL;
}
