// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/built_look.h"
#include "cli/ask.h"
#include "cli/cmd_internal.h"
#include "report/doctor.h"
#include "report/text.h"

/* Somebody at a terminal is offered what a script has to ask for. */
static bool wants_start(const struct ri_opts *o, const struct ri_doctor *d)
{
	if (o->launch || o->json || o->quiet || ri_doctor_missing(d) > 0)
		return o->launch;
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO) &&
	       ri_ask("Start the appliance once, to see that it works? It may take a minute.");
}

static int verdict(const struct ri_doctor *d, const struct ri_doctor_start *start, struct ri_err *e)
{
	if (ri_doctor_missing(d) > 0)
		return ri_fail(e, RI_E_IO, 0, "a build cannot run here: %zu of %zu checks failed",
		    ri_doctor_missing(d), d->n);
	if (start && !start->started)
		return ri_fail(e, RI_E_IO, 0,
		    "a build cannot run here: the appliance does not start");
	return 0;
}

int ri_cmd_doctor(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_doctor_names names = { o->out, o->output, o->target, o->pve_root,
		ri_built_look_at_boot };
	RI_ON_EXIT(ri_doctor_host_free) struct ri_doctor_host h = { 0 };
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	struct ri_doctor_start start;
	bool started = false;
	RI_BUF text = { 0 };

	if (ri_doctor_host(job, &names, &h, e) < 0 || ri_doctor_look(&h, RI_DOCTOR_ALL, &d, e) < 0)
		return -1;
	if (wants_start(o, &d)) {
		if (ri_doctor_try(job, &ri_doctor_starter, &start, e) < 0)
			return -1;
		started = true;
	}
	if (o->json ? ri_report_doctor(&d, started ? &start : NULL, &text, e) < 0
		    : ri_print_doctor(&d, started ? &start : NULL, &text, e) < 0)
		return -1;
	return ri_print(&text) < 0 ? -1 : verdict(&d, started ? &start : NULL, e);
}
