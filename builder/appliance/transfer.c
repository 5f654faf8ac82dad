// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: what is written back, by way of the hand-over disk (appliance/transfer_disk.h).
 */
#include "appliance/internal.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/hostfile.h"

#include <sys/stat.h>

#define LABEL "handover"
/* Units a piece: between two of them progress is told and a signal looked for. */
#define PIECE 256

static void go_without(struct ri_appliance *gfs, const char *why)
{
	ri_transfer_close(&gfs->handover);
	ri_log(RI_LOG_INFO, "writing back the slower way: %s", why);
}

void ri_appliance_transfer_unname(const struct ri_stage *s)
{
	struct ri_err why;

	if (ri_dir_remove(&s->at, RI_STAGE_HANDOVER, &why) < 0)
		ri_log(RI_LOG_DEBUG, "%s", why.msg);
}

void ri_appliance_transfer_add(struct ri_appliance *gfs, const struct ri_stage *s)
{
	struct guestfs_add_drive_opts_argv drive = {
		.bitmask = GUESTFS_ADD_DRIVE_OPTS_READONLY_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_LABEL_BITMASK,
		.readonly = 1,
		.format = "raw",
		.label = LABEL,
	};
	struct ri_err e;

	ri_appliance_transfer_unname(s); /* of a launch that failed */
	if (ri_transfer_make(s->handover, s->volume->size, &gfs->handover, &e) < 0)
		go_without(gfs, e.msg);
	else if (guestfs_add_drive_opts_argv(gfs->h, s->handover, &drive) < 0)
		go_without(gfs, guestfs_last_error(gfs->h));
}

int ri_appliance_is_guests(guestfs_h *h, const char *disk, bool *yes, struct ri_err *e)
{
	int index = guestfs_device_index(h, disk);

	*yes = index == 0;
	return index < 0 ? ri_appliance_fail(h, e, disk) : 0;
}

/*
 * No call of libguestfs copies in large blocks past the appliance's page cache, and without KVM both
 * matter much: dd does it ten times as fast. Its words go through the appliance's shell, and the path
 * is the guest's, so only one of harmless letters is let through.
 */
static int copy_piece(guestfs_h *h, const struct ri_transfer_file *f, uint64_t unit, uint64_t n,
    const char *path, struct ri_err *e)
{
	RI_FREE char *answer = NULL;
	RI_BUF dd = { 0 };

	ri_buf_addf(&dd,
	    "dd if=/dev/disk/guestfs/" LABEL
	    " of=/sysroot%s bs=%llu skip=%llu seek=%llu count=%llu iflag=direct "
	    "oflag=direct,nofollow conv=notrunc status=none",
	    path, RI_TRANSFER_UNIT, (unsigned long long)(f->at / RI_TRANSFER_UNIT + unit),
	    (unsigned long long)unit, (unsigned long long)n);
	if (ri_buf_check(&dd, e) < 0)
		return -1;
	answer = guestfs_debug(h, "sh", (char *const[]){ dd.p, NULL });
	return answer ? 0 : ri_appliance_fail(h, e, path);
}

static int copy(struct ri_appliance *gfs, const struct ri_transfer_file *f, const char *path,
    struct ri_err *e)
{
	uint64_t units = f->bytes / RI_TRANSFER_UNIT + (f->bytes % RI_TRANSFER_UNIT > 0);

	for (uint64_t unit = 0; unit < units; unit += PIECE) {
		uint64_t n = units - unit < PIECE ? units - unit : PIECE;

		if (ri_cancel_check(e) < 0 || copy_piece(gfs->h, f, unit, n, path, e) < 0)
			return -1;
		if (gfs->w.phase && unit + n < units)
			ri_progress(gfs->w.phase, gfs->w.phase_done + (unit + n) * RI_TRANSFER_UNIT,
			    gfs->w.phase_total);
	}
	/* Direct transfers are of whole blocks. */
	return guestfs_truncate_size(gfs->h, path, (int64_t)f->bytes) < 0
		   ? ri_appliance_fail(gfs->h, e, path)
		   : 0;
}

bool ri_appliance_is_harmless(const char *path)
{
	return path[strspn(path, "/._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789")] == '\0';
}

static int hand_over(struct ri_appliance *gfs, const char *host_path, const char *path,
    struct ri_err *e)
{
	struct ri_transfer_file f;
	int rc;

	if (!ri_appliance_is_harmless(path))
		return ri_fail(e, RI_E_GUEST, 0, "an unusual name: %s", path);
	if (ri_transfer_put(&gfs->handover, host_path, &f, e) < 0)
		return -1;
	/* An empty file has no block to be copied, but has to be there. */
	rc = guestfs_touch(gfs->h, path) < 0 ? ri_appliance_fail(gfs->h, e, path)
					     : copy(gfs, &f, path, e);
	ri_transfer_drop(&gfs->handover, &f);
	return rc;
}

static int upload(struct ri_appliance *gfs, const char *host_path, const char *path,
    struct ri_err *e)
{
	struct ri_err why;

	if (gfs->handover.fd >= 0) {
		if (hand_over(gfs, host_path, path, &why) == 0)
			return 0;
		if (ri_cancel_check(e) < 0)
			return -1;
		go_without(gfs, why.msg);
	}
	return guestfs_upload(gfs->h, host_path, path) < 0 ? ri_appliance_fail(gfs->h, e, path) : 0;
}

int ri_appliance_upload(struct ri_guest_rw *w, const char *host_path, const char *path,
    struct ri_err *e)
{
	struct stat st;

	if (upload((struct ri_appliance *)w, host_path, path, e) < 0)
		return -1;
	if (stat(host_path, &st) == 0)
		w->phase_done += (uint64_t)st.st_size;
	if (w->phase)
		ri_progress(w->phase, w->phase_done, w->phase_total);
	return 0;
}
