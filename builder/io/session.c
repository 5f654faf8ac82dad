#include "io/session.h"
#include "base/cancel.h"
#include "base/log.h"
#include "io/inspect.h"

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

int ri_session_open(const struct ri_named_target *t, bool readonly, bool mount_readonly,
    const struct ri_job *job, struct ri_session *s, struct ri_err *e)
{
	if (ri_place_open(t->target, t->format, t->pve_root,
		readonly ? RI_VOLUME_READ : RI_VOLUME_WRITE, &s->place, &s->volume, e) < 0)
		return -1;
	if (readonly && refuse_pending(s, job, e) < 0)
		return -1;
	if (ri_stage_new(&s->volume, job->stage_dir, readonly, &s->stage, e) < 0)
		return ri_ctx(e, "staging %s", s->volume.target);
	ri_progress("starting the appliance", 0, 0);
	if (ri_guest_open(&s->stage, s->uploads, &s->guest, e) < 0)
		return ri_ctx(e, "starting the appliance");
	ri_progress_end("starting the appliance", 0, 0);
	ri_progress("inspecting", 0, 0);
	if (ri_inspect(s->guest, mount_readonly, &s->facts, e) < 0)
		return ri_ctx(e, "inspecting %s", t->target);
	ri_progress_end("inspecting", 0, 0);
	return ri_cancel_check(e);
}

/* What was written must be a whole file system before anything of it reaches the volume. */
static int check_filesystems(const struct ri_session *s, struct ri_err *e)
{
	for (size_t i = 0; i < s->facts.mounts_n; i++) {
		const struct ri_mount *m = &s->facts.mounts[i];
		bool bad;

		if (strncmp(m->fstype, "ext", 3) != 0)
			continue;
		if (s->guest->ops->preen(s->guest, m->device, &bad, e) < 0)
			return -1;
		if (bad)
			return ri_fail(e, RI_E_VERIFY, 0, "the staged file system of %s is damaged",
			    m->mountpoint);
	}
	return 0;
}

int ri_session_finish(struct ri_session *s, struct ri_err *e)
{
	ri_progress("ending the appliance", 0, 0);
	if (s->guest->ops->umount_all(s->guest, e) < 0 || check_filesystems(s, e) < 0 ||
	    s->guest->ops->shutdown(s->guest, e) < 0)
		return -1;
	ri_guest_closep(&s->guest);
	ri_progress_end("ending the appliance", 0, 0);
	return ri_cancel_check(e);
}

void ri_session_close(struct ri_session *s)
{
	ri_guest_closep(&s->guest);
	ri_facts_free(&s->facts);
	ri_stage_discard(&s->stage);
	ri_volume_close(&s->volume);
	ri_place_leave(&s->place);
}
