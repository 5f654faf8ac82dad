// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/ram_check.h"
#include "build/ram_estimate.h"
#include "build/session.h"
#include "cli/cmd_internal.h"
#include "guest/find_excluded.h"
#include "report/json.h"
#include "report/text.h"

/* What was built, against the VM that has the volume; .vm.memory is 0 where there is nothing to compare. */
static int compare(const struct ri_session *s, struct ri_ram_compared *out, struct ri_err *e)
{
	const struct ri_facts *f = &s->facts;
	struct ri_ram_parts parts;
	int known = 0;

	*out = (struct ri_ram_compared){ 0 };
	if (!f->built)
		return 0;
	if (f->record.present)
		known = ri_ram_parts_recorded(ri_buf_span(&f->record.bytes), &parts, e);
	if (known < 0)
		return -1;
	ri_ram_compare(known ? &parts : NULL, &s->place, out);
	return 0;
}

/*
 * Only where the direct reader reads: the appliance would take a while to find what is left out. What that is not
 * certain of, or has no room for, is not known.
 */
static int estimate(const struct ri_session *s, const struct ri_job *job, struct ri_plan *p,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list left = { 0 };

	if (!s->reader)
		return 0;
	if (ri_excluded_find(s->reader, &p->rules, &left, NULL, e) == 0 &&
	    ri_ram_estimate(s->reader, job, &s->facts, &left, p, e) == 0)
		return 0;
	if (!ri_guest_is_unsure(s->reader, e) && e->code != RI_E_BUDGET)
		return -1;
	*e = (struct ri_err){ 0 };
	return 0;
}

int ri_cmd_inspect(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan plan = { 0 };
	struct ri_err refused = { 0 };
	struct ri_ram_compared ram;
	const char *why = NULL;
	RI_BUF text = { 0 };

	if (ri_session_open(&t, RI_SESSION_LOOK, job, &s, e) < 0 ||
	    ri_session_find_generator(&s, job, e) < 0)
		return -1;
	/* That it cannot be built is a result here. */
	if (ri_plan_make(job, &s.facts, &plan, &refused) < 0)
		why = refused.msg;
	else if (estimate(&s, job, &plan, e) < 0)
		return -1;
	if (compare(&s, &ram, e) < 0 || ri_ram_warn(job, &s.place, &ram, e) < 0)
		return -1;
	if (o->json ? ri_report_facts(&s.facts, &plan, why, &ram, &text, e) < 0
		    : ri_print_facts(&s.facts, &plan, why, &ram, &text, e) < 0)
		return -1;
	return ri_print(&text);
}
