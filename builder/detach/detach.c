// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "detach/detach.h"
#include "base/cancel.h"
#include "base/log.h"
#include "pvehost/conf_write.h"
#include "detach/behind.h"
#include "detach/ram_status.h"
#include "detach/unplug.h"
#include "host/clock.h"
#include "pveconf/boot_drive.h"
#include "pveconf/qemu_names.h"
#include "qemu/qemu_args.h"

#include <poll.h>

#define LOCK_WAIT_S 10
#define MONITOR_WAIT_MS 10000
#define AGENT_WAIT_MS 5000

struct work {
	const struct ri_pvehost *h;
	const struct ri_detach_opts *o;
	struct ri_pvevm vm;
	struct ri_qemu_names dev;
	struct ri_boot_drive disk;
	struct ri_strv argv;
	struct ri_qmp *q;
	int lock, pid;
	bool named; /* what failed names the VM itself */
	struct ri_detach_result r;
};

void ri_detach_result_free(struct ri_detach_result *r)
{
	ri_strv_free(&r->commands);
	ri_buf_free(&r->before);
	ri_buf_free(&r->after);
	ri_remarks_free(&r->remarks);
	*r = (struct ri_detach_result){ 0 };
}

static void unload(struct work *w)
{
	ri_pvevm_free(&w->vm);
	ri_cleanup_fd(&w->lock);
	w->lock = -1;
}

static void work_end(struct work *w)
{
	ri_qmp_close(&w->q);
	ri_boot_drive_free(&w->disk);
	ri_strv_free(&w->argv);
	unload(w);
	ri_detach_result_free(&w->r);
}

/* The VM's configuration under its lock, and whether it runs. */
static int load(struct work *w, unsigned vmid, struct ri_err *e)
{
	const char *lock;

	w->named = true;
	if (ri_pvevm_load(w->h, vmid, &w->vm, e) < 0)
		return -1;
	ri_pvevm_free(&w->vm);
	w->lock = ri_pvevm_lock(w->h, vmid, LOCK_WAIT_S, e);
	if (w->lock < 0 || ri_pvevm_load(w->h, vmid, &w->vm, e) < 0)
		return -1;
	lock = ri_vmsection_get(&w->vm.conf.v[0], "lock");
	if (lock)
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u is locked (%.40s); wait for that to end, or, if it died, run: qm unlock %u",
		    vmid, lock, vmid);
	w->named = false;
	if (ri_pvevm_running(w->h, vmid, &w->pid, e) < 0)
		return -1;
	ri_buf_add_span(&w->r.before, ri_buf_span(&w->vm.text));
	return ri_buf_check(&w->r.before, e);
}

static int open_monitor(struct work *w, struct ri_err *e)
{
	RI_BUF path = { 0 };

	ri_pvevm_monitor(w->h, w->vm.vmid, &path);
	ri_strv_free(&w->argv);
	if (ri_buf_check(&path, e) < 0 || ri_qemu_args_read(w->pid, &w->argv, e) < 0)
		return -1;
	return ri_qmp_open(path.p, MONITOR_WAIT_MS, &w->q, e);
}

/* The disk that the VM boots from, or, where a run before took it out, has booted from. */
static int find_disk(struct work *w, struct ri_err *e)
{
	if (ri_boot_drive_find(&w->vm.conf, w->pid != 0, &w->disk, e) < 0 ||
	    ri_boot_drive_check(&w->disk, w->vm.vmid, e) < 0)
		return -1;
	memcpy(w->r.key, w->disk.key, sizeof w->r.key);
	return ri_qemu_names_of(&w->vm.conf, w->disk.key, &w->dev, e);
}

static struct ri_unplug unplug_of(struct work *w)
{
	return (struct ri_unplug){ w->q, &w->dev, w->h, w->disk.file, &w->argv,
		w->o->guest_s * 1000, w->vm.vmid, w->pid, &w->r.done };
}

static int said_ram(struct work *w, const struct ri_loader_status *m, struct ri_err *e)
{
	if (!m->in_ram)
		return ri_fail(e, RI_E_BUSY, 0,
		    "the guest runs from its disk, not from RAM (its /run/ramimg/status says why)");
	if (m->kept.n > 0)
		return ri_fail(e, RI_E_BUSY, 0, "the guest has not let go of its disk: %s",
		    m->kept.v[0]);
	if (m->released.n == 0)
		return ri_fail(e, RI_E_BUSY, 0,
		    "the guest was built to keep its disk (release.disk = false); build it again, or, if "
		    "you let go of it by hand: --assume-ram");
	ri_log(RI_LOG_INFO, "VM %u runs from RAM (build %.8s) and has let go of its disk",
	    w->vm.vmid, m->build);
	return 0;
}

/* The guest's own word. */
static int check_ram(struct work *w, struct ri_err *e)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };

	if (w->o->assume_ram)
		return 0;
	if (ri_ram_status_ask(w->h, w->vm.vmid, &w->dev, AGENT_WAIT_MS, &m, e) == 0)
		return said_ram(w, &m, e);
	return ri_ctx(e,
	    "nothing says that the guest runs from RAM (the guest agent would; without it, "
	    "and if you know it does: --assume-ram)");
}

/*
 * One look at a VM that has just been started. The guest is asked without the configuration's lock:
 * whoever has started the VM holds that, and others want it meanwhile.
 * @return 0 when it is loaded; 1 where *@why may pass: a guest that boots, a configuration that is
 *         locked; -1.
 */
static int try_load(struct work *w, unsigned vmid, struct ri_err *why)
{
	RI_ON_EXIT(ri_loader_status_free) struct ri_loader_status m = { 0 };

	if (ri_ram_status_ask(w->h, vmid, NULL, AGENT_WAIT_MS, &m, why) < 0) {
		if (why->code == RI_E_CANCELLED || why->code == RI_E_NOMEM)
			return -1;
		ri_ctx(why, "the guest does not say that it runs from RAM");
		return 1;
	}
	if (load(w, vmid, why) == 0)
		return 0;
	return why->code == RI_E_BUSY ? 1 : -1;
}

/* The VM's configuration under its lock; with --wait, once its guest has said that it runs from RAM. */
static int wait_and_load(struct work *w, unsigned vmid, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + (int64_t)w->o->wait_s * 1000, left;
	bool said = false;
	int rc, first = 0;

	for (;;) {
		struct ri_err why = { 0 };

		if (ri_pvevm_running(w->h, vmid, &w->pid, e) < 0)
			return -1;
		first = first ? first : w->pid;
		if (w->pid != 0 && w->pid != first)
			return ri_fail(e, RI_E_BUSY, 0,
			    "its QEMU (process %d) has ended while this waited, and the VM was started "
			    "again (process %d); that start has a hookscript of its own",
			    first, w->pid);
		if (w->o->wait_s == 0 || w->pid == 0)
			return load(w, vmid, e);
		rc = try_load(w, vmid, &why);
		if (rc == 0)
			return 0;
		left = until - ri_clock_ms();
		if (rc < 0 || left <= 0) {
			*e = why;
			return rc < 0 ? -1 : ri_ctx(e, "waited for %u s", w->o->wait_s);
		}
		ri_log(said ? RI_LOG_DEBUG : RI_LOG_INFO, "waiting: %s", why.msg);
		said = true;
		unload(w);
		poll(NULL, 0, left < 1000 ? (int)left : 1000);
		if (ri_cancel_check(e) < 0)
			return -1;
	}
}

static int pause_ms(int64_t ms, struct ri_err *e)
{
	int64_t until = ri_clock_ms() + ms;

	for (int64_t left = ms; left > 0; left = until - ri_clock_ms()) {
		if (ri_cancel_check(e) < 0)
			return -1;
		poll(NULL, 0, left < 250 ? (int)left : 250);
	}
	return ri_cancel_check(e);
}

/*
 * A guest that still uses its disk loses data: QEMU counts what it reads and writes. The monitor is
 * left to others meanwhile.
 */
static int check_idle(struct work *w, uint64_t before, struct ri_err *e)
{
	uint64_t now;
	int there;

	ri_qmp_close(&w->q);
	ri_log(RI_LOG_INFO, "watching %s for %u s", w->dev.key, w->o->idle_ms / 1000);
	if (pause_ms(w->o->idle_ms, e) < 0 || open_monitor(w, e) < 0)
		return -1;
	there = ri_qmp_disk_device(w->q, w->dev.key, e);
	if (there < 0 || ri_qmp_disk_operations(w->q, &w->dev, &now, e) < 0)
		return -1;
	/* Gone meanwhile: a run that was killed had asked for it, and the guest has answered now. */
	if (!there || now <= before)
		return 0;
	return ri_fail(e, RI_E_BUSY, 0, "the guest still uses %s (%llu reads and writes just now)",
	    w->dev.key, (unsigned long long)(now - before));
}

static int check_guest(struct work *w, struct ri_err *e)
{
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk l = { 0 };

	if (ri_qmp_disk_look(w->q, &w->dev, &l, e) < 0)
		return -1;
	if (!l.disk)
		return 0; /* a run before has unplugged it */
	if (l.shared || w->dev.shared)
		ri_log(RI_LOG_INFO, "the controller %s stays: it has other disks",
		    w->dev.controller);
	return check_ram(w, e) < 0 || check_idle(w, l.operations, e) < 0 ? -1 : 0;
}

static int new_config(struct work *w, struct ri_err *e)
{
	if (w->disk.place == RI_BOOT_ATTACHED && w->o->way == RI_DETACH_UNUSED &&
	    ri_vmconf_edit_check_unused(&w->vm.conf, w->vm.vmid, w->disk.file, e) < 0)
		return -1;
	if (w->disk.place == RI_BOOT_ATTACHED)
		return ri_vmconf_edit_detach(ri_buf_span(&w->vm.text), w->dev.key, w->o->way,
		    &w->r.after, e);
	ri_buf_add_span(&w->r.after, ri_buf_span(&w->vm.text));
	return ri_buf_check(&w->r.after, e);
}

static bool changes(const struct work *w)
{
	return !ri_span_eq(ri_buf_span(&w->r.before), ri_buf_span(&w->r.after));
}

/* The result into the configuration, which must be what it was when it was read even if nothing changes. */
static int settle(struct work *w, struct ri_err *e)
{
	return changes(w) ? ri_conf_write(&w->vm, ri_buf_span(&w->r.after), e)
			  : ri_conf_write_unchanged(&w->vm, e);
}

/* QEMU first: a configuration without the disk while QEMU has it would let a migration lose it. */
static int carry_out(struct work *w, const struct ri_unplug *u, struct ri_err *e)
{
	if (ri_conf_write_unchanged(&w->vm, e) < 0 || ri_cancel_check(e) < 0)
		return -1;
	ri_qmp_ignore_cancel(w->q);
	if (ri_unplug_run(u, e) < 0)
		return -1;
	w->r.done = w->r.done || changes(w);
	if (ri_unplug_ended(u))
		return ri_fail(e, RI_E_IO, 0, "it had let go of %s", w->dev.key);
	if (settle(w, e) == 0)
		return 0;
	return changes(w) ? ri_unplug_put_back(u, "remove the cause and run it again", e)
			  : ri_ctx(e, "QEMU no longer has the disk");
}

/* Proxmox keeps the QEMU of a guest that reboots, and that has no disk to boot from any more. */
static void warn_of_reboot(const struct work *w)
{
	const char *reboot = ri_vmsection_get(&w->vm.conf.v[0], "reboot");

	if (!reboot || strcmp(reboot, "0") != 0)
		ri_log(RI_LOG_INFO,
		    "a reboot inside the guest finds no disk: stop and start the VM instead, or let "
		    "QEMU end then (qm set %u --reboot 0, from the next start on)",
		    w->vm.vmid);
}

static int detach(struct work *w, unsigned vmid, struct ri_err *e)
{
	if (wait_and_load(w, vmid, e) < 0)
		return -1;
	if (w->pid == 0)
		return ri_fail(e, RI_E_BUSY, 0, "it does not run here; there is nothing to unplug");
	if (find_disk(w, e) < 0 ||
	    ri_behind_detach(w->h, &w->vm, w->dev.key, w->o->way,
		w->o->refuse_backup && w->disk.place == RI_BOOT_ATTACHED, &w->r.remarks, e) < 0 ||
	    new_config(w, e) < 0 || open_monitor(w, e) < 0)
		return -1;
	if (!w->o->dry_run &&
	    ((changes(w) && ri_conf_write_check(&w->vm, e) < 0) || check_guest(w, e) < 0))
		return -1;
	const struct ri_unplug u = unplug_of(w);

	if (w->o->dry_run)
		return ri_unplug_plan(&u, &w->r.commands, e);
	if (carry_out(w, &u, e) < 0)
		return -1;
	warn_of_reboot(w);
	return 0;
}

static int finish(struct work *w, int rc, unsigned vmid, struct ri_detach_result *out,
    struct ri_err *e)
{
	if (rc < 0)
		return w->named ? -1 : ri_ctx(e, "VM %u", vmid);
	*out = w->r;
	w->r = (struct ri_detach_result){ 0 };
	return 0;
}

/* A QEMU that ends meanwhile: whatever failed did so because of that. */
static int say_of_end(struct work *w, const char *advice, struct ri_err *e)
{
	const struct ri_unplug u = unplug_of(w);

	if (w->pid == 0 || w->vm.vmid == 0 || !ri_unplug_ended(&u))
		return -1;
	w->named = false;
	return ri_ctx(e,
	    "its QEMU (process %d) has ended meanwhile, and the configuration was left as it is; %s",
	    w->pid, advice);
}

int ri_detach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e)
{
	RI_ON_EXIT(work_end) struct work w = { .h = h, .o = o, .lock = -1 };

	int rc = detach(&w, vmid, e);

	if (rc < 0)
		rc = say_of_end(&w, "once the VM runs again, run it again", e);
	return finish(&w, rc, vmid, out, e);
}

static int plug_in(struct work *w, struct ri_err *e)
{
	struct ri_err why = { 0 };

	if (w->pid == 0)
		return 0;
	if (open_monitor(w, e) < 0 || ri_conf_write_unchanged(&w->vm, e) < 0)
		return -1;
	const struct ri_unplug u = unplug_of(w);

	ri_qmp_ignore_cancel(w->q);
	if (ri_unplug_undo(&u, &why) == 0) {
		w->r.live = true;
		return !ri_unplug_ended(&u) ? 0
					    : ri_fail(e, RI_E_IO, 0, "it had %s again", w->dev.key);
	}
	if (why.code != RI_E_UNSUPPORTED) {
		*e = why;
		return -1;
	}
	/* It is there for the next start already, and more cannot be done. */
	if (w->disk.place == RI_BOOT_PENDING)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "nothing was changed: %s cannot be plugged into the running VM (%s); it is pending, "
		    "and the VM has it at its next start",
		    w->dev.key, why.msg);
	ri_log(RI_LOG_INFO,
	    "not plugged into the running VM (%s); it has the disk at its next start", why.msg);
	return 0;
}

/*
 * A running VM that stays without the disk has it pending: with the line in the main section a
 * migration would start a target that has more devices than the source.
 */
static int for_next_start(struct work *w, struct ri_err *e)
{
	RI_BUF pending = { 0 };

	if (ri_vmconf_edit_detach(ri_buf_span(&w->r.after), w->dev.key, RI_DETACH_PENDING, &pending,
		e) < 0)
		return -1;
	ri_buf_free(&w->r.after);
	w->r.after = pending;
	pending = (struct ri_buf){ 0 };
	return 0;
}

static int attach(struct work *w, unsigned vmid, struct ri_err *e)
{
	if (load(w, vmid, e) < 0)
		return -1;
	if (find_disk(w, e) < 0)
		return -1;
	const struct ri_detached was = ri_boot_drive_was(&w->disk);

	if (w->disk.place == RI_BOOT_ATTACHED)
		ri_buf_add_span(&w->r.after, ri_buf_span(&w->vm.text));
	else if (ri_vmconf_edit_attach(ri_buf_span(&w->vm.text), &was, &w->r.after, e) < 0)
		return -1;
	if (ri_buf_check(&w->r.after, e) < 0 || w->o->dry_run)
		return ri_buf_check(&w->r.after, e);
	if ((changes(w) && ri_conf_write_check(&w->vm, e) < 0) || plug_in(w, e) < 0)
		return -1;
	if (w->pid != 0 && !w->r.live && for_next_start(w, e) < 0)
		return -1;
	w->r.done = w->r.done || changes(w);
	if (settle(w, e) == 0)
		return 0;
	return !w->r.live ? -1
			  : ri_ctx(e, "the running VM has the disk again, and its configuration is "
				      "unchanged; remove the cause and run it again");
}

int ri_attach(const struct ri_pvehost *h, unsigned vmid, const struct ri_detach_opts *o,
    struct ri_detach_result *out, struct ri_err *e)
{
	RI_ON_EXIT(work_end) struct work w = { .h = h, .o = o, .lock = -1 };

	int rc = attach(&w, vmid, e);

	if (rc < 0)
		rc = say_of_end(&w, "run it again, for the VM's next start", e);
	return finish(&w, rc, vmid, out, e);
}
