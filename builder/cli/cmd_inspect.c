// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/session.h"
#include "cli/cmd_internal.h"
#include "report/json.h"
#include "report/text.h"

int ri_cmd_inspect(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	struct ri_err refused = { 0 };
	const char *why = NULL;
	RI_BUF text = { 0 };

	if (ri_session_open(&t, RI_SESSION_LOOK, job, &s, e) < 0 ||
	    ri_session_find_generator(&s, job, e) < 0)
		return -1;
	/* That it cannot be built is a result here. */
	if (ri_plan_make(job, &s.facts, &plan, &refused) < 0)
		why = refused.msg;
	if (o->json ? ri_report_facts(&s.facts, &plan, why, &text, e) < 0
		    : ri_print_facts(&s.facts, &plan, why, &text, e) < 0)
		return -1;
	return ri_print(&text);
}
