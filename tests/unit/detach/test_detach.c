// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A whole detach and a whole attach, with a fault at each of the commands and at each step of writing, a
 * QEMU that dies there, and somebody else who edits the configuration there. So long because all of it is about
 * the same steps. */
#define FAKE_CLOCK
#include "unit/fake_qemu.h"

#include "detach/detach.h"
#include "unit/pvehost/running.h"
#include "unit/write_faults.h"

#define BEFORE "agent: 1\nboot: order=scsi0\nname: web\n"
#define DISK "scsi0: san:vm-105-disk-1,iothread=1\n"
#define AFTER "scsihw: virtio-scsi-single\n"
#define ATTACHED BEFORE DISK AFTER
#define DETACHED BEFORE AFTER "\n[PENDING]\n" DISK
#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"
#define CONF2 "etc/pve/nodes/pve2/qemu-server/105.conf"

static const struct ri_detach_opts plain = { .guest_s = 30 };

static bool did; /* the last run, something */

static struct running next_qemu; /* the QEMU of the VM's next start */

static void is_restarted(void)
{
	if (next_qemu.pid == 0)
		next_qemu = run_vm(105, "kvm", "-pidfile", "var/run/qemu-server/105.pid");
}

static int run(int (*what)(const struct ri_pvehost *, unsigned, const struct ri_detach_opts *,
		   struct ri_detach_result *, struct ri_err *),
    const struct ri_detach_opts *o, struct ri_err *e)
{
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };

	int rc = what(&host, 105, o, &r, e);

	did = r.done;
	return rc;
}

/* The configuration is @want, and no temporary file is left beside it. */
static void check_conf(const char *what, const char *want)
{
	RI_BUF now = { 0 };
	char tmp[160];

	slurp(tmp_path(CONF), &now);
	check_span(what, ri_buf_span(&now), ri_str(want));
	snprintf(tmp, sizeof tmp, "%s.tmp.%d", tmp_path(CONF), (int)getpid());
	if (access(tmp, F_OK) == 0)
		fail_msg("%s: %s is left", what, tmp);
}

static void test_there_and_back(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	check_ok("detach", run(ri_detach, &plain, &e), &e);
	assert_int_equal(fake_things(), 0);
	check_conf("detach", DETACHED);
	assert_true(did);
	check_ok("again", run(ri_detach, &plain, &e), &e);
	check_conf("again", DETACHED);
	assert_false(did);
	check_ok("attach", run(ri_attach, &plain, &e), &e);
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("attach", ATTACHED);
	assert_true(did);
	check_ok("again", run(ri_attach, &plain, &e), &e);
	check_conf("again", ATTACHED);
	assert_false(did);
}

/* Whoever waits for a VM that was stopped and started again ends: that start has a waiter of its own. */
static void test_waits_for_one_start(void **state)
{
	static const struct ri_detach_opts wait = { .guest_s = 30, .wait_s = 30 };
	struct ri_err e = { 0 };
	char want[200];
	int rc;

	(void)state;
	host_vm(105, ATTACHED);
	fake.status = "{";
	fake.hook_at = "guest-file-close";
	fake.hook = is_restarted;
	rc = run(ri_detach, &wait, &e);
	snprintf(want, sizeof want,
	    "VM 105: its QEMU (process %d) has ended while this waited, and the VM was started again "
	    "(process %d); that start has a hookscript of its own",
	    (int)fake.pid, (int)next_qemu.pid);
	check_err("restarted", rc, &e, RI_E_BUSY, want);
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("restarted", ATTACHED);
	end_vm(&next_qemu);
	next_qemu.pid = 0;
}

/* What is pending beside the drive, before a detach and after it, and a drive that is not the VM's boot drive. */
static void test_pending(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: refused */
		enum ri_code code;
		const char *said;
	} rows[] = {
		/* A new drive, where nothing says from which the VM boots, is not the one that was detached. */
		{ "agent: 1\nscsi0: san:vm-105-disk-1\n" AFTER
		  "\n[PENDING]\nscsi1: san:vm-105-disk-2\n",
		    "#ramimg detached scsi0=san%3Avm-105-disk-1\nagent: 1\n" AFTER
		    "\n[PENDING]\nscsi0: san:vm-105-disk-1\nscsi1: san:vm-105-disk-2\n",
		    RI_OK, NULL },
		/* Other options of the same volume wait for the next start as before. */
		{ ATTACHED "\n[PENDING]\nscsi0: san:vm-105-disk-1,cache=none\n",
		    "#ramimg detached scsi0=san%3Avm-105-disk-1,iothread=1\n" BEFORE AFTER
		    "\n[PENDING]\nscsi0: san:vm-105-disk-1,cache=none\n",
		    RI_OK, NULL },
		{ ATTACHED "\n[PENDING]\nscsi0: san:vm-105-disk-7\n", NULL, RI_E_BUSY,
		    "VM 105: the next start gives another volume to its boot drive scsi0, which is "
		    "pending; take that back (qm set 105 --revert scsi0), or stop and start the VM first" },
		{ ATTACHED "\n[PENDING]\ndelete: net1,scsi0\n", NULL, RI_E_BUSY,
		    "VM 105: the next start takes away its boot drive scsi0, which is pending; take that "
		    "back (qm set 105 --revert scsi0), or stop and start the VM first" },
		{ "agent: 1\nscsi1: san:vm-105-disk-2\n" AFTER
		  "\n[PENDING]\nscsi0: san:vm-105-disk-1\n",
		    NULL, RI_E_CONFIG,
		    "VM 105: its boot drive may be scsi1, which is attached, or scsi0, which is pending; say "
		    "which in its boot order (qm set 105 --boot order=DRIVE), or name the volume" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		int rc;

		fake_reset();
		host_vm(105, rows[i].before);
		rc = run(ri_detach, &plain, &e);
		if (!rows[i].after) {
			check_err(rows[i].before, rc, &e, rows[i].code, rows[i].said);
			check_conf(rows[i].before, rows[i].before);
			assert_int_equal(fake_things(), FAKE_ALL);
			continue;
		}
		check_ok(rows[i].before, rc, &e);
		check_conf(rows[i].before, rows[i].after);
		assert_int_equal(fake_things(), 0);
		check_ok("back", run(ri_attach, &plain, &e), &e);
		check_conf("back", rows[i].before);
		assert_int_equal(fake_things(), FAKE_ALL);
	}
}

static void test_a_dry_run(void **state)
{
	static const char *const want[] = {
		"{\"execute\":\"device_del\",\"arguments\":{\"id\":\"scsi0\"}}",
		"{\"execute\":\"device_del\",\"arguments\":{\"id\":\"virtioscsi0\"}}",
		"{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":\"drive-scsi0\"}}",
		"{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":\"fnode\"}}",
		"{\"execute\":\"blockdev-del\",\"arguments\":{\"node-name\":\"enode\"}}",
		"{\"execute\":\"object-del\",\"arguments\":{\"id\":\"throttle-drive-scsi0\"}}",
		"{\"execute\":\"object-del\",\"arguments\":{\"id\":\"iothread-virtioscsi0\"}}",
	};
	const struct ri_detach_opts dry = { .dry_run = true, .guest_s = 30 };
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	check_ok("dry", ri_detach(&host, 105, &dry, &r, &e), &e);
	assert_string_equal(r.key, "scsi0");
	assert_int_equal(r.commands.n, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < r.commands.n; i++)
		assert_string_equal(r.commands.v[i], want[i]);
	check_span("before", ri_buf_span(&r.before), LIT(ATTACHED));
	check_span("after", ri_buf_span(&r.after), LIT(DETACHED));
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("dry", ATTACHED);
}

static void test_refused(void **state)
{
	static const struct {
		const char *conf, *status;
		enum ri_code code;
		const char *said;
	} cases[] = {
		{ "lock: backup\n" ATTACHED, FAKE_RAM, RI_E_BUSY,
		    "VM 105 is locked (backup); wait for that to end, or, if it died, run: "
		    "qm unlock 105" },
		{ BEFORE "scsi0: san:vm-105-disk-1\nscsihw: pvscsi\n", FAKE_RAM, RI_E_UNSUPPORTED,
		    "VM 105: scsi0: is on a controller (pvscsi) whose disks the guest agent cannot "
		    "tell apart; use virtio-scsi-single or virtio-scsi-pci" },
		{ ATTACHED, "{\"result\": \"disk\"}", RI_E_BUSY,
		    "VM 105: the guest runs from its disk, not from RAM (its /run/ramimg/status says "
		    "why)" },
		{ ATTACHED, "{\"result\": \"ram\", \"kept\": [\"sda: is busy\"]}", RI_E_BUSY,
		    "VM 105: the guest has not let go of its disk: sda: is busy" },
		{ ATTACHED, "{\"result\": \"ram\"}", RI_E_BUSY,
		    "VM 105: the guest was built to keep its disk (release.disk = false); build it "
		    "again, or, if you let go of it by hand: --assume-ram" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };

		fake_reset();
		fake.status = cases[i].status;
		host_vm(105, cases[i].conf);
		check_err(cases[i].said, run(ri_detach, &plain, &e), &e, cases[i].code,
		    cases[i].said);
		assert_int_equal(fake_things(), FAKE_ALL);
		check_conf(cases[i].said, cases[i].conf);
	}
}

#define ENTAILS "snapshot clone revert poweroff "

/* What is said beforehand; and where a backup job covers the VM, that it can be refused. */
static void check_remarks(const struct ri_detach_opts *o, const char *want)
{
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	check_ok(want, ri_detach(&host, 105, o, &r, &e), &e);
	for (size_t i = 0; i < r.remarks.n; i++)
		ri_buf_addf(&got, "%s ", r.remarks.v[i].code);
	check_span(want, ri_buf_span(&got), ri_str(want));
	if (r.remarks.n > 0 && strcmp(r.remarks.v[0].code, "backup") == 0)
		assert_string_equal(r.remarks.v[0].text, "backups have no scsi0 (job nightly)");
}

static void test_backups(void **state)
{
	static const struct ri_detach_opts refuse = { .guest_s = 30, .refuse_backup = true };
	static const struct ri_detach_opts dry = { .dry_run = true };
	static const char job[] = "vzdump: nightly\n\tschedule 21:00\n\tall 1\n";
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	host_put("etc/pve/jobs.cfg", job);
	check_remarks(&dry, "backup " ENTAILS);
	check_err("covered", run(ri_detach, &refuse, &e), &e, RI_E_UNSUPPORTED,
	    "VM 105: a backup job covers it, which would have nothing of scsi0 while that is detached, "
	    "and detach.backup is \"refuse\": nightly; exclude the VM from it (Datacenter, Backup), or "
	    "set detach.backup to \"warn\"");
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("covered", ATTACHED);
	/* What is in no backup anyway. */
	host_vm(105, BEFORE "scsi0: san:vm-105-disk-1,iothread=1,backup=0\n" AFTER);
	check_remarks(&refuse, ENTAILS);
	assert_int_equal(fake_things(), 0);
	/* What is detached already is not refused. */
	fake_reset();
	fake.has = 0;
	host_vm(105, DETACHED);
	check_remarks(&refuse, "backup " ENTAILS);
	/* What cannot be known. */
	fake_reset();
	host_vm(105, ATTACHED);
	host_put("etc/pve/jobs.cfg", "vzdump: web\n\tschedule 21:00\n\tpool web\n");
	host_put("etc/pve/user.cfg/in-the-way", "");
	e = (struct ri_err){ 0 };
	check_err("pools", run(ri_detach, &refuse, &e), &e, RI_E_UNSUPPORTED,
	    rooted(
		"VM 105: whether a backup job covers it is not known, and detach.backup is "
		"\"refuse\": web (who is in its pool cannot be read), %s/etc/pve/user.cfg is not a "
		"file; remove the cause, or set detach.backup to \"warn\""));
	check_conf("pools", ATTACHED);
}

static void becomes_ram(void)
{
	fake.status = FAKE_RAM;
}

static void is_locked(void)
{
	host_vm(105, "lock: backup\n" ATTACHED);
}

/* A guest that boots and a lock that is held are waited for, others not. */
static void test_waits(void **state)
{
	static const struct ri_detach_opts wait = { .guest_s = 30, .wait_s = 3 };
	static const struct {
		const char *conf, *status, *hook_at;
		void (*hook)(void);
		const char *said; /* NULL: it is done */
	} rows[] = {
		{ ATTACHED, FAKE_RAM, NULL, NULL, NULL },
		{ ATTACHED, "{", "guest-file-close", becomes_ram, NULL },
		{ ATTACHED, "{", NULL, NULL,
		    "VM 105: waited for 3 s: the guest does not say that it runs from RAM: the guest's "
		    "/run/ramimg/status is not a status of the loader" },
		{ ATTACHED, FAKE_RAM, "guest-get-fsinfo", is_locked,
		    "waited for 3 s: VM 105 is locked (backup); wait for that to end, or, if it "
		    "died, run: qm unlock 105" },
		{ BEFORE "scsihw: pvscsi\nscsi0: san:vm-105-disk-1\n", FAKE_RAM, NULL, NULL,
		    "VM 105: scsi0: is on a controller (pvscsi) whose disks the guest agent cannot "
		    "tell apart; use virtio-scsi-single or virtio-scsi-pci" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		int rc;

		fake_reset();
		host_vm(105, rows[i].conf);
		fake.status = rows[i].status;
		fake.hook_at = rows[i].hook_at;
		fake.hook = rows[i].hook;
		rc = run(ri_detach, &wait, &e);
		assert_int_equal(fake_things(), rows[i].said ? FAKE_ALL : 0);
		if (rows[i].said) {
			assert_int_equal(rc, -1);
			assert_string_equal(e.msg, rows[i].said);
		} else {
			check_ok("waited", rc, &e);
			check_conf("waited", DETACHED);
		}
	}
}

/* By the administrator's word alone, with the disk watched, and as each way leaves it in the configuration. */
static void test_options(void **state)
{
	static const struct {
		const char *conf;
		struct ri_detach_opts o;
		const char *after;
	} rows[] = {
		{ "reboot: 0\n" ATTACHED, { .assume_ram = true, .guest_s = 30, .idle_ms = 600 },
		    "reboot: 0\n" DETACHED },
		{ "reboot: 1\n" ATTACHED, { .guest_s = 30 }, "reboot: 1\n" DETACHED },
	};
	static const struct ri_detach_opts unused = { .way = RI_DETACH_UNUSED, .guest_s = 30 },
					   dry = { .dry_run = true };
	RI_ON_EXIT(ri_detach_result_free) struct ri_detach_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		fake_reset();
		fake.status = rows[i].o.assume_ram ? "{" : FAKE_RAM;
		host_vm(105, rows[i].conf);
		ri_buf_free(&host_log);
		check_ok(rows[i].conf, run(ri_detach, &rows[i].o, &e), &e);
		assert_int_equal(fake_things(), 0);
		check_conf(rows[i].conf, rows[i].after);
		assert_true((strstr(host_log.p, "a reboot inside the guest finds no disk") !=
				NULL) == (i > 0));
	}
	fake_reset();
	host_vm(105, ATTACHED);
	check_ok("unused", run(ri_detach, &unused, &e), &e);
	check_ok("unused again", run(ri_detach, &unused, &e), &e);
	assert_int_equal(fake_things(), 0);
	check_ok("dry", ri_attach(&host, 105, &dry, &r, &e), &e);
	check_span("dry", ri_buf_span(&r.after), LIT(ATTACHED));
	assert_int_equal(fake_things(), 0);
	fake_reset();
	host_vm(105, BEFORE "scsi0: san:vm-106-disk-1\n" AFTER); /* another VM's */
	assert_int_equal(run(ri_detach, &unused, &e), -1);
	assert_int_equal(fake_things(), FAKE_ALL);
	e = (struct ri_err){ 0 };
	host_vm(105, "name: diskless\n");
	assert_int_equal(run(ri_attach, &plain, &e), -1);
	assert_int_equal(e.code, RI_E_CONFIG);
}

/* A controller that has other disks stays, and is spoken of. */
static void test_a_shared_controller(void **state)
{
	static const char conf[] = BEFORE "scsi0: san:vm-105-disk-1\nscsi1: san:vm-105-disk-2\n"
					  "scsihw: virtio-scsi-pci\n";
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, conf);
	check_ok("shared", run(ri_detach, &plain, &e), &e);
	assert_int_equal(fake_things(), 1U << F_CONTROLLER | 1U << F_IOTHREAD);
	assert_non_null(strstr(host_log.p, "the controller scsihw0 stays: it has other disks\n"));
}

/* Of a VM that does not run there is nothing to unplug, nor to wait for; its disk can be put back. */
static void test_stopped(void **state)
{
	static const struct ri_detach_opts wait = { .guest_s = 30, .wait_s = 3 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	check_err("detach", run(ri_detach, &wait, &e), &e, RI_E_BUSY,
	    "VM 105: it does not run here; there is nothing to unplug");
	host_vm(105, DETACHED);
	e = (struct ri_err){ 0 };
	check_ok("attach", run(ri_attach, &plain, &e), &e);
	check_conf("attach", ATTACHED);
}

static void use_disk(void)
{
	fake.operations += 3;
}

static void test_a_disk_in_use(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	fake.hook_at = "guest-get-fsinfo"; /* after the first look at the counts */
	fake.hook = use_disk;
	check_err("used", run(ri_detach, &plain, &e), &e, RI_E_BUSY,
	    "VM 105: the guest still uses scsi0 (3 reads and writes just now)");
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("used", ATTACHED);
}

static void test_a_deaf_guest(void **state)
{
	const struct ri_detach_opts hasty = { .guest_s = 1 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, ATTACHED);
	fake.manner = GUEST_DEAF;
	check_err("deaf", run(ri_detach, &hasty, &e), &e, RI_E_BUSY,
	    "VM 105: the disk is plugged in again and nothing has changed: the guest did not let go of "
	    "virtioscsi0 within 1 s (its PCI hotplug does not answer; QEMU keeps the request, so the "
	    "device may still go later)");
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf("deaf", ATTACHED);
}

/* Each of these words of a message is a promise of what QEMU has. */
static void check_said(const char *what, const struct ri_err *e, unsigned now)
{
	bool unknown = strstr(e->msg, "it is not known whether QEMU ") != NULL;
	bool out = strstr(e->msg, "the disk is out of QEMU") != NULL;
	bool back = strstr(e->msg, "is plugged in again and nothing has changed") != NULL;

	if (unknown)
		return;
	if (out != !(now >> F_DISK & 1) || (!out && now != FAKE_ALL) || (back && now != FAKE_ALL))
		fail_msg("%s: QEMU has %#x, and the message is [%s]", what, now, e->msg);
}

static void heal(void)
{
	pthread_mutex_lock(&fake.mutex);
	fake.fail_at = 0;
	fake.hangs = false;
	fake.manner = GUEST_WILLING;
	pthread_mutex_unlock(&fake.mutex);
}

/* What a fault leaves behind, the same command again brings to its end. */
static void complete(const char *what)
{
	struct ri_err e = { 0 };

	heal();
	check_ok(what, run(ri_detach, &plain, &e), &e);
	assert_int_equal(fake_things(), 0);
	check_conf(what, DETACHED);
}

struct counts {
	size_t commands, survived;
};

/* @return whether there was an nth command. */
static bool detach_with(enum fake_fault how, bool deaf, struct counts *c)
{
	const struct ri_detach_opts o = { .guest_s = deaf ? 0 : 30 };
	struct ri_err e = { 0 };
	char what[140];
	int rc;

	fake_reset();
	host_vm(105, ATTACHED);
	fake.fail_at = c->commands + 1;
	fake.how = how;
	fake.manner = deaf ? GUEST_DEAF : GUEST_WILLING;
	rc = run(ri_detach, &o, &e);
	snprintf(what, sizeof what, "fault %d at %zu (%.79s)", (int)how, fake.fail_at, fake.failed);
	if (rc == 0) {
		check_ok(what, rc, &e);
		assert_int_equal(fake_things(), 0);
		check_conf(what, DETACHED);
	} else {
		check_conf(what, ATTACHED);
		check_said(what, &e, fake_things());
		complete(what);
	}
	if (!*fake.failed)
		return false;
	c->commands++;
	c->survived += rc == 0;
	return true;
}

/* What may fail: closing the status file, and telling the mounts, which an old agent cannot. */
static void test_each_command_fails(void **state)
{
	(void)state;
	for (int how = 0; how < FAKE_FAULTS; how++) {
		struct counts c = { 0 };

		while (detach_with((enum fake_fault)how, false, &c))
			continue;
		assert_int_equal(c.commands, 28);
		assert_int_equal(c.survived, how == FAKE_SILENT ? 0 : 2);
	}
}

/* The guest keeps its controller, so the disk is put back: that may fail as well. */
static void test_each_command_of_putting_back_fails(void **state)
{
	(void)state;
	for (int how = 0; how < FAKE_FAULTS; how++) {
		struct counts c = { 0 };

		while (detach_with((enum fake_fault)how, true, &c))
			continue;
		assert_int_equal(c.commands, 31);
		assert_int_equal(c.survived, 0);
	}
}

static bool attach_with(enum fake_fault how, struct counts *c)
{
	struct ri_err e = { 0 };
	char what[140];
	int rc;

	fake_reset();
	fake.has = 0;
	host_vm(105, DETACHED);
	fake.fail_at = c->commands + 1;
	fake.how = how;
	ri_buf_free(&host_log);
	rc = run(ri_attach, &plain, &e);
	snprintf(what, sizeof what, "fault %d at %zu (%.79s)", (int)how, fake.fail_at, fake.failed);
	check_conf(what, rc == 0 ? ATTACHED : DETACHED);
	if (rc == 0 ? fake_things() != FAKE_ALL
		    : fake_things() != 0 && !(host_log.p && strstr(host_log.p, " left")))
		fail_msg("%s: QEMU has %#x, said [%s], logged [%s]", what, fake_things(), e.msg,
		    host_log.p ? host_log.p : "");
	if (!*fake.failed)
		return false;
	c->commands++;
	c->survived += rc == 0;
	heal();
	e = (struct ri_err){ 0 };
	check_ok(what, run(ri_attach, &plain, &e), &e);
	assert_int_equal(fake_things(), FAKE_ALL);
	check_conf(what, ATTACHED);
	return true;
}

static void test_each_command_of_an_attach_fails(void **state)
{
	(void)state;
	for (int how = 0; how < FAKE_FAULTS; how++) {
		struct counts c = { 0 };

		while (attach_with((enum fake_fault)how, &c))
			continue;
		assert_int_equal(c.commands, 12);
		assert_int_equal(c.survived, 0);
	}
}

static void no_temporary(void)
{
	char tmp[160];

	snprintf(tmp, sizeof tmp, "%s.tmp.%d", tmp_path(CONF), (int)getpid());
	assert_int_equal(mkdir(tmp, 0700), 0);
}

static void fail_fsync(void)
{
	write_fails = WRITE_FSYNC;
}

static void fail_rename(void)
{
	write_fails = WRITE_RENAME;
}

/* Once QEMU is changed, each step of writing the configuration fails: QEMU is changed back. */
static void test_each_step_of_writing_fails(void **state)
{
	static void (*const hooks[])(void) = { no_temporary, fail_fsync, fail_rename };

	(void)state;
	for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
		struct ri_err e = { 0 };
		char tmp[160];

		fake_reset();
		host_vm(105, ATTACHED);
		fake.hook_at = "\"id\":\"iothread-virtioscsi0\"";
		fake.hook = hooks[i];
		assert_int_equal(run(ri_detach, &plain, &e), -1);
		snprintf(tmp, sizeof tmp, "%s.tmp.%d", tmp_path(CONF), (int)getpid());
		rmdir(tmp);
		if (!strstr(e.msg,
			"VM 105: the disk is plugged in again and nothing has changed: "))
			fail_msg("%zu: %s", i, e.msg);
		assert_int_equal(write_fails, WRITE_FINE);
		assert_int_equal(fake_things(), FAKE_ALL);
		check_conf("detach", ATTACHED);
		complete("detach");

		fake.hook_at = "scsi-hd";
		fake.hook = hooks[i];
		e = (struct ri_err){ 0 };
		assert_int_equal(run(ri_attach, &plain, &e), -1);
		rmdir(tmp);
		if (!strstr(e.msg,
			"VM 105: the running VM has the disk again, and its configuration is "
			"unchanged; remove the cause and run it again: "))
			fail_msg("%zu: %s", i, e.msg);
		assert_int_equal(fake_things(), FAKE_ALL);
		check_conf("attach", DETACHED);
		e = (struct ri_err){ 0 };
		check_ok("attach", run(ri_attach, &plain, &e), &e);
		check_conf("attach", ATTACHED);
	}
}

/* What somebody who does not take Proxmox's lock does to the configuration. */
enum edit { LINE_ADDED, DRIVE_CHANGED, LOCK_SET, REMOVED, MOVED, EDITS };

static const char *const edit_names[] = { "line added", "drive changed", "lock set", "removed",
	"moved" };
static enum edit edit;
static struct ri_buf theirs; /* the configuration then */
static bool meddled;
static size_t early; /* refusals before QEMU was changed */

static void decide(enum edit what, const char *start)
{
	const char *volume = strstr(start, "disk-1");

	edit = what;
	meddled = false;
	ri_buf_free(&theirs);
	ri_buf_add_str(&theirs, what == LINE_ADDED ? "acpi: 0\n"
				: what == LOCK_SET ? "lock: backup\n"
						   : "");
	ri_buf_add(&theirs, start, (size_t)(volume - start));
	ri_buf_addf(&theirs, "disk-%c%s", what == DRIVE_CHANGED ? '7' : '1',
	    volume + strlen("disk-1"));
}

/* By an editor that replaces the file, as vi does, or writes over it. */
static void meddle(void)
{
	RI_FREE char *conf = strdup(tmp_path(CONF));
	RI_BUF other = { 0 };

	meddled = true;
	switch (edit) {
	case LINE_ADDED:
		ri_buf_addf(&other, "%s~", conf);
		spit(other.p, ri_buf_span(&theirs));
		assert_int_equal(rename(other.p, conf), 0);
		break;
	case REMOVED:
		assert_int_equal(unlink(conf), 0);
		break;
	case MOVED:
		assert_int_equal(rename(conf, tmp_path(CONF2)), 0);
		break;
	default:
		spit(conf, ri_buf_span(&theirs));
	}
}

/* Their work is there, and nothing of ours beside it. */
static void check_theirs(const char *what)
{
	RI_BUF now = { 0 };

	if (edit < REMOVED) {
		check_conf(what, theirs.p);
		return;
	}
	if (access(tmp_path(CONF), F_OK) == 0)
		fail_msg("%s: the configuration is there again", what);
	if (edit != MOVED)
		return;
	slurp(tmp_path(CONF2), &now);
	check_span(what, ri_buf_span(&now), ri_buf_span(&theirs));
	assert_int_equal(unlink(tmp_path(CONF2)), 0);
}

struct meddling {
	const char *name;
	int (*what)(const struct ri_pvehost *, unsigned, const struct ri_detach_opts *,
	    struct ri_detach_result *, struct ri_err *);
	const char *start;
	unsigned has;
	size_t commands,
	    looks; /* how many there are, and with how many it is found before QEMU is changed */
	bool writes;
	const char *done; /* what is said once QEMU has changed for good */
	unsigned then;    /* what QEMU has then */
};

/* Only what the message promises, and a way on. */
static void check_refused(const char *what, const struct meddling *m, int rc,
    const struct ri_err *e)
{
	const char *why =
	    edit >= REMOVED
		? "105.conf is gone: somebody has removed the VM or moved it to another node"
		: "105.conf has been changed in the meantime; run it again";
	bool done = strstr(e->msg, m->done) != NULL;

	early += !done;
	if (rc != -1 || e->code != RI_E_BUSY || !strstr(e->msg, why))
		fail_msg("%s: returned %d, code %d, said [%s]", what, rc, (int)e->code, e->msg);
	if (fake_things() != (done ? m->then : m->has))
		fail_msg("%s: QEMU has %#x, said [%s]", what, fake_things(), e->msg);
	check_theirs(what);
}

/* The advice is followed: it ends as it would have, or with what stands in its way now. */
static void check_then(const char *what, const struct meddling *m)
{
	static const char *const said[] = { NULL, NULL,
		"VM 105 is locked (backup); wait for that to end, or, if it died, run: qm unlock 105",
		"VM 105 does not exist", NULL };
	/* Pending with a volume that QEMU's command line does not have. */
	bool stays =
	    edit == DRIVE_CHANGED && m->what == ri_attach && m->writes && fake_things() == 0;
	struct ri_err e = { 0 };
	int rc = run(m->what, &plain, &e);

	if (stays)
		check_err(what, rc, &e, RI_E_UNSUPPORTED,
		    rooted(
			"VM 105: nothing was changed: scsi0 cannot be plugged into the running VM (QEMU's "
			"command line has scsi0 with %s/dev/san/vm-105-disk-1, which is not known to be "
			"san:vm-105-disk-7); it is pending, and the VM has it at its next start"));
	else if (said[edit])
		check_err(what, rc, &e, edit == REMOVED ? RI_E_MISSING : RI_E_BUSY, said[edit]);
	else if (edit != MOVED) /* moved back */
		check_ok(what, rc, &e);
	if (edit == LINE_ADDED)
		check_conf(what,
		    m->what == ri_detach ? "acpi: 0\n" DETACHED : "acpi: 0\n" ATTACHED);
}

/* Before the nth command, or, for 0, once the new file is written and not yet in place. @return whether there
 * is such a step. */
static bool meddle_at(const struct meddling *m, enum edit what, size_t nth)
{
	struct ri_err e = { 0 };
	char name[120];
	int rc;

	snprintf(name, sizeof name, "%s, %s at %zu", m->name, edit_names[what], nth);
	fake_reset();
	fake.has = m->has;
	host_vm(105, m->start);
	decide(what, m->start);
	fake.hook = nth > 0 ? meddle : NULL;
	fake.hook_nth = nth;
	write_meanwhile = nth > 0 ? NULL : meddle;
	rc = run(m->what, &plain, &e);
	write_meanwhile = NULL;
	if (!meddled) {
		check_ok(name, rc, &e);
		return false;
	}
	check_refused(name, m, rc, &e);
	check_then(name, m);
	return true;
}

static void test_changed_by_somebody_else(void **state)
{
	static const char back[] =
	    "the running VM has the disk again, and its configuration is unchanged";
	static const struct meddling rows[] = {
		{ "detach", ri_detach, ATTACHED, FAKE_ALL, 28, 15, true,
		    "the disk is plugged in again", FAKE_ALL },
		{ "the rest of a detach", ri_detach, DETACHED, FAKE_ALL, 28, 15, false,
		    "QEMU no longer has the disk", 0 },
		{ "attach", ri_attach, DETACHED, 0, 12, 1, true, back, FAKE_ALL },
		{ "the rest of an attach", ri_attach, ATTACHED, 0, 12, 1, false, back, FAKE_ALL },
	};

	(void)state;
	host_put(CONF2, "");
	assert_int_equal(unlink(tmp_path(CONF2)), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int what = 0; what < EDITS; what++) {
			size_t nth = 1;

			early = 0;
			while (meddle_at(&rows[i], (enum edit)what, nth))
				nth++;
			assert_int_equal(nth - 1, rows[i].commands);
			assert_int_equal(early, rows[i].looks);
			assert_int_equal(meddle_at(&rows[i], (enum edit)what, 0), rows[i].writes);
		}
	ri_buf_free(&theirs);
}

/* @return whether there is an nth command. */
static bool die_at(bool attach, enum fake_fault how, size_t nth)
{
	const char *start = attach ? DETACHED : ATTACHED;
	struct ri_err e = { 0 };
	char what[140], said[200];
	int rc;

	host_vm(105, start);
	fake.has = attach ? 0 : FAKE_ALL;
	fake.fail_at = nth;
	fake.how = how;
	rc = run(attach ? ri_attach : ri_detach, &plain, &e);
	snprintf(what, sizeof what, "death %d at %zu (%.79s)", (int)how, nth, fake.failed);
	if (!*fake.failed) {
		check_ok(what, rc, &e);
		return false;
	}
	snprintf(said, sizeof said,
	    "VM 105: its QEMU (process %d) has ended meanwhile, and the configuration was left as it is; %s: ",
	    (int)fake.pid,
	    attach ? "run it again, for the VM's next start"
		   : "once the VM runs again, run it again");
	if (rc != -1 || e.code != RI_E_IO || strncmp(e.msg, said, strlen(said)) != 0)
		fail_msg("%s: returned %d, code %d, said [%s]", what, rc, (int)e.code, e.msg);
	if (strstr(e.msg, "not known whether") || strstr(e.msg, "to continue"))
		fail_msg("%s: it is about a QEMU that is not there: [%s]", what, e.msg);
	check_conf(what, start);
	e = (struct ri_err){ 0 };
	if (attach) {
		check_ok(what, run(ri_attach, &plain, &e), &e);
		check_conf(what, ATTACHED);
	} else {
		check_err(what, run(ri_detach, &plain, &e), &e, RI_E_BUSY,
		    "VM 105: it does not run here; there is nothing to unplug");
	}
	return true;
}

static void test_qemu_dies(void **state)
{
	static const enum fake_fault deaths[] = { FAKE_DIES, FAKE_DIES_AFTER };

	(void)state;
	for (int attach = 0; attach < 2; attach++)
		for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
			size_t nth = 0;
			void *own = NULL;
			bool died;

			do {
				assert_int_equal(fake_set_up(&own), 0);
				died = die_at(attach, deaths[i], ++nth);
				assert_int_equal(fake_tear_down(&own), 0);
			} while (died);
			assert_int_equal(nth - 1, attach ? 12 : 28);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QEMU_TEST(test_there_and_back),
		QEMU_TEST(test_a_dry_run),
		QEMU_TEST(test_refused),
		QEMU_TEST(test_backups),
		QEMU_TEST(test_waits),
		QEMU_TEST(test_waits_for_one_start),
		QEMU_TEST(test_pending),
		QEMU_TEST(test_options),
		QEMU_TEST(test_a_shared_controller),
		HOST_TEST(test_stopped),
		QEMU_TEST(test_a_disk_in_use),
		QEMU_TEST(test_a_deaf_guest),
		QEMU_TEST(test_each_command_fails),
		QEMU_TEST(test_each_command_of_putting_back_fails),
		QEMU_TEST(test_each_command_of_an_attach_fails),
		QEMU_TEST(test_each_step_of_writing_fails),
		QEMU_TEST(test_changed_by_somebody_else),
		cmocka_unit_test(test_qemu_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
