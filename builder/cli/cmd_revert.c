// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/session.h"
#include "cli/cmd_internal.h"
#include "cli/textdiff.h"
#include "plan/guest_paths.h"
#include "report/json.h"
#include "report/text.h"

static const char *const names[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };

/* What @text was as ramimg left it, against what it is now. */
static int add_diff(const struct ri_session *s, size_t text, struct ri_buf *out, struct ri_err *e)
{
	RI_BUF label = { 0 };

	ri_buf_addf(&label, "%s as ramimg left it", names[text]);
	if (ri_buf_check(&label, e) < 0)
		return -1;
	return ri_textdiff((struct ri_labelled){ label.p, ri_buf_span(&s->facts.ours[text].bytes) },
	    (struct ri_labelled){ names[text], ri_buf_span(&s->facts.now[text].bytes) }, out, e);
}

static int refuse_edited(const struct ri_opts *o, const struct ri_session *s,
    const struct ri_undo *u, struct ri_err *e)
{
	RI_BUF diff = { 0 };
	RI_BUF which = { 0 };

	for (size_t i = 0; i < RI_TEXTS; i++) {
		if (!u->text[i].edited)
			continue;
		ri_buf_addf(&which, "%s%s", which.n ? ", " : "", names[i]);
		if (add_diff(s, i, &diff, e) < 0)
			return -1;
	}
	/* The difference is no JSON; the error says which files it is about. */
	if ((!o->json && ri_print(&diff) < 0) || ri_buf_check(&which, e) < 0)
		return -1;
	return ri_fail(e, RI_E_GUEST, 0,
	    "%s: edited in the guest since the build: %s; see the difference. --force removes what "
	    "is ramimg's and keeps the edits",
	    o->target, which.p);
}

static int revert(const struct ri_opts *o, struct ri_session *s, const struct ri_plan *p,
    struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (ri_session_change(s, &p->undo_actions, e) < 0)
		return -1;
	if (o->json)
		return ri_report_revert(&text, e) < 0 ? -1 : ri_print(&text);
	ri_buf_add_str(&text, "reverted: it boots from its disk as before the first build\n");
	return ri_buf_check(&text, e) < 0 ? -1 : ri_print(&text);
}

int ri_cmd_revert(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };

	if (ri_session_open(&t, RI_SESSION_CHANGE, job, &s, e) < 0)
		return -1;
	if (!s.facts.built)
		return ri_fail(e, RI_E_GUEST, 0,
		    "%s: ramimg never built it, so there is nothing to revert", o->target);
	if (s.facts.slim)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%s: is a slim image (build --slim): its root was left out for good, so there is nothing to "
		    "revert to; the disk that it was made of is as it was",
		    o->target);
	if (ri_plan_revert(&s.facts, &plan, e) < 0)
		return ri_ctx(e, "planning");
	if (plan.undo.any_edited && !o->force)
		return refuse_edited(o, &s, &plan.undo, e);
	return revert(o, &s, &plan, e);
}
