// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: starting the appliance and letting go of it.
 */
#include "appliance/internal.h"
#include "appliance/hypervisor.h"
#include "appliance/sweep.h"
#include "base/cancel.h"
#include "base/log.h"
#include "host/kvm_hangs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

/* With KVM an appliance is up in seconds; one that is not after this long hangs. */
#define KVM_LIMIT_S 60
/* Without, it takes 10 to 60 s. */
#define TCG_LIMIT_S 300
/* Emulated it has one, which is enough for what is done inside: docs/architecture.md, "CPUs that are emulated take turns". */
#define KVM_CPUS 2
/*
 * What the appliance's kernel is not to use of its processor, by numbers that never change (arch/x86/include/asm/cpufeatures.h).
 * ERMS and FSRM (297, 580) have it copy by "rep movsb", which takes an emulated processor a turn of a loop for each byte.
 * CX16 (141): before QEMU 8.0, whose cmpxchg16b is new, a CMPXCHG16B may leave in EFLAGS what an operand before it was, and
 * an interrupt right behind it gives the kernel that for its flags.
 */
#define EMULATED "clearcpuid=141,297,580"

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
	ri_tree_disk_close(&gfs->tree);
	ri_appliance_forget_table(gfs);
}

static void to_log(guestfs_h *h, void *arg, uint64_t event, int id, int flags, const char *buf,
    size_t n, const uint64_t *array, size_t array_n)
{
	struct ri_appliance *gfs = arg;

	(void)h, (void)event, (void)id, (void)flags, (void)array, (void)array_n;
	ri_kvm_words_hear(&gfs->words, ri_span(buf, n));
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
		ri_progress(gfs->w.phase, gfs->w.phase_done + array[2], gfs->w.phase_total);
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

static int set_up_processor(guestfs_h *h, bool kvm, struct ri_err *e)
{
	const char *own = guestfs_get_append(h); /* from the environment; NULL: nothing */
	RI_BUF line = { 0 };

	ri_buf_addf(&line, "%s%s" EMULATED, own ? own : "", own ? " " : "");
	if (ri_buf_check(&line, e) < 0)
		return -1;
	return guestfs_set_smp(h, kvm ? KVM_CPUS : 1) < 0 ||
		       (!kvm && guestfs_set_append(h, line.p) < 0)
		   ? ri_appliance_fail(h, e, "setting up the appliance's processor")
		   : 0;
}

static int set_up(struct ri_appliance *gfs, guestfs_h *h, const struct ri_stage *s, bool kvm,
    struct ri_err *e)
{
	const uint64_t events = GUESTFS_EVENT_LIBRARY | GUESTFS_EVENT_APPLIANCE |
				GUESTFS_EVENT_WARNING | GUESTFS_EVENT_TRACE;
	/*
	 * guestfs(3), "BACKEND SETTINGS". Without either, QEMU itself would go on without KVM, and with as many processors.
	 */
	const char *setting = kvm ? "force_kvm" : "force_tcg";
	struct guestfs_add_drive_opts_argv drive = {
		.bitmask = GUESTFS_ADD_DRIVE_OPTS_FORMAT_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_CACHEMODE_BITMASK |
			   GUESTFS_ADD_DRIVE_OPTS_DISCARD_BITMASK,
		.format = "qcow2",
		/* For ri_guest_trim; nothing is mounted with discard. */
		.discard = "besteffort",
		/* Safe: the overlay is flushed to disk before anything relies on it. */
		.cachemode = "unsafe",
	};

	guestfs_set_error_handler(h, NULL, NULL);
	if (guestfs_set_event_callback(h, to_log, events, 0, gfs) < 0 ||
	    guestfs_set_event_callback(h, on_progress, GUESTFS_EVENT_PROGRESS, 0, gfs) < 0 ||
	    guestfs_set_backend(h, "direct") < 0 || guestfs_set_network(h, 0) < 0 ||
	    guestfs_set_verbose(h, ri_log_wants(RI_LOG_DEBUG)) < 0)
		return ri_appliance_fail(h, e, "setting libguestfs up");
	if (guestfs_set_backend_setting(h, setting, "1") < 0)
		return ri_appliance_fail(h, e, "saying whether to use KVM");
	if (ri_hypervisor_confine(h, s, e) < 0)
		return -1;
	if (report_errors(h) < 0)
		return ri_appliance_fail(h, e, "having errors of writing reported");
	if (guestfs_add_drive_opts_argv(h, s->overlay, &drive) < 0)
		return ri_appliance_fail(h, e, s->overlay);
	/* After the guest's disk, which has to be the first. */
	if (gfs->uploads)
		ri_appliance_transfer_add(gfs, s);
	if (gfs->reads)
		ri_appliance_tree_add(gfs, s);
	return set_up_processor(h, kvm, e);
}

/* What libguestfs does first: it finds its appliance, which supermin makes of the host's files. */
static bool before_qemu(guestfs_h *h)
{
	static const char *const words[] = { "supermin", "LIBGUESTFS_PATH", "appliance.d" };
	const char *said = guestfs_last_error(h);

	for (size_t i = 0; said && i < sizeof words / sizeof *words; i++)
		if (strstr(said, words[i]))
			return true;
	return false;
}

/* QEMU has them open, if it is there; without a name they end with it, whatever happens. */
static void unname_disks(const struct ri_appliance *gfs, const struct ri_stage *s)
{
	if (gfs->uploads)
		ri_appliance_transfer_unname(s);
	if (gfs->reads)
		ri_appliance_tree_unname(s);
}

static int try_launch(struct ri_appliance *gfs, const struct ri_stage *s, bool kvm,
    struct ri_err *e)
{
	int limit_s = kvm ? KVM_LIMIT_S : TCG_LIMIT_S;
	int rc;

	gfs->ran = gfs->lacks = gfs->with_kvm = false;
	gfs->words = (struct ri_kvm_words){ 0 };
	gfs->h = guestfs_create();
	if (!gfs->h)
		return ri_fail(e, RI_E_IO, errno, "libguestfs");
	if (set_up(gfs, gfs->h, s, kvm, e) < 0 || ri_watchdog_start(&gfs->watch, limit_s, e) < 0) {
		unname_disks(gfs, s);
		return -1;
	}
	ri_cancel_on(cancel, gfs);
	guestfs_set_private(gfs->h, RI_APPLIANCE_WATCH, &gfs->watch);
	rc = guestfs_launch(gfs->h);
	unname_disks(gfs, s);
	gfs->lacks = rc < 0 && !gfs->watch.expired && before_qemu(gfs->h);
	gfs->ran = !gfs->lacks;
	if (rc == 0) {
		gfs->with_kvm = kvm;
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

/* Why KVM is to blame for the failure @first, which may be what QEMU has said; NULL: it is not. */
static const char *kvm_at_fault(const struct ri_appliance *gfs, const struct ri_err *first)
{
	if (gfs->watch.expired)
		return first->msg;
	return gfs->words.line[0] ? gfs->words.line : NULL;
}

/* @return 1: it runs; 0: without KVM it might; -1. */
static int launch_with_kvm(struct ri_appliance *gfs, const struct ri_stage *s, bool *hung,
    struct ri_err *e)
{
	struct ri_err first;
	const char *fault;
	bool ran;

	if (try_launch(gfs, s, true, &first) == 0)
		return 1;
	*hung = gfs->watch.expired;
	fault = kvm_at_fault(gfs, &first);
	ran = gfs->ran;
	if (give_up(gfs, e) < 0)
		return -1;
	if (!ran) {
		*e = first;
		return -1;
	}
	if (fault)
		ri_log(RI_LOG_WARN,
		    "the appliance does not start with KVM (%s); trying again without it", fault);
	else
		ri_log(RI_LOG_WARN, "the appliance does not start; trying again without KVM");
	ri_log(RI_LOG_DEBUG, "%s", first.msg);
	return 0;
}

static int launch_without(struct ri_appliance *gfs, const struct ri_stage *s, struct ri_err *e)
{
	struct ri_err first;

	if (try_launch(gfs, s, false, &first) == 0)
		return 0;
	if (gfs->watch.expired) {
		if (give_up(gfs, e) < 0)
			return -1;
		ri_log(RI_LOG_WARN, "%s; once more", first.msg);
		if (try_launch(gfs, s, false, &first) == 0)
			return 0;
	}
	*e = first;
	return ri_cancelled() || !gfs->ran ? -1 : ri_ctx(e, "without KVM (-v says more)");
}

/* Whether KVM can be opened, which libguestfs asks in the same way. */
static bool can_open(const char *device)
{
	return syscall(SYS_faccessat2, AT_FDCWD, device, R_OK | W_OK, AT_EACCESS) == 0;
}

/* With KVM or not at all. */
static int launch_only_with(struct ri_appliance *gfs, const struct ri_stage *s, const char *device,
    struct ri_err *e)
{
	const char *fault;

	if (!can_open(device))
		return ri_fail(e, RI_E_IO, errno,
		    "appliance.kvm is \"yes\", and %s cannot be opened", device);
	if (try_launch(gfs, s, true, e) == 0)
		return 0;
	fault = kvm_at_fault(gfs, e);
	if (ri_cancelled() || !fault)
		return -1;
	if (fault != e->msg)
		ri_fail(e, RI_E_IO, 0, "%s", fault);
	return ri_ctx(e, "KVM does not work here, and appliance.kvm is \"yes\"");
}

static int launch_either(struct ri_appliance *gfs, const struct ri_stage *s, const char *device,
    struct ri_err *e)
{
	RI_FREE char *mark = ri_kvm_hangs_path(s->below.path);
	bool hung = false;
	int rc = 0;

	/* Emulated it would not be up in the time that one with KVM has. */
	if (!can_open(device))
		ri_log(RI_LOG_DEBUG, "%s cannot be opened: %s", device, strerror(errno));
	else if (!ri_kvm_hangs_is_known(mark))
		rc = launch_with_kvm(gfs, s, &hung, e);
	if (rc < 0 || (rc == 0 && launch_without(gfs, s, e) < 0))
		return -1;
	/* Only now is it known that KVM is to blame, and not the appliance. */
	if (hung)
		ri_kvm_hangs_set(mark);
	return 0;
}

static int launch(struct ri_appliance *gfs, const struct ri_stage *s,
    const struct ri_appliance_use *use, struct ri_err *e)
{
	const char *device = use->kvm_device ? use->kvm_device : "/dev/kvm";

	switch (use->kvm) {
	case RI_KVM_NO:
		return launch_without(gfs, s, e);
	case RI_KVM_YES:
		return launch_only_with(gfs, s, device, e);
	case RI_KVM_AUTO:
		break;
	}
	return launch_either(gfs, s, device, e);
}

int ri_appliance_launch(struct ri_appliance *gfs, const struct ri_stage *s,
    const struct ri_appliance_use *use, struct ri_err *e)
{
	ri_appliance_sweep("/tmp", "/proc/net/unix");
	if (launch(gfs, s, use, e) == 0)
		return 0;
	return gfs->lacks && !ri_cancelled()
		   ? ri_ctx(e,
			 "libguestfs cannot make its appliance (`ramimg doctor` says what is missing)")
		   : -1;
}
