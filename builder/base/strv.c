// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/strv.h"

int ri_strv_add_span(struct ri_strv *l, struct ri_span s, struct ri_err *e)
{
	char **grown = realloc(l->v, (l->n + 2) * sizeof *grown);
	char *copy;

	if (!grown)
		return ri_nomem(e);
	l->v = grown;
	l->v[l->n] = NULL;
	copy = ri_span_dup(s);
	if (!copy)
		return ri_nomem(e);
	l->v[l->n++] = copy;
	l->v[l->n] = NULL;
	return 0;
}

int ri_strv_add(struct ri_strv *l, const char *s, struct ri_err *e)
{
	return ri_strv_add_span(l, ri_str(s), e);
}

bool ri_strv_has(const struct ri_strv *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i], s) == 0)
			return true;
	return false;
}

static int by_bytes(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

void ri_strv_sort(struct ri_strv *l)
{
	if (l->n > 0)
		qsort(l->v, l->n, sizeof *l->v, by_bytes);
}

void ri_strv_free(struct ri_strv *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct ri_strv){ 0 };
}
