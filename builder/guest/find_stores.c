// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/find_stores.h"
#include "guest/mounts.h"
#include "plan/stores.h"

/* The directory itself, where a link leads to it; NULL where there is none. */
static int find_dir(struct ri_guest *g, const char *path, char **out, struct ri_err *e)
{
	RI_FREE char *real = NULL;
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_LINK) {
		if (g->ops->resolve(g, path, &real, e) < 0) {
			if (!ri_guest_leads_nowhere(e))
				return -1;
			*e = (struct ri_err){ 0 };
			return 0;
		}
		if (g->ops->kind(g, real, &kind, e) < 0)
			return -1;
	}
	if (kind != RI_KIND_DIR)
		return 0;
	*out = real ? ri_steal(real) : strdup(path);
	return *out ? 0 : ri_nomem(e);
}

static int has_any(struct ri_guest *g, const char *dir, const char *name, bool *yes,
    struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };
	RI_BUF path = { 0 };
	enum ri_kind kind;

	ri_buf_addf(&path, "%s/%s", dir, name);
	if (ri_buf_check(&path, e) < 0 || g->ops->kind(g, path.p, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0;
	if (g->ops->list(g, path.p, &names, &sizes, e) < 0)
		return -1;
	*yes = names.n > 0;
	return 0;
}

int ri_find_stores(struct ri_guest *g, struct ri_facts *f, struct ri_err *e)
{
	for (size_t i = 0; i < RI_STORES; i++) {
		struct ri_store_found *s = &f->stores[i];

		if (find_dir(g, ri_stores[i].dir, &s->dir, e) < 0)
			return -1;
		if (s->dir && has_any(g, s->dir, ri_stores[i].layers, &s->layers, e) < 0)
			return -1;
	}
	return 0;
}
