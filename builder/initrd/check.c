// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/check.h"
/*
 * Whether an initrd is a whole one of initramfs-tools.
 */
#include "initrd/walk.h"
#include "os/initramfs.h"

/* What must be there: initramfs-tools(7). */
static const char *const required[] = { "init", "scripts/local", "scripts/functions" };
#define REQUIRED (sizeof required / sizeof *required)

struct check {
	struct ri_initrd_info info;
	bool found[REQUIRED];
	const char *generator;
	uint64_t init_part;
	bool plain_first; /* the first archive is not compressed */
};

static bool at_or_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static int on_entry(void *arg, const struct ri_initrd_part *part, const struct ri_newc_entry *entry,
    struct ri_err *e)
{
	struct check *c = arg;
	const char *other = ri_initramfs_of_entry(entry->name);

	(void)e;
	c->info.entries++;
	c->info.unpacked_bytes += entry->size;
	if (part->index == 0 && part->comp == RI_INITRD_NONE)
		c->plain_first = true;
	for (size_t i = 0; i < REQUIRED; i++) {
		if (strcmp(entry->name, required[i]) != 0)
			continue;
		c->found[i] = true;
		if (i == 0) {
			c->init_part = part->index;
			c->info.comp = part->comp;
		}
	}
	if (other)
		c->generator = other;
	if (at_or_below(entry->name, "ramimg") || strcmp(entry->name, "scripts/ramimg") == 0)
		c->info.ours = true;
	return 0;
}

static int judge(const struct check *c, struct ri_err *e)
{
	for (size_t i = 0; i < REQUIRED; i++) {
		if (c->found[i])
			continue;
		if (c->generator)
			return ri_fail(e, RI_E_UNSUPPORTED, 0,
			    "made by %s; ramimg can extend those of initramfs-tools only",
			    c->generator);
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "has no /%s: not made by initramfs-tools, the only kind that ramimg can extend",
		    required[i]);
	}
	return 0;
}

int ri_initrd_check(int fd, uint64_t size, struct ri_initrd_info *out, struct ri_err *e)
{
	struct check c = { .info.bytes = size };
	struct ri_initrd_visit visit = { on_entry, &c };

	if (ri_initrd_walk(fd, size, &visit, e) < 0 || judge(&c, e) < 0)
		return -1;
	c.info.early = c.plain_first && c.init_part > 0;
	*out = c.info;
	return 0;
}
