#include "base/log.h"
#include "cli/cmd.h"
#include "cli/print.h"
#include "io/observe.h"
#include "io/report.h"
#include "io/session.h"

int ri_cmd_verify(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_observed_free) struct ri_observed seen = { 0 };
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	RI_BUF text = { 0 };

	if (ri_session_open(&t, true, true, job, &s, e) < 0)
		return -1;
	if (!s.facts.built)
		return ri_fail(e, RI_E_VERIFY, 0, "%s: ramimg never built it", o->target);
	ri_progress("reading back", 0, 0);
	/* The stage's directory is private and swept with it. */
	if (ri_observe(s.guest, &s.facts, s.stage.dir, &seen, e) < 0)
		return ri_ctx(e, "reading back");
	ri_progress_end("reading back", 0, 0);
	if (ri_check(&s.facts, &seen, &v, e) < 0)
		return -1;
	if (o->json ? ri_report_verdict(&v, &text, e) < 0 : ri_print_verdict(&v, &text, e) < 0)
		return -1;
	if (ri_print(&text) < 0)
		return -1;
	return v.bad == 0 ? 0
			  : ri_fail(e, RI_E_VERIFY, 0, "%s: %zu of %zu checks failed", o->target,
				v.bad, v.n);
}
