// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/readback.h"
#include "guest/mounts.h"

static int same_sum(struct ri_guest *g, const char *path, const char *want, struct ri_err *e)
{
	char have[RI_SHA256_HEX + 1];

	if (g->ops->sha256(g, path, have, e) < 0)
		return -1;
	if (strcmp(have, want) != 0)
		return ri_fail(e, RI_E_VERIFY, 0, "its SHA-256 is %s instead of %s", have, want);
	return 0;
}

static int same_bytes(struct ri_guest *g, const char *path, struct ri_span want, struct ri_err *e)
{
	RI_BUF have = { 0 };

	if (g->ops->read(g, path, RI_TEXT_MAX, &have, e) < 0)
		return -1;
	if (!ri_span_eq(ri_buf_span(&have), want))
		return ri_fail(e, RI_E_VERIFY, 0,
		    "it reads back differently from what was written");
	return 0;
}

static int is_gone(struct ri_guest *g, const char *path, struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	return kind == RI_KIND_NONE
		   ? 0
		   : ri_fail(e, RI_E_VERIFY, 0, "it was removed and is still there");
}

static int check_one(struct ri_guest *g, const struct ri_action *a, struct ri_err *e)
{
	switch (a->kind) {
	case RI_ACT_PUT:
		return same_bytes(g, a->path, a->bytes, e);
	case RI_ACT_UPLOAD:
		return same_sum(g, a->path, a->sha256, e);
	case RI_ACT_REMOVE:
		return is_gone(g, a->path, e);
	case RI_ACT_CLEAR:
	case RI_ACT_RMDIR: /* stays where the guest put something into it */
		return 0;
	}
	return 0;
}

int ri_readback(struct ri_guest *g, const struct ri_facts *f, const struct ri_actions *l,
    struct ri_err *e)
{
	if (ri_guest_mount_all(g, f, true, e) < 0)
		return -1;
	for (size_t i = 0; i < l->n; i++)
		if (check_one(g, &l->v[i], e) < 0)
			return ri_ctx(e, "%s", l->v[i].path);
	return 0;
}
