// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/xattrs.h"

#include <archive.h>
#include <archive_entry.h>

const struct ri_xattr *ri_xattrs_find(const struct ri_xattrs *x, const char *name)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->v[i].name, name) == 0)
			return &x->v[i];
	return NULL;
}

int ri_xattrs_add(struct ri_xattrs *x, struct ri_span name, struct ri_span value, struct ri_err *e)
{
	RI_FREE char *copy = ri_span_dup(name);
	struct ri_xattr *grown;

	if (!copy)
		return ri_nomem(e);
	if (ri_xattrs_find(x, copy))
		return 0;
	grown = realloc(x->v, (x->n + 1) * sizeof *grown);
	if (!grown)
		return ri_nomem(e);
	x->v = grown;
	x->v[x->n] = (struct ri_xattr){ 0 };
	ri_buf_add_span(&x->v[x->n].value, value);
	x->v[x->n].name = ri_steal(copy);
	return ri_buf_check(&x->v[x->n++].value, e);
}

int ri_xattrs_get(struct ri_xattrs *x, struct archive_entry *entry, struct ri_err *e)
{
	const char *name;
	const void *value;
	size_t n;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &n) == ARCHIVE_OK)
		if (ri_xattrs_add(x, ri_str(name), ri_span(value, n), e) < 0)
			return -1;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ri_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int ri_xattrs_set(struct ri_xattrs *x, struct archive_entry *entry, struct ri_err *e)
{
	archive_entry_xattr_clear(entry);
	if (x->n == 0)
		return 0;
	qsort(x->v, x->n, sizeof *x->v, by_name);
	/* Backwards, because the entry's list grows at its front. */
	for (size_t i = x->n; i-- > 0;) {
		struct ri_span v = ri_buf_span(&x->v[i].value);

		archive_entry_xattr_add_entry(entry, x->v[i].name, v.p, v.n);
	}
	/* The call above does not report that it ran out of memory. */
	return (size_t)archive_entry_xattr_count(entry) == x->n ? 0 : ri_nomem(e);
}

void ri_xattrs_free(struct ri_xattrs *x)
{
	for (size_t i = 0; i < x->n; i++) {
		free(x->v[i].name);
		ri_buf_free(&x->v[i].value);
	}
	free(x->v);
	*x = (struct ri_xattrs){ 0 };
}
