// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "doctor/start.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/clock.h"
#include "host/hostfile.h"
#include "volume/volume.h"

#include <errno.h>

const struct ri_doctor_starter ri_doctor_starter = { ri_appmodule_open, ri_appmodule_has_kvm };

#define DISK "ramimg-doctor.raw"
#define DISK_BYTES (1 << 20)

static int make_disk(const struct ri_dir *d, struct ri_err *e)
{
	RI_FD int fd = ri_dir_create(d, DISK, 0600, e);

	if (fd < 0)
		return -1;
	return ftruncate(fd, DISK_BYTES) < 0 ? ri_fail(e, RI_E_IO, errno, "%s/" DISK, d->path) : 0;
}

static int start(const struct ri_stage *s, const struct ri_job *job,
    const struct ri_doctor_starter *by, struct ri_doctor_start *out, struct ri_err *e)
{
	const struct ri_appliance_use use = { .uploads = true, .kvm = (enum ri_kvm)job->kvm };
	RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
	int64_t began = ri_clock_ms();
	int rc;

	ri_progress("starting the appliance", 0, 0);
	rc = by->open(s, &use, &w, e);
	out->ms = ri_clock_ms() - began;
	if (rc < 0)
		return -1;
	ri_progress_end("starting the appliance", 0, 0);
	out->kvm = by->has_kvm(w);
	if (w->ops->shutdown(w, e) < 0)
		return -1;
	out->started = true;
	return 0;
}

int ri_doctor_try(const struct ri_job *job, const struct ri_doctor_starter *by,
    struct ri_doctor_start *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_remove_temporary) struct ri_dir d = { 0 };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	RI_FREE char *disk = NULL;
	struct ri_err why = { 0 };

	*out = (struct ri_doctor_start){ 0 };
	if (ri_dir_make_temporary(&d, e) < 0 || make_disk(&d, e) < 0)
		return -1;
	disk = ri_file_join(d.path, DISK);
	if (!disk)
		return ri_nomem(e);
	if (ri_volume_open(disk, "raw", RI_VOLUME_READ, &v, e) < 0 ||
	    ri_stage_new(&v, job->stage_dir, true, &s, e) < 0)
		return -1;
	if (start(&s, job, by, out, &why) == 0)
		return 0;
	if (ri_cancelled() || why.code == RI_E_NOMEM) {
		*e = why;
		return -1;
	}
	snprintf(out->why, sizeof out->why, "%s", why.msg);
	return 0;
}
