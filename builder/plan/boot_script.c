// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/boot_script.h"
#include "os/initramfs.h"
#include "plan/templates.h"

static const struct {
	const char *generator;
	struct ri_span (*script)(void);
} scripts[] = {
	{ RI_INITRAMFS_TOOLS, ri_asset_initramfs_script_span },
	{ RI_INITRAMFS_DRACUT, ri_asset_dracut_hook_span },
};

struct ri_span ri_boot_script(const char *generator)
{
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (strcmp(scripts[i].generator, generator) == 0)
			return scripts[i].script();
	return ri_span("", 0);
}

struct ri_span ri_boot_script_diskless(const char *generator)
{
	if (strcmp(generator, RI_INITRAMFS_DRACUT) == 0)
		return ri_asset_dracut_diskless_span();
	return ri_span("", 0);
}
