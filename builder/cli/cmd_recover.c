// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/ask.h"
#include "cli/cmd_internal.h"
#include "commit/commit.h"
#include "pvehost/commit_lock.h"
#include "report/json.h"
#include "report/text.h"

static const char *const results[] = {
	[RI_RECOVER_COMPLETE] = "the interrupted commit is complete",
	[RI_RECOVER_UNDO] = "the interrupted commit is undone",
	[RI_RECOVER_DISCARD] = "the interrupted commit is forgotten; the volume was not touched",
};

static int how_of(const struct ri_opts *o, enum ri_recover_how *how, struct ri_err *e)
{
	if (o->undo && o->discard)
		return ri_fail(e, RI_E_USAGE, 0, "--undo and --discard are two ways; choose one");
	*how = o->undo ? RI_RECOVER_UNDO : o->discard ? RI_RECOVER_DISCARD : RI_RECOVER_COMPLETE;
	return 0;
}

/* Where a record is, the exit status says so, whatever failed. */
static int failed(const struct ri_opts *o, const struct ri_location *place,
    const struct ri_job *job, struct ri_err *e)
{
	const char *const dirs[] = { job->stage_dir, job->old_stage_dir };
	RI_FREE char *id = NULL;
	struct ri_err ignored;
	bool waiting = false;

	if (ri_volume_id(place->path ? place->path : o->target, &id, &ignored) < 0)
		return -1;
	for (size_t i = 0; i < 2 && dirs[i]; i++)
		if (ri_stage_waiting(id, dirs[i], &waiting, &ignored) == 0 && waiting)
			e->code = RI_E_COMMIT;
	return -1;
}

static int discard_is_meant(const struct ri_volume *v, const struct ri_job *job, struct ri_err *e)
{
	RI_BUF question = { 0 };
	bool pending;

	if (ri_stage_pending(v, job->stage_dir, &pending, e) < 0)
		return -1;
	if (!pending)
		return 0;
	ri_buf_addf(&question,
	    "%s may be half written. Forget the commit, and with it the way to complete or undo it?",
	    v->target);
	if (ri_buf_check(&question, e) < 0)
		return -1;
	return ri_ask(question.p) ? 0
				  : ri_fail(e, RI_E_COMMIT, 0, "%s: nothing was done", v->target);
}

static int add_text(const struct ri_opts *o, const struct ri_recovered *r, enum ri_recover_how how,
    struct ri_buf *out, struct ri_err *e)
{
	ri_buf_addf(out, "%s: %s\n", o->target, r->found ? results[how] : "nothing to recover");
	if (r->found && how != RI_RECOVER_DISCARD)
		ri_buf_addf(out, "%llu of its %llu blocks had been written%s\n",
		    (unsigned long long)r->written, (unsigned long long)r->blocks,
		    r->torn ? ", and some in part" : "");
	return ri_buf_check(out, e);
}

int ri_cmd_recover(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location place = RI_PLACE_INIT;
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_recovered r;
	enum ri_recover_how how = RI_RECOVER_COMPLETE;
	RI_BUF text = { 0 };

	if (how_of(o, &how, e) < 0)
		return -1;
	if (ri_locate_open(o->target, o->format, o->pve_root, RI_VOLUME_WRITE, &place, &v, e) < 0)
		return failed(o, &place, job, e);
	if (ri_stage_check_old(&v, job->old_stage_dir, job->stage_dir, e) < 0 ||
	    (how == RI_RECOVER_DISCARD && discard_is_meant(&v, job, e) < 0) ||
	    ri_recover(&v, job->stage_dir, how, &ri_commit_io, &r, e) < 0 ||
	    ri_commit_lock_settle(&place, r.found, e) < 0)
		return -1;
	if (o->json ? ri_report_recover(&r, how, &text, e) < 0 : add_text(o, &r, how, &text, e) < 0)
		return -1;
	return ri_print(&text);
}
