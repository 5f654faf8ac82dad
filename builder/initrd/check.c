// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/check.h"
/*
 * Whether an initrd is a whole one of a generator that ramimg knows how to extend.
 */
#include "format/shed.h"
#include "initrd/walk.h"

/* Of one row of the table of generators: what of its lists was found. */
struct seen {
	bool whole[RI_INITRAMFS_WHOLE_MAX], hook[RI_INITRAMFS_HOOKS_MAX];
};

#define GENERATORS_MAX 8

struct check {
	struct ri_initrd_info info;
	struct seen seen[GENERATORS_MAX]; /* as the table's rows */
	const char *generator;            /* by what it alone packs */
	uint64_t init_part;
	bool plain_first; /* the first archive is not compressed */
};

static bool at_or_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static void compare(struct check *c, const struct ri_initramfs *k, struct seen *s, const char *name)
{
	for (size_t i = 0; k->whole[i]; i++)
		s->whole[i] = s->whole[i] || strcmp(name, k->whole[i]) == 0;
	for (size_t i = 0; k->hook[i].script; i++) {
		s->hook[i] = s->hook[i] || ri_initramfs_is_hook_dir(name, k->hook[i].script);
		c->info.ours = c->info.ours || strcmp(name, k->hook[i].script) == 0;
	}
}

static int on_entry(void *arg, const struct ri_initrd_part *part, const struct ri_newc_entry *entry,
    struct ri_err *e)
{
	struct check *c = arg;
	const char *other = ri_initramfs_of_entry(entry->name);
	const struct ri_initramfs *k;

	(void)e;
	c->info.entries++;
	c->info.unpacked_bytes += entry->size;
	c->info.shed_bytes += ri_shed_has(entry->name) ? entry->size : 0;
	if (part->index == 0 && part->comp == RI_INITRD_NONE)
		c->plain_first = true;
	for (size_t i = 0; i < GENERATORS_MAX && (k = ri_initramfs_get(i)); i++)
		compare(c, k, &c->seen[i], entry->name);
	if (strcmp(entry->name, "init") == 0) {
		c->init_part = part->index;
		c->info.comp = part->comp;
	}
	if (other)
		c->generator = other;
	if (at_or_below(entry->name, "ramimg"))
		c->info.ours = true;
	return 0;
}

/* What of the row's list is not there; NULL: all is. */
static const char *missing_of(const struct ri_initramfs *k, const struct seen *s)
{
	for (size_t i = 0; k->whole[i]; i++)
		if (!s->whole[i])
			return k->whole[i];
	return NULL;
}

/* The first hook whose directory is there; NULL: none. */
static const struct ri_initramfs_hook *hook_of(const struct ri_initramfs *k, const struct seen *s)
{
	for (size_t i = 0; k->hook[i].script; i++)
		if (s->hook[i])
			return &k->hook[i];
	return NULL;
}

static int judge(struct check *c, struct ri_err *e)
{
	const char *missing = missing_of(ri_initramfs_get(0), &c->seen[0]);
	const struct ri_initramfs *k;

	for (size_t i = 0; i < GENERATORS_MAX && (k = ri_initramfs_get(i)); i++) {
		c->info.hook = hook_of(k, &c->seen[i]);
		c->info.made_by = k;
		if (c->info.hook && !missing_of(k, &c->seen[i]))
			return 0;
	}
	if (c->generator && ri_initramfs_find(c->generator))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "made by %s, but not as ramimg knows it: it has no /init, or no directory for hooks "
		    "that run when the root is mounted",
		    c->generator);
	if (c->generator)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "made by %s; ramimg can extend those of initramfs-tools and dracut only",
		    c->generator);
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "has no /%s: made neither by initramfs-tools nor by dracut, the only kinds that ramimg can "
	    "extend",
	    missing ? missing : "scripts");
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
