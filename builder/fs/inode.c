// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/inode.h"

int ri_fs_names_add(struct ri_fs_names *l, struct ri_span name, uint32_t ino, struct ri_err *e)
{
	char *copy;

	if (l->n == RI_FS_NAMES_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "a directory has more than %u names, which is the most", RI_FS_NAMES_MAX);
	if (l->n == l->cap) {
		size_t cap = l->cap > 0 ? l->cap * 2 : 16;
		struct ri_fs_name *v = realloc(l->v, cap * sizeof *v);

		if (!v)
			return ri_nomem(e);
		l->v = v;
		l->cap = cap;
	}
	copy = ri_span_dup(name);
	if (!copy)
		return ri_nomem(e);
	l->v[l->n++] = (struct ri_fs_name){ copy, ino };
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ri_fs_name *x = a, *y = b;

	return strcmp(x->name, y->name);
}

bool ri_fs_names_sort(struct ri_fs_names *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, by_name);
	for (size_t i = 1; i < l->n; i++)
		if (strcmp(l->v[i - 1].name, l->v[i].name) == 0)
			return false;
	return true;
}

void ri_fs_names_free(struct ri_fs_names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].name);
	free(l->v);
	*l = (struct ri_fs_names){ 0 };
}

static int any_room(void *arg, size_t n, char **p, struct ri_err *e)
{
	(void)arg, (void)n, (void)e;
	*p = NULL;
	return 0;
}

struct ri_fs_sink ri_fs_sink_of(
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg)
{
	return (struct ri_fs_sink){ any_room, fn, arg };
}
