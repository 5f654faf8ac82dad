// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/find_zram.h"

#define MODULES "/lib/modules/*/kernel/drivers/block/zram/zram.ko*"

/* What packages bring that set zram up: systemd-zram-generator, zram-tools. */
static const char *const own[] = { "/usr/lib/systemd/system-generators/zram-generator",
	"/usr/sbin/zramswap" };

static const struct {
	const char *path, *elsewhere; /* where it is without a merged /usr */
	enum ri_kind kind;
} needs[] = {
	{ "/usr/lib/systemd/systemd-makefs", "/lib/systemd/systemd-makefs", RI_KIND_FILE },
	{ "/etc/modules-load.d", NULL, RI_KIND_DIR },
	{ "/etc/udev/rules.d", NULL, RI_KIND_DIR },
};

static int is_there(struct ri_guest *g, const char *path, enum ri_kind want, bool *yes,
    struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	*yes = kind == want;
	return 0;
}

int ri_find_zram(struct ri_guest *g, struct ri_zram_found *out, struct ri_err *e)
{
	bool yes;

	out->systemd = true;
	for (size_t i = 0; i < sizeof needs / sizeof *needs && out->systemd; i++) {
		if (is_there(g, needs[i].path, needs[i].kind, &yes, e) < 0)
			return -1;
		if (!yes && needs[i].elsewhere &&
		    is_there(g, needs[i].elsewhere, needs[i].kind, &yes, e) < 0)
			return -1;
		out->systemd = yes;
	}
	if (!out->systemd)
		return 0;
	for (size_t i = 0; i < sizeof own / sizeof *own && !out->own; i++) {
		if (is_there(g, own[i], RI_KIND_FILE, &yes, e) < 0)
			return -1;
		out->own = yes ? own[i] : NULL;
	}
	return g->ops->glob(g, MODULES, &out->modules, e);
}
