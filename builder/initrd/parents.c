// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/parents.h"
#include "initrd/walk.h"

#include <sys/stat.h>

void ri_initrd_parents_free(struct ri_initrd_parents *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->v[i].path);
	free(p->v);
	*p = (struct ri_initrd_parents){ 0 };
}

static int add_parent(struct ri_initrd_parents *p, const char *path, size_t n, struct ri_err *e)
{
	struct ri_initrd_parent *grown;

	for (size_t i = 0; i < p->n; i++)
		if (strlen(p->v[i].path) == n && memcmp(p->v[i].path, path, n) == 0)
			return 0;
	grown = realloc(p->v, (p->n + 1) * sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	p->v = grown;
	grown[p->n] = (struct ri_initrd_parent){ strndup(path, n), false };
	return grown[p->n++].path ? 0 : ri_nomem(e);
}

int ri_initrd_parents_of(const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *out, struct ri_err *e)
{
	for (size_t i = 0; i < n; i++) {
		const char *path = members[i].path;

		for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/'))
			if (add_parent(out, path, (size_t)(s - path), e) < 0)
				return -1;
	}
	return 0;
}

struct finding {
	struct ri_initrd_parents *p;
	bool *in_the_way; /* one for each of them: the last entry of that name is no directory */
	const struct ri_initrd_member *members;
	size_t n;
};

static int on_entry(void *arg, const struct ri_initrd_part *part, const struct ri_newc_entry *entry,
    struct ri_err *e)
{
	struct finding *f = arg;

	(void)part;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->members[i].path, entry->name) == 0)
			return ri_fail(e, RI_E_GUEST, 0, "it holds /%s already", entry->name);
	/* A symbolic link counts as a directory: the kernel follows it. */
	for (size_t i = 0; i < f->p->n; i++)
		if (strcmp(f->p->v[i].path, entry->name) == 0) {
			f->p->v[i].present = S_ISDIR(entry->mode) || S_ISLNK(entry->mode);
			f->in_the_way[i] = !f->p->v[i].present;
		}
	return 0;
}

int ri_initrd_parents_find(int fd, uint64_t size, const struct ri_initrd_member *members, size_t n,
    struct ri_initrd_parents *p, struct ri_err *e)
{
	RI_FREE bool *in_the_way = calloc(p->n + 1, sizeof *in_the_way);
	struct finding f = { p, in_the_way, members, n };
	struct ri_initrd_visit visit = { on_entry, &f };

	if (!in_the_way)
		return ri_nomem(e);
	if (ri_initrd_walk(fd, size, &visit, e) < 0)
		return -1;
	for (size_t i = 0; i < p->n; i++)
		if (in_the_way[i])
			return ri_fail(e, RI_E_GUEST, 0, "its /%s is not a directory",
			    p->v[i].path);
	return 0;
}
