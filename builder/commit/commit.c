// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/commit.h"
#include "base/log.h"
#include "commit/copy.h"
#include "commit/files.h"
#include "commit/open_target.h"
#include "commit/overlay.h"
#include "commit/ranges.h"
#include "commit/scan.h"
#include "host/hostfile.h"
#include "host/process.h"
#include "volume/exclusive.h"
#include "volume/tool_files.h"

#include <errno.h>

const struct ri_commit_io ri_commit_io = { ri_overlay_open, ri_target_open };

static int open_ends(struct ri_commit_files *f, const struct ri_commit_io *io, struct ri_err *e)
{
	return io->overlay(f->stage, &f->overlay, e) < 0
		   ? ri_ctx(e, "opening the overlay")
		   : io->target(f->stage->volume, f->stage->dir, &f->target, e);
}

static struct ri_proof proof(const struct ri_commit_files *f)
{
	return (struct ri_proof){ .target = f->target,
		.size = f->stage->volume->size,
		.blocks = f->blocks,
		.overlay = f->overlay,
		.undo = f->undo };
}

static int scan(struct ri_commit_files *f, const struct ri_ranges *r, struct ri_err *e)
{
	const struct ri_scan s = { f->target, f->overlay, r, f->stage->volume->size, f->blocks,
		f->undo };

	return ri_scan(&s, &f->record, e);
}

/* All that a recovery needs is on the disk before the record says that it can be relied on. */
static int prepare(struct ri_commit_files *f, const struct ri_commit_io *io, bool undo,
    struct ri_err *e)
{
	const char *check[] = { "qemu-img", "check", "-q", "-f", "qcow2", f->stage->overlay, NULL };
	struct ri_tool_files files = { 0 };
	struct ri_tool tool;
	struct ri_process_opts opts = { .timeout_s = 600, .tool = &tool };
	RI_ON_EXIT(ri_ranges_free) struct ri_ranges r = { 0 };

	if (ri_volume_reclaim(f->stage->volume, e) < 0)
		return -1;
	ri_tool_files_add_stage(&files, f->stage);
	tool = ri_tool_files_keep(&files);
	if (ri_process_check(check, &opts, NULL, e) < 0)
		return ri_ctx(e, "checking the overlay");
	/* The map comes first: once the volume is open to be written, no qemu-img can look at it. */
	if (ri_ranges_of(f->stage, &r, e) < 0 || ri_file_sync(f->stage->overlay, e) < 0 ||
	    ri_commit_files_create(f, undo, e) < 0 || open_ends(f, io, e) < 0 || scan(f, &r, e) < 0)
		return -1;
	return ri_commit_files_sync(f, e);
}

/* Whether the volume still holds what was there, all of it: then it was not written to. */
static bool untouched(struct ri_commit_files *f)
{
	const struct ri_proof p = proof(f);
	struct ri_proven seen;
	struct ri_err ignored;

	rewind(f->blocks);
	return ri_prove(&p, &seen, &ignored) == 0 && seen.as_after + seen.torn == 0;
}

static int fail_begun(const struct ri_stage *s, bool undo, struct ri_err *e)
{
	const char *target = s->volume->target;

	e->code = RI_E_COMMIT;
	return ri_ctx(e,
	    "the commit to %s began and is not complete; do not start the VM. Remove the cause, then "
	    "run: ramimg recover %s%s%s",
	    target, target, undo ? ", or to have it as it was: ramimg recover --undo " : "",
	    undo ? target : "");
}

static int forget(struct ri_stage *s, struct ri_err *e)
{
	if (ri_commit_files_forget(s, e) < 0)
		return -1;
	s->keep = false;
	return 0;
}

/* The record goes, and then whoever was told that it began is told. */
static int finish(struct ri_stage *s, const struct ri_commit_opts *o, bool began, struct ri_err *e)
{
	if (forget(s, e) < 0)
		return -1;
	return began && o->end ? o->end(o->arg, e) : 0;
}

/* Nothing was written: take all back, and *@e says why. Where that fails, the record counts. */
static int take_back(struct ri_stage *s, const struct ri_commit_opts *o, bool began,
    struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (finish(s, o, began, &why) == 0)
		return ri_ctx(e, "%s is unchanged", s->volume->target);
	return fail_begun(s, o->undo, e);
}

/* From here on the volume changes. */
static int write_all(struct ri_commit_files *f, const struct ri_commit_opts *o, struct ri_err *e)
{
	const struct ri_proof p = proof(f);

	rewind(f->blocks);
	if (ri_copy(&p, RI_COPY_NEW, f->record.changed, e) < 0)
		return untouched(f) ? take_back(f->stage, o, true, e)
				    : fail_begun(f->stage, o->undo, e);
	if (finish(f->stage, o, true, e) == 0)
		return 0;
	e->code = RI_E_COMMIT;
	return ri_ctx(e, "the commit is done, but what says that it began cannot be removed");
}

/* Our own qemu-nbd has an image that is not raw by now, and keeps others out as a QEMU does. */
static int last_look(const struct ri_volume *v, struct ri_err *e)
{
	return strcmp(v->format, "raw") == 0 ? ri_volume_reclaim(v, e) : ri_volume_check_path(v, e);
}

int ri_commit(struct ri_stage *s, const struct ri_commit_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_commit_files_close) struct ri_commit_files f = RI_COMMIT_FILES_INIT(s);

	if (prepare(&f, o->io, o->undo, e) < 0 || last_look(s->volume, e) < 0)
		return -1;
	s->keep = true; /* a record that may be there is not removed unseen */
	if (ri_commit_files_record(&f, e) < 0) {
		ri_ctx(e, "recording the commit");
		return take_back(s, o, false, e);
	}
	if (o->begin && o->begin(o->arg, e) < 0)
		return take_back(s, o, true, e);
	return write_all(&f, o, e);
}

static int complete(struct ri_commit_files *f, enum ri_recover_how how,
    const struct ri_commit_io *io, struct ri_recovered *out, bool *began, struct ri_err *e)
{
	struct ri_proven seen;

	if (ri_commit_files_open(f, e) < 0)
		return ri_ctx(e, "%s", f->stage->record);
	if (how == RI_RECOVER_UNDO && f->undo < 0)
		return ri_fail(e, RI_E_COMMIT, 0,
		    "what was there was not kept (stage.undo = false); it can only be completed");
	if (open_ends(f, io, e) < 0)
		return -1;
	const struct ri_proof p = proof(f);

	if (ri_prove(&p, &seen, e) < 0)
		return -1;
	out->blocks = f->record.changed;
	out->written = seen.as_after;
	out->torn = seen.torn;
	rewind(f->blocks);
	if (ri_copy(&p, how == RI_RECOVER_UNDO ? RI_COPY_OLD : RI_COPY_NEW, f->record.changed, e) ==
	    0)
		return 0;
	*began = true;
	return fail_begun(f->stage, f->undo >= 0, e);
}

static int refuse(const struct ri_stage *s, struct ri_err *e)
{
	const char *target = s->volume->target;

	e->code = RI_E_COMMIT; /* there is a record, whatever failed */
	return ri_ctx(e,
	    "the interrupted commit to %s is left as it is, and so is the volume (to forget it: ramimg "
	    "recover --discard %s)",
	    target, target);
}

int ri_recover(const struct ri_volume *v, const char *stage_dir, enum ri_recover_how how,
    const struct ri_commit_io *io, struct ri_recovered *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	RI_ON_EXIT(ri_commit_files_close) struct ri_commit_files f = RI_COMMIT_FILES_INIT(&s);
	bool began = false;

	*out = (struct ri_recovered){ 0 };
	if (ri_stage_find(v, stage_dir, &s, &out->found, e) < 0)
		return -1;
	if (!out->found)
		return 0;
	if (how != RI_RECOVER_DISCARD && complete(&f, how, io, out, &began, e) < 0)
		return began ? -1 : refuse(&s, e);
	if (forget(&s, e) == 0)
		return 0;
	e->code = RI_E_COMMIT;
	return ri_ctx(e, "the record of the commit to %s cannot be removed", v->target);
}
