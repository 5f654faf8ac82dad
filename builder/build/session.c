// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "build/session.h"
#include "appmodule/appmodule.h"
#include "base/cancel.h"
#include "base/log.h"
#include "build/room.h"
#include "guest/apply.h"
#include "guest/inspect.h"
#include "guest/inspect_initrd.h"
#include "guest/mounts.h"
#include "guest/readback.h"
#include "host/privileges.h"
#include "os/filesystems.h"
#include "pvehost/commit_lock.h"
#include "reader/reader.h"

const struct ri_session_openers ri_session_openers = { ri_reader_open, ri_reader_open_stage,
	ri_appmodule_open, &ri_commit_io, ri_privileges_shed };

/* A volume with half a commit on it shows neither what was nor what shall be. */
static int refuse_pending(const struct ri_session *s, const struct ri_job *job, struct ri_err *e)
{
	bool pending;

	if (ri_stage_pending(&s->volume, job->stage_dir, &pending, e) < 0)
		return -1;
	return pending ? ri_fail(e, RI_E_COMMIT, 0,
			     "a commit to %s was interrupted; complete it first: ramimg recover %s",
			     s->volume.target, s->volume.target)
		       : 0;
}

/*
 * The direct reader could not: the appliance decides, whatever the reason, so that nothing is ever
 * refused that the appliance can do. Only a limit is the same for both. @return 0 to go on; -1 where
 * nothing can go on.
 */
static int without_reader(struct ri_session *s, struct ri_err *e)
{
	ri_guest_closep(&s->reader);
	s->direct = false;
	if (ri_cancelled() || e->code == RI_E_NOMEM || e->code == RI_E_BUDGET)
		return -1;
	ri_log(RI_LOG_INFO, "read in the appliance instead of directly: %s", e->msg);
	*e = (struct ri_err){ 0 };
	return 0;
}

static int inspect_directly(struct ri_session *s, struct ri_err *e)
{
	bool sure;

	ri_progress("inspecting", 0, 0);
	s->direct = s->openers->reader(&s->volume, &s->reader, e) == 0 &&
		    ri_inspect(s->reader, true, &s->facts, e) == 0;
	ri_progress_over("inspecting", 0, 0, s->direct ? 0 : -1);
	/* Of a directory where a file should be, say, or of an encrypted root, the reader left no doubt. */
	sure = s->reader && !s->reader->ask_appliance &&
	       (e->code == RI_E_GUEST || e->code == RI_E_UNSUPPORTED);
	if (!s->direct)
		return sure || without_reader(s, e) < 0
			   ? ri_ctx(e, "inspecting %s", s->volume.target)
			   : 0;
	s->reader->ask_appliance = false; /* a file that was found missing leaves no doubt */
	return 0;
}

static int start_appliance(struct ri_session *s, struct ri_err *e)
{
	const struct ri_appliance_use use = { .uploads = s->uploads,
		.reads = !s->direct,
		.kvm = s->kvm };

	ri_progress("starting the appliance", 0, 0);
	if (s->openers->appliance(&s->stage, &use, &s->appliance, e) < 0)
		return ri_ctx(e, "starting the appliance");
	ri_progress_end("starting the appliance", 0, 0);
	return 0;
}

static int inspect_in_appliance(struct ri_session *s, bool readonly, struct ri_err *e)
{
	if (start_appliance(s, e) < 0)
		return -1;
	ri_progress("inspecting", 0, 0);
	if (ri_inspect(&s->appliance->g, readonly, &s->facts, e) < 0)
		return ri_ctx(e, "inspecting %s", s->volume.target);
	ri_progress_end("inspecting", 0, 0);
	return 0;
}

/* What an earlier run began is completed first, where it can be proven that this is right. */
static int complete_pending(const struct ri_session *s, const struct ri_job *job, struct ri_err *e)
{
	struct ri_recovered r;

	if (ri_recover(&s->volume, job->stage_dir, RI_RECOVER_COMPLETE, s->openers->commit, &r, e) <
	    0)
		return -1;
	if (ri_commit_lock_settle(&s->place, r.found, e) < 0)
		return -1;
	if (r.found)
		ri_log(RI_LOG_WARN,
		    "the commit to %s that an earlier run began is complete now: %llu of its %llu "
		    "blocks were not written yet",
		    s->volume.target, (unsigned long long)(r.blocks - r.written),
		    (unsigned long long)r.blocks);
	return 0;
}

/* Later than here: whether there is room in a thin pool, and the end of what was activated. */
static bool needs_devices(const struct ri_session *s)
{
	bool any = s->volume.block || s->place.active.off.n > 0;

	for (size_t i = 0; i < s->volume.below_n; i++)
		any = any || s->volume.below[i].block;
	return any;
}

int ri_session_begin(const struct ri_named_target *t, enum ri_session_use use,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e)
{
	bool readonly = use != RI_SESSION_CHANGE;

	s->use = use;
	if (ri_locate_open(t->target, t->format, t->pve_root,
		readonly ? RI_VOLUME_READ : RI_VOLUME_WRITE, &s->place, &s->volume, e) < 0)
		return -1;
	if (ri_stage_check_old(&s->volume, job->old_stage_dir, job->stage_dir, e) < 0)
		return -1;
	if (readonly ? refuse_pending(s, job, e) < 0 : complete_pending(s, job, e) < 0)
		return -1;
	s->undo = job->stage_undo;
	s->kvm = (enum ri_kvm)job->kvm;
	return ri_stage_new(&s->volume, job->stage_dir, readonly, &s->stage, e) < 0
		   ? ri_ctx(e, "staging %s", s->volume.target)
		   : 0;
}

int ri_session_inspect(struct ri_session *s, const struct ri_job *job, struct ri_err *e)
{
	if (s->openers->shed && s->openers->shed(needs_devices(s), e) < 0)
		return -1;
	if (job->reader_direct && inspect_directly(s, e) < 0)
		return -1;
	if (!s->reader && inspect_in_appliance(s, s->use == RI_SESSION_LOOK, e) < 0)
		return -1;
	return ri_cancel_check(e);
}

int ri_session_open(const struct ri_named_target *t, enum ri_session_use use,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e)
{
	return ri_session_begin(t, use, job, s, e) < 0 ? -1 : ri_session_inspect(s, job, e);
}

int ri_session_write(struct ri_session *s, struct ri_err *e)
{
	if (s->appliance)
		return 0;
	if (start_appliance(s, e) < 0)
		return -1;
	return ri_guest_mount_checked(&s->appliance->g, &s->facts, false, e);
}

int ri_session_again(struct ri_session *s, struct ri_err *e)
{
	if (!s->reader || !ri_guest_is_unsure(s->reader, e) || without_reader(s, e) < 0)
		return -1;
	if (!s->appliance)
		return ri_session_write(s, e);
	return ri_guest_mount_all(&s->appliance->g, &s->facts, false, e);
}

int ri_session_read(struct ri_session *s, ri_session_read_fn *fn, void *arg, struct ri_err *e)
{
	while (fn(ri_session_guest(s), arg, e) < 0)
		if (e->code == RI_E_VERIFY || ri_session_again(s, e) < 0)
			return -1;
	return 0;
}

struct to_find {
	const struct ri_job *job;
	struct ri_facts *facts;
};

static int inspect_initrd(struct ri_guest *g, void *arg, struct ri_err *e)
{
	const struct to_find *t = arg;

	return ri_inspect_initrd(g, t->job, t->facts, e);
}

int ri_session_find_generator(struct ri_session *s, const struct ri_job *job, struct ri_err *e)
{
	struct to_find t = { job, &s->facts };

	return ri_session_read(s, inspect_initrd, &t, e);
}

/* A reader of the stage with the guest mounted; s->reader stays NULL where it cannot. */
static int read_stage(struct ri_session *s, struct ri_err *e)
{
	ri_guest_closep(&s->reader);
	if (s->appliance->g.ops->umount_all(&s->appliance->g, e) < 0 ||
	    s->appliance->ops->sync(s->appliance, e) < 0)
		return -1;
	if (s->openers->stage_reader(&s->stage, &s->reader, e) < 0 ||
	    ri_guest_mount_all(s->reader, &s->facts, true, e) < 0)
		return without_reader(s, e);
	return 0;
}

int ri_session_reread(struct ri_session *s, struct ri_err *e)
{
	if (!s->direct)
		return 0;
	if (read_stage(s, e) < 0)
		return ri_ctx(e, "reading the staged disk");
	return s->reader ? 0 : ri_guest_mount_all(&s->appliance->g, &s->facts, false, e);
}

int ri_session_resume(struct ri_session *s, struct ri_err *e)
{
	if (!s->reader)
		return 0;
	ri_guest_closep(&s->reader);
	return ri_guest_mount_all(&s->appliance->g, &s->facts, false, e);
}

/* What was written must be a whole file system before anything of it reaches the volume. */
static int check_filesystems(const struct ri_session *s, struct ri_err *e)
{
	for (size_t i = 0; i < s->facts.mounts_n; i++) {
		const struct ri_mount *m = &s->facts.mounts[i];
		bool bad;

		if (!ri_filesystem_has_e2fsck(m->fstype))
			continue;
		if (s->appliance->g.ops->preen(&s->appliance->g, m->device, &bad, e) < 0)
			return -1;
		if (bad)
			return ri_fail(e, RI_E_VERIFY, 0, "the staged file system of %s is damaged",
			    m->mountpoint);
	}
	return 0;
}

struct written {
	const struct ri_facts *facts;
	const struct ri_actions *actions;
};

static int compare(struct ri_guest *g, void *arg, struct ri_err *e)
{
	const struct written *w = arg;

	return ri_readback(g, w->facts, w->actions, e);
}

static int read_back(struct ri_session *s, const struct ri_actions *acts, struct ri_err *e)
{
	struct written w = { &s->facts, acts };

	ri_progress("verifying", 0, 0);
	if (s->appliance->g.ops->umount_all(&s->appliance->g, e) < 0 ||
	    check_filesystems(s, e) < 0 || (s->direct && read_stage(s, e) < 0))
		return -1;
	if (ri_session_read(s, compare, &w, e) < 0)
		return -1;
	ri_guest_closep(&s->reader);
	ri_progress_end("verifying", 0, 0);
	return 0;
}

static int apply(struct ri_session *s, const struct ri_actions *acts, uint64_t bytes,
    struct ri_err *e)
{
	ri_progress("writing back", 0, 0);
	s->appliance->phase = "writing back";
	s->appliance->phase_total = bytes;
	if (ri_apply(s->appliance, acts, e) < 0)
		return ri_ctx(e, "writing to the staged disk");
	s->appliance->phase = NULL;
	ri_progress_end("writing back", bytes, bytes);
	return 0;
}

static int stage(struct ri_session *s, const struct ri_actions *acts, uint64_t bytes,
    struct ri_err *e)
{
	if (ri_session_write(s, e) < 0 || apply(s, acts, bytes, e) < 0)
		return -1;
	if (read_back(s, acts, e) < 0)
		return ri_ctx(e, "verifying");
	ri_progress("ending the appliance", 0, 0);
	if (s->appliance->g.ops->umount_all(&s->appliance->g, e) < 0 ||
	    s->appliance->ops->shutdown(s->appliance, e) < 0)
		return -1;
	ri_guest_rw_closep(&s->appliance);
	ri_progress_end("ending the appliance", 0, 0);
	return ri_cancel_check(e);
}

int ri_session_stage(struct ri_session *s, const struct ri_actions *acts, uint64_t bytes,
    struct ri_err *e)
{
	return stage(s, acts, bytes, e) < 0 ? ri_room_blame_stage(s->stage.dir, e) : 0;
}

static int lock_vm(void *arg, struct ri_err *e)
{
	return ri_commit_lock_set(arg, e);
}

static int unlock_vm(void *arg, struct ri_err *e)
{
	return ri_commit_lock_clear(arg, e);
}

int ri_session_commit(struct ri_session *s, struct ri_err *e)
{
	const struct ri_commit_opts o = { .undo = s->undo,
		.io = s->openers->commit,
		.begin = lock_vm,
		.end = unlock_vm,
		.arg = &s->place };

	return ri_commit(&s->stage, &o, e);
}

int ri_session_change(struct ri_session *s, const struct ri_actions *acts, struct ri_err *e)
{
	return ri_session_stage(s, acts, 0, e) < 0 ? -1 : ri_session_commit(s, e);
}

void ri_session_close(struct ri_session *s)
{
	ri_guest_closep(&s->reader);
	ri_guest_rw_closep(&s->appliance);
	ri_facts_free(&s->facts);
	ri_stage_discard(&s->stage);
	ri_volume_close(&s->volume);
	ri_locate_leave(&s->place);
}
