// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading one text of the guest, whatever stands at its path.
 */
#include "guest/text.h"
#include "base/log.h"

/* What the link @path leads to. Nothing is an answer, and one without doubt; a circle is no guest's by mistake. */
static int follow(struct ri_guest *g, const char *path, enum ri_kind *kind, struct ri_err *e)
{
	bool unsure = g->ask_appliance;
	RI_FREE char *real = NULL;

	if (g->ops->resolve(g, path, &real, e) == 0)
		return g->ops->kind(g, real, kind, e);
	if (!ri_guest_leads_nowhere(e))
		return -1; /* it may lead somewhere */
	g->ask_appliance = unsure;
	if (e->sys == ELOOP)
		return ri_fail(e, RI_E_GUEST, 0,
		    "%s in the guest is a symbolic link that leads round in a circle", path);
	ri_log(RI_LOG_DEBUG, "%s leads nowhere: %s", path, e->msg);
	*e = (struct ri_err){ 0 };
	*kind = RI_KIND_NONE;
	return 0;
}

int ri_inspect_long_text(struct ri_guest *g, const char *path, size_t max, struct ri_text *t,
    struct ri_err *e)
{
	enum ri_kind kind;

	t->path = strdup(path);
	if (!t->path)
		return ri_nomem(e);
	if (g->ops->kind(g, path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_LINK && follow(g, path, &kind, e) < 0)
		return -1;
	if (kind == RI_KIND_NONE)
		return 0;
	if (kind != RI_KIND_FILE)
		return ri_fail(e, RI_E_GUEST, 0, "%s in the guest is not a file", path);
	t->present = true;
	return g->ops->read(g, path, max, &t->bytes, e);
}

int ri_inspect_text(struct ri_guest *g, const char *path, struct ri_text *t, struct ri_err *e)
{
	return ri_inspect_long_text(g, path, RI_TEXT_MAX, t, e);
}
