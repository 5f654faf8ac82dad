// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/excluded.h"

static struct ri_excluded *row_of(struct ri_excluded_list *l, const char *what)
{
	struct ri_excluded *grown;

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].what, what) == 0)
			return &l->v[i];
	grown = reallocarray(l->v, l->n + 1, sizeof *grown);
	if (!grown)
		return NULL;
	l->v = grown;
	grown[l->n] = (struct ri_excluded){ .what = strdup(what) };
	return grown[l->n].what ? &grown[l->n++] : NULL;
}

int ri_excluded_add(struct ri_excluded_list *l, const char *what, uint64_t entries, uint64_t bytes,
    struct ri_err *e)
{
	struct ri_excluded *r = row_of(l, what);

	if (!r)
		return ri_nomem(e);
	r->entries += entries;
	r->bytes += bytes;
	return 0;
}

void ri_excluded_free(struct ri_excluded_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].what);
	free(l->v);
	*l = (struct ri_excluded_list){ 0 };
}
