// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/initramfs.h"

#include <string.h>

/*
 * dracut's hooks: 059 has them in /usr/lib/dracut/hooks, 106 in /var/lib/dracut/hooks, with a symbolic link
 * there, and one without a merged /usr in /lib/dracut/hooks. pre-pivot is read once the root is mounted, cmdline
 * before anything is waited for, each in the order of the names.
 */
static const struct ri_initramfs known[] = {
	{ .name = RI_INITRAMFS_TOOLS,
	    .installed = { "/usr/share/initramfs-tools/scripts/local" },
	    .whole = { "init", "scripts/local", "scripts/functions" },
	    .hook = { { "scripts/ramimg", NULL } },
	    .cmdline = "boot=ramimg toram noresume",
	    .rebuild = "update-initramfs -u" },
	{ .name = RI_INITRAMFS_DRACUT,
	    .installed = { "/usr/lib/dracut/dracut-init.sh", "/usr/lib/dracut" },
	    .packed = { "usr/lib/dracut", "lib/dracut", "dracut-state.sh" },
	    .whole = { "init" },
	    .hook = { { "var/lib/dracut/hooks/pre-pivot/00-ramimg.sh",
			  "var/lib/dracut/hooks/cmdline/99-ramimg.sh" },
		{ "usr/lib/dracut/hooks/pre-pivot/00-ramimg.sh",
		    "usr/lib/dracut/hooks/cmdline/99-ramimg.sh" },
		{ "lib/dracut/hooks/pre-pivot/00-ramimg.sh",
		    "lib/dracut/hooks/cmdline/99-ramimg.sh" } },
	    .cmdline = "toram noresume",
	    /* systemd gets a root to mount, and nothing waits for the devices of the host that the initrd was made on. */
	    .diskless = "rootfstype=tmpfs rd.hostonly=0 rd.luks=0",
	    .rebuild = "dracut --force" },
	{ .name = "mkinitcpio",
	    .installed = { "/usr/lib/initcpio" },
	    .packed = { "init_functions" } },
	{ .name = "mkinitfs",
	    .installed = { "/usr/share/mkinitfs" },
	    .packed = { "etc/mkinitfs" } },
	{ .name = "booster", .packed = { "etc/booster.init.yaml" } },
	{ .name = "tiny-initramfs", .packed = { "tiny_initramfs" } },
};

const struct ri_initramfs *ri_initramfs_get(size_t i)
{
	return i < sizeof known / sizeof *known ? &known[i] : NULL;
}

const struct ri_initramfs *ri_initramfs_find(const char *name)
{
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].hook[0].script && strcmp(known[i].name, name) == 0)
			return &known[i];
	return NULL;
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

bool ri_initramfs_is_hook_dir(const char *name, const char *script)
{
	size_t n = (size_t)(strrchr(script, '/') - script);

	return strlen(name) == n && memcmp(name, script, n) == 0;
}
