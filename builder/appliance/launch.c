// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: starting the appliance and letting go of it.
 */
#include "appliance/internal.h"
#include "appliance/hypervisor.h"
#include "appliance/kvm_hangs.h"
#include "appliance/sweep.h"
#include "base/cancel.h"
#include "base/log.h"

#include <errno.h>

/* With KVM an appliance is up in seconds; one that is not after this long hangs. */
#define KVM_LIMIT_S 60
/* Without, it takes 10 to 60 s; emulation of two CPUs has been seen to stop for ever. */
#define TCG_LIMIT_S 300
/*
 * Two CPUs where the appliance reads files: emulated, tar and what passes its output on take 9 s where one
 * CPU takes 15. For the rest one is enough; it starts a second sooner, and has not been seen to stop.
 */
#define CPUS 2

/* From the signal handler: both calls are async-signal-safe, the first says guestfs(3). */
static void cancel(void *arg)
{
	struct ri_appliance *gfs = arg;

	guestfs_user_cancel(gfs->h);
	ri_watchdog_wake(&gfs->watch);
}

/* While the handle is being closed it must not be called any more. */
static void cancel_closing(void *arg)
{
	struct ri_appliance *gfs = arg;

	ri_watchdog_wake(&gfs->watch);
}

void ri_appliance_let_go(struct ri_appliance *gfs)
{
	/* The watch goes on until the handle is closed, which may hang as well. */
	ri_cancel_on(gfs->watch.running ? cancel_closing : NULL, gfs);
	ri_watchdog_ending(&gfs->watch, RI_APPLIANCE_END_LIMIT_S);
	if (gfs->h)
		guestfs_close(gfs->h);
	ri_cancel_on(NULL, NULL);
	ri_watchdog_stop(&gfs->watch);
	gfs->h = NULL;
	ri_transfer_close(&gfs->handover);
}

static void to_log(guestfs_h *h, void *arg, uint64_t event, int id, int flags, const char *buf,
    size_t n, const uint64_t *array, size_t array_n)
{
	(void)h, (void)arg, (void)event, (void)id, (void)flags, (void)array, (void)array_n;
	while (n > 0 && (buf[n - 1] == '\n' || buf[n - 1] == '\r'))
		n--;
	ri_log(RI_LOG_DEBUG, "libguestfs: %.*s", (int)n, buf);
}

/* guestfs(3), GUESTFS_EVENT_PROGRESS: the array is proc_nr, serial, position, total. */
static void on_progress(guestfs_h *h, void *arg, uint64_t event, int id, int flags, const char *buf,
    size_t n, const uint64_t *array, size_t array_n)
{
	const struct ri_appliance *gfs = arg;

	(void)h, (void)event, (void)id, (void)flags, (void)buf, (void)n;
	if (gfs->w.phase && array_n >= 4 && array[2] <= array[3])
		ri_progress(gfs->w.phase, array[2], array[3]);
}

/*
 * Where the stage has no room, QEMU stops the guest until somebody goes on with it, as it does by default: nobody
 * would. What the guest cannot write is an error in the guest, and then one of ours (QEMU, "werror").
 */
static int report_errors(guestfs_h *h)
{
	static const char *const devices[] = { "scsi-hd", "virtio-blk-pci" };

	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
		char property[64];

		snprintf(property, sizeof property, "%s.werror=report", devices[i]);
		if (guestfs_config(h, "-global", property) < 0)
			return -1;
	}
	return 0;
}

/** How an appliance is started. */
struct attempt {
	bool force_tcg;
	int cpus;
};

static int set_up(struct ri_appliance *gfs, guestfs_h *h, const struct ri_stage *s,
    const struct attempt *how, struct ri_err *e)
{
	const uint64_t events = GUESTFS_EVENT_LIBRARY | GUESTFS_EVENT_APPLIANCE |
				GUESTFS_EVENT_WARNING | GUESTFS_EVENT_TRACE;
	struct guestfs_add_drive_opts_argv drive = {
		.bitmask = GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK,
		.format = "qcow2",
		/* Safe: the overlay is flushed to disk before anything relies on it. */
		.cachemode = "unsafe",
	};

	guestfs_set_error_handler(h, NULL, NULL);
	if (guestfs_set_event_callback(h, to_log, events, 0, NULL) < 0 ||
	    guestfs_set_event_callback(h, on_progress, GUESTFS_EVENT_PROGRESS, 0, gfs) < 0 ||
	    guestfs_set_backend(h, "direct") < 0 || guestfs_set_network(h, 0) < 0 ||
	    guestfs_set_smp(h, how->cpus) < 0 ||
	    guestfs_set_verbose(h, ri_log_wants(RI_LOG_DEBUG)) < 0)
		return ri_appliance_fail(h, e, "setting libguestfs up");
	if (how->force_tcg && guestfs_set_backend_setting(h, "force_tcg", "1") < 0)
		return ri_appliance_fail(h, e, "turning KVM off");
	if (ri_hypervisor_confine(h, s, e) < 0)
		return -1;
	if (report_errors(h) < 0)
		return ri_appliance_fail(h, e, "having errors of writing reported");
	if (guestfs_add_drive_opts_argv(h, s->overlay, &drive) < 0)
		return ri_appliance_fail(h, e, s->overlay);
	/* After the guest's disk, which has to be the first. */
	if (gfs->uploads)
		ri_appliance_transfer_add(gfs, s);
	return 0;
}

static int try_launch(struct ri_appliance *gfs, const struct ri_stage *s, const struct attempt *how,
    struct ri_err *e)
{
	int limit_s = how->force_tcg ? TCG_LIMIT_S : KVM_LIMIT_S;
	int rc;

	gfs->h = guestfs_create();
	if (!gfs->h)
		return ri_fail(e, RI_E_IO, errno, "libguestfs");
	if (set_up(gfs, gfs->h, s, how, e) < 0 || ri_watchdog_start(&gfs->watch, limit_s, e) < 0)
		return -1;
	ri_cancel_on(cancel, gfs);
	guestfs_set_private(gfs->h, RI_APPLIANCE_WATCH, &gfs->watch);
	rc = guestfs_launch(gfs->h);
	/* QEMU has it open; without a name it ends with QEMU, whatever happens. */
	if (gfs->uploads)
		ri_appliance_transfer_unname(s);
	if (rc == 0) {
		ri_watchdog_launched(&gfs->watch, RI_APPLIANCE_WORK_LIMIT_S);
		return 0;
	}
	if (gfs->watch.expired)
		return ri_fail(e, RI_E_IO, 0, "the appliance did not start within %d s", limit_s);
	return ri_appliance_fail(gfs->h, e, "starting the appliance");
}

/* @gfs is ready for another try afterwards, unless somebody wants it ended. */
static int give_up(struct ri_appliance *gfs, struct ri_err *e)
{
	ri_appliance_let_go(gfs);
	gfs->watch.expired = false;
	return ri_cancel_check(e);
}

static int launch_with_kvm(struct ri_appliance *gfs, const struct ri_stage *s, bool *hung,
    struct ri_err *e)
{
	const struct attempt how = { .cpus = CPUS };
	struct ri_err first;

	if (try_launch(gfs, s, &how, &first) == 0)
		return 1;
	*hung = gfs->watch.expired;
	if (give_up(gfs, e) < 0)
		return -1;
	ri_log(RI_LOG_WARN, "the appliance does not start with KVM; trying again without it");
	ri_log(RI_LOG_DEBUG, "%s", first.msg);
	return 0;
}

static int launch_without(struct ri_appliance *gfs, const struct ri_stage *s, bool reads,
    struct ri_err *e)
{
	struct attempt how = { .force_tcg = true, .cpus = reads ? CPUS : 1 };
	struct ri_err first;

	if (try_launch(gfs, s, &how, &first) == 0)
		return 0;
	if (gfs->watch.expired) {
		if (give_up(gfs, e) < 0)
			return -1;
		ri_log(RI_LOG_WARN, "%s; once more", first.msg);
		how.cpus = 1;
		if (try_launch(gfs, s, &how, &first) == 0)
			return 0;
	}
	*e = first;
	return ri_cancelled() ? -1 : ri_ctx(e, "without KVM (-v says more)");
}

int ri_appliance_launch(struct ri_appliance *gfs, const struct ri_stage *s, bool reads,
    struct ri_err *e)
{
	RI_FREE char *mark = ri_kvm_hangs_path();
	bool hung = false;
	int rc = 0;

	ri_appliance_sweep("/tmp", "/proc/net/unix");
	if (ri_kvm_hangs_is_set(mark))
		ri_log(RI_LOG_INFO, "KVM has hung here within the last hour and is not tried (%s)",
		    mark);
	else
		rc = launch_with_kvm(gfs, s, &hung, e);
	if (rc < 0 || (rc == 0 && launch_without(gfs, s, reads, e) < 0))
		return -1;
	/* Only now is it known that KVM is to blame, and not the appliance. */
	if (hung)
		ri_kvm_hangs_set(mark);
	return 0;
}
