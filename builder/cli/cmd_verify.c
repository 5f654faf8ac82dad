// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/log.h"
#include "build/artifacts_check.h"
#include "build/ram_check.h"
#include "build/session.h"
#include "build/signature.h"
#include "cli/cmd_internal.h"
#include "guest/verify_read.h"
#include "plan/boot_count.h"
#include "plan/plan.h"
#include "report/json.h"
#include "report/text.h"

#include <sys/stat.h>

struct looking {
	const struct ri_session *s;
	struct ri_verify_seen *seen;
};

/* The stage's directory is private and swept with it. */
static int look(struct ri_guest *g, void *arg, struct ri_err *e)
{
	const struct looking *l = arg;

	return ri_verify_read(g, &l->s->facts, l->s->stage.dir, l->seen, e);
}

/* The VM's configuration may have changed since the build: no fault of the disk's, but what boots it. */
static int tell_memory(const struct ri_job *job, const struct ri_location *place,
    const struct ri_manifest *m, struct ri_err *e)
{
	struct ri_ram_compared c;
	struct ri_ram_parts parts;

	ri_ram_compare(ri_ram_parts_of(m, &parts) ? &parts : NULL, place, &c);
	return ri_ram_warn(job, place, &c, e);
}

/* What is on the disk, looked at as `inspect` does; *@failed is the count of failed boots. */
static int judge(const struct ri_opts *o, const struct ri_job *job, struct ri_verdict *v,
    unsigned *failed, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_observed_free) struct ri_verify_seen seen = { 0 };
	struct looking l = { &s, &seen };

	if (ri_session_open(&t, RI_SESSION_LOOK, job, &s, e) < 0)
		return -1;
	if (!s.facts.built)
		return ri_fail(e, RI_E_VERIFY, 0, "%s: ramimg never built it", o->target);
	ri_progress("reading back", 0, 0);
	if (ri_session_read(&s, look, &l, e) < 0)
		return ri_ctx(e, "reading back");
	ri_progress_end("reading back", 0, 0);
	if (!seen.manifest_error && tell_memory(job, &s.place, &seen.manifest, e) < 0)
		return -1;
	*failed = ri_bootcount_of(&s.facts);
	return ri_verdict_make(&s.facts, &seen, v, e);
}

/*
 * Open it once more, to write. That is only now asked for: a volume that may only be read can be
 * verified too.
 */
static int clear_count(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	const struct ri_named_target t = { o->target, o->format, o->pve_root };
	RI_ON_EXIT(ri_session_close) struct ri_session s = RI_SESSION_INIT;
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	if (ri_session_open(&t, RI_SESSION_CHANGE, job, &s, e) < 0 ||
	    ri_plan_clear_count(&s.facts, &p, e) < 0)
		return -1;
	return ri_session_change(&s, &p.undo_actions, e);
}

static int print(const struct ri_opts *o, const struct ri_verdict *v, bool cleared,
    const char *not_cleared, struct ri_err *e)
{
	RI_BUF text = { 0 };

	if (o->json ? ri_report_verdict(v, cleared, not_cleared, &text, e) < 0
		    : ri_print_verdict(v, cleared, &text, e) < 0)
		return -1;
	return ri_print(&text);
}

/* Artifacts, not a disk; of a device or a file that is not there the rest has to tell. */
static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int verify_artifacts(const struct ri_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };

	if (ri_artifacts_check(o->target, o->key, &v, e) < 0 || print(o, &v, false, NULL, e) < 0)
		return -1;
	if (strcmp(v.signature, ri_signature_word(RI_SIGNATURE_UNCHECKED)) == 0)
		ri_log(RI_LOG_WARN,
		    "%s/" RI_SIGNATURE_NAME " was not checked: name the public key with --key",
		    o->target);
	if (v.bad == 0)
		return 0;
	if (!v.v[0].good && strcmp(v.v[0].what, "signature") == 0)
		return ri_fail(e, RI_E_VERIFY, 0, "%s: %s", o->target, v.v[0].detail);
	return ri_fail(e, RI_E_VERIFY, 0, "%s: %zu of %zu files are not as they were built",
	    o->target, v.bad, v.n - (o->key != NULL));
}

int ri_cmd_verify(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	struct ri_err why = { 0 };
	unsigned failed = 0;
	bool stays;

	if (is_directory(o->target))
		return verify_artifacts(o, e);
	if (o->key)
		return ri_fail(e, RI_E_USAGE, 0,
		    "--key is for the artifacts of a build, and %s is no directory", o->target);
	if (judge(o, job, &v, &failed, e) < 0)
		return -1;
	stays = v.bad == 0 && failed > 0 && clear_count(o, job, &why) < 0;
	if (print(o, &v, v.bad == 0 && failed > 0 && !stays, stays ? why.msg : NULL, e) < 0)
		return -1;
	if (stays) {
		*e = why;
		return ri_ctx(e,
		    "everything is intact, but the count of failed boots is not cleared");
	}
	return v.bad == 0 ? 0
			  : ri_fail(e, RI_E_VERIFY, 0, "%s: %zu of %zu checks failed", o->target,
				v.bad, v.n);
}
