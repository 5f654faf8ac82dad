// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A disk out of QEMU and back: each step, each way in which QEMU or the guest does not go along, and what
 * is said of it then. So long because each of them has to leave it whole. */
#include "unit/fake_qemu.h"

#include "detach/unplug.h"
#include "qemu/qemu_args.h"

#define VOLUME "san:vm-105-disk-1"
#define DELETE(name) "\"device_del\",\"arguments\":{\"id\":\"" name "\"}"
#define AGAIN ", and the configuration is unchanged; run it again to continue: "
#define WITHOUT(t) (FAKE_ALL & ~(1U << (t)))
#define REST (WITHOUT(F_DISK) & ~(1U << F_CONTROLLER))
#define NODES (1U << F_DRIVE | 1U << F_FORMAT | 1U << F_FILE)

static struct ri_pvevm vm;
static struct ri_qemu_names dev;
static struct ri_strv argv;
static struct ri_qmp *q;

/* A client of the monitor that knows nothing of the one before. */
static void open_monitor(void)
{
	struct ri_err e = { 0 };

	ri_qmp_close(&q);
	check_ok("open", ri_qmp_open(tmp_path("var/run/qemu-server/105.qmp"), 10000, &q, &e), &e);
}

static bool did; /* something */

static struct ri_unplug unplug(void)
{
	return (struct ri_unplug){ q, &dev, &host, VOLUME, &argv, 5000, 105, fake.pid, &did };
}

static int set_up(void **state)
{
	struct ri_err e = { 0 };

	if (fake_set_up(state) < 0)
		return -1;
	host_vm(105, "scsi0: " VOLUME ",iothread=1\nscsihw: virtio-scsi-single\n");
	check_ok("vm", ri_pvevm_load(&host, 105, &vm, &e), &e);
	check_ok("names", ri_qemu_names_of(&vm.conf, "scsi0", &dev, &e), &e);
	check_ok("argv", ri_qemu_args_read(fake.pid, &argv, &e), &e);
	open_monitor();
	return 0;
}

static int tear_down(void **state)
{
	ri_qmp_close(&q);
	ri_strv_free(&argv);
	ri_pvevm_free(&vm);
	return fake_tear_down(state);
}

/* QEMU has these things and nothing is wrong with it, nor was anything logged. */
static void begin(unsigned has)
{
	fake_reset();
	fake.has = has;
	ri_buf_free(&host_log);
	open_monitor();
}

static void check_has(const char *what, unsigned want)
{
	if (fake_things() != want)
		fail_msg("%s: QEMU has %#x, want %#x", what, fake_things(), want);
}

static int run(struct ri_err *e)
{
	const struct ri_unplug u = unplug();

	return ri_unplug_run(&u, e);
}

static int undo(struct ri_err *e)
{
	const struct ri_unplug u = unplug();

	return ri_unplug_undo(&u, e);
}

/* Nothing is asked for that is not there, and everything in the order in which QEMU lets go of it. */
static void test_what_is_there_goes(void **state)
{
	static const struct {
		const char *name;
		unsigned has;
		const char *plan;
	} rows[] = {
		{ "all", FAKE_ALL,
		    "scsi0 virtioscsi0 drive-scsi0 fnode enode throttle-drive-scsi0 "
		    "iothread-virtioscsi0 " },
		{ "the disk went before", WITHOUT(F_DISK),
		    "virtioscsi0 drive-scsi0 fnode enode throttle-drive-scsi0 iothread-virtioscsi0 " },
		{ "so did its controller", REST,
		    "drive-scsi0 fnode enode throttle-drive-scsi0 iothread-virtioscsi0 " },
		{ "and its nodes", REST & ~NODES, "throttle-drive-scsi0 iothread-virtioscsi0 " },
		{ "all but a thread", 1U << F_IOTHREAD, "iothread-virtioscsi0 " },
		{ "nothing", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_STRV commands = { 0 };
		RI_BUF names = { 0 };
		struct ri_err e = { 0 };

		begin(rows[i].has);
		did = false;
		const struct ri_unplug u = unplug();

		check_ok(rows[i].name, ri_unplug_plan(&u, &commands, &e), &e);
		for (size_t k = 0; k < commands.n; k++) {
			const char *name = strstr(commands.v[k], "\":\"");

			name = strrchr(name, ':') + 2;
			ri_buf_addf(&names, "%.*s ", (int)strcspn(name, "\""), name);
		}
		check_span(rows[i].name, ri_buf_span(&names), ri_str(rows[i].plan));
		check_has(rows[i].name, rows[i].has);
		check_ok(rows[i].name, ri_unplug_run(&u, &e), &e);
		check_has(rows[i].name, 0);
		assert_int_equal(did, rows[i].has != 0);
		check_log("");
	}
}

/* What is said of a fault at a step, and what QEMU has then. */
struct faulty {
	const char *step;
	enum fake_fault how;
	unsigned has;
	const char *said;
};

/* The same again, by another client and without the fault, ends it, as the messages say. */
static void check_again(const char *what)
{
	struct ri_err e = { 0 };

	pthread_mutex_lock(&fake.mutex);
	fake.fail_in = NULL;
	fake.hangs = false;
	fake.manner = GUEST_WILLING;
	pthread_mutex_unlock(&fake.mutex);
	open_monitor();
	check_ok(what, run(&e), &e);
	check_has(what, 0);
}

static void check_faults(const struct faulty *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct ri_err e = { 0 };

		begin(FAKE_ALL);
		fake.fail_in = rows[i].step;
		fake.how = rows[i].how;
		check_err(rows[i].step, run(&e), &e, RI_E_IO, rows[i].said);
		check_has(rows[i].said, rows[i].has);
		check_log("");
		check_again(rows[i].said);
	}
}

static void test_the_disk_does_not_come_out(void **state)
{
	static const char step[] = DELETE("scsi0");
	static const struct faulty rows[] = {
		{ step, FAKE_REFUSED, FAKE_ALL, "device_del: the fault" },
		{ step, FAKE_HUNG_UP, FAKE_ALL,
		    "it is not known whether QEMU still has the disk" AGAIN
		    "device_del: it closed the connection" },
		{ step, FAKE_LOST, WITHOUT(F_DISK),
		    "it is not known whether QEMU still has the disk" AGAIN
		    "device_del: it closed the connection" },
		{ step, FAKE_LATE, WITHOUT(F_DISK),
		    "the disk is out of QEMU, the rest of it is not" AGAIN
		    "device_del: no answer within 60 s" },
		{ step, FAKE_SILENT, FAKE_ALL,
		    "it is not known whether QEMU still has the disk" AGAIN
		    "device_del: no answer within 60 s" },
	};

	(void)state;
	check_faults(rows, sizeof rows / sizeof rows[0]);
}

/* The disk is put back, unless nobody answers any more. */
static void test_the_controller_does_not_come_out(void **state)
{
	static const char step[] = DELETE("virtioscsi0");
	static const struct faulty rows[] = {
		{ step, FAKE_REFUSED, FAKE_ALL,
		    "the disk is plugged in again and nothing has changed: device_del: the fault" },
		{ step, FAKE_HUNG_UP, WITHOUT(F_DISK),
		    "it is not known whether QEMU has the disk again (query-block: it closed the "
		    "connection), its configuration is unchanged; run it again, or restart the VM: "
		    "device_del: it closed the connection" },
		{ step, FAKE_LOST, REST,
		    "it is not known whether QEMU has the disk again (query-block: it closed the "
		    "connection), its configuration is unchanged; run it again, or restart the VM: "
		    "device_del: it closed the connection" },
		{ step, FAKE_LATE, FAKE_ALL,
		    "the disk is plugged in again and nothing has changed: device_del: no answer "
		    "within 60 s" },
		{ step, FAKE_SILENT, WITHOUT(F_DISK),
		    "it is not known whether QEMU has the disk again (query-block: no answer within "
		    "10 s), its configuration is unchanged; run it again, or restart the VM: "
		    "device_del: no answer within 60 s" },
	};

	(void)state;
	check_faults(rows, sizeof rows / sizeof rows[0]);
}

#define LEFT(name) "the disk is out of QEMU, " name " may still be in it" AGAIN

/* Without the disk and its controller nothing is at stake; whether a part went is not asked. */
static void test_the_rest_does_not_go(void **state)
{
	static const char drive[] = "{\"node-name\":\"drive-scsi0\"}";
	static const char throttle[] = "{\"id\":\"throttle-drive-scsi0\"}";
	static const char thread[] = "{\"id\":\"iothread-virtioscsi0\"}";
	static const struct faulty rows[] = {
		{ drive, FAKE_REFUSED, REST, LEFT("drive-scsi0") "blockdev-del: the fault" },
		{ drive, FAKE_HUNG_UP, REST,
		    LEFT("drive-scsi0") "blockdev-del: it closed the connection" },
		{ drive, FAKE_LOST, REST & ~NODES,
		    LEFT("drive-scsi0") "blockdev-del: it closed the connection" },
		{ drive, FAKE_LATE, REST & ~NODES,
		    LEFT("drive-scsi0") "blockdev-del: no answer within 600 s" },
		{ drive, FAKE_SILENT, REST,
		    LEFT("drive-scsi0") "blockdev-del: no answer within 600 s" },
		{ throttle, FAKE_REFUSED, REST & ~NODES,
		    LEFT("throttle-drive-scsi0") "object-del: the fault" },
		{ throttle, FAKE_HUNG_UP, REST & ~NODES,
		    LEFT("throttle-drive-scsi0") "object-del: it closed the connection" },
		{ throttle, FAKE_LOST, 1U << F_IOTHREAD,
		    LEFT("throttle-drive-scsi0") "object-del: it closed the connection" },
		{ throttle, FAKE_LATE, 1U << F_IOTHREAD,
		    LEFT("throttle-drive-scsi0") "object-del: no answer within 60 s" },
		{ throttle, FAKE_SILENT, REST & ~NODES,
		    LEFT("throttle-drive-scsi0") "object-del: no answer within 60 s" },
		{ thread, FAKE_REFUSED, 1U << F_IOTHREAD,
		    LEFT("iothread-virtioscsi0") "object-del: the fault" },
		{ thread, FAKE_HUNG_UP, 1U << F_IOTHREAD,
		    LEFT("iothread-virtioscsi0") "object-del: it closed the connection" },
		{ thread, FAKE_LOST, 0,
		    LEFT("iothread-virtioscsi0") "object-del: it closed the connection" },
		{ thread, FAKE_LATE, 0,
		    LEFT("iothread-virtioscsi0") "object-del: no answer within 60 s" },
		{ thread, FAKE_SILENT, 1U << F_IOTHREAD,
		    LEFT("iothread-virtioscsi0") "object-del: no answer within 60 s" },
	};

	(void)state;
	check_faults(rows, sizeof rows / sizeof rows[0]);
}

/* However late its event is, or if it never comes: what counts is that the device is gone. */
static void test_the_guest_lets_go(void **state)
{
	static const enum fake_manner manners[] = { GUEST_UNHEARD, GUEST_SLOW };

	(void)state;
	for (int t = F_DISK; t <= F_CONTROLLER; t++)
		for (size_t i = 0; i < sizeof manners / sizeof manners[0]; i++) {
			struct ri_err e = { 0 };

			begin(FAKE_ALL);
			fake.about = (enum fake_thing)t;
			fake.manner = manners[i];
			check_ok(fake_names[t], run(&e), &e);
			check_has(fake_names[t], 0);
			check_log("");
		}
}

static void test_the_guest_does_not_let_go(void **state)
{
	static const char within[] =
	    " within 5 s (its PCI hotplug does not answer; QEMU keeps the request, so the device "
	    "may still go later)";
	static const char back[] = "the disk is plugged in again and nothing has changed: ";

	(void)state;
	for (int t = F_DISK; t <= F_CONTROLLER; t++)
		for (int refuses = 0; refuses < 2; refuses++) {
			struct ri_err e = { 0 };
			RI_BUF want = { 0 };

			begin(FAKE_ALL);
			fake.about = (enum fake_thing)t;
			fake.manner = refuses ? GUEST_REFUSES : GUEST_DEAF;
			ri_buf_addf(&want, "%sthe guest %s let go of %s%s", t == F_DISK ? "" : back,
			    refuses ? "refused to" : "did not", fake_names[t],
			    refuses ? "" : within);
			check_err(want.p, run(&e), &e, RI_E_BUSY, want.p);
			check_has(want.p, FAKE_ALL);
			check_again(want.p);
		}
}

/* QEMU refuses to ask a guest twice; that it goes then is all that is wanted. */
static void test_the_guest_was_asked_before(void **state)
{
	(void)state;
	for (int t = F_DISK; t <= F_CONTROLLER; t++) {
		struct ri_err e = { 0 };

		begin(FAKE_ALL);
		fake.about = (enum fake_thing)t;
		fake.manner = GUEST_DEAF;
		assert_int_equal(run(&e), -1);
		assert_true(fake.asked);
		fake.manner = GUEST_SLOW;
		fake.looks = 0;
		open_monitor();
		e = (struct ri_err){ 0 };
		check_ok(fake_names[t], run(&e), &e);
		check_has(fake_names[t], 0);
	}
}

static void drop_disk(void)
{
	fake.has &= ~(1U << F_DISK);
}

static void drop_controller(void)
{
	fake.has &= ~(1U << F_CONTROLLER);
}

static void drop_nodes(void)
{
	fake.has &= ~NODES;
}

static void drop_throttle(void)
{
	fake.has &= ~(1U << F_THROTTLE);
}

/* Between the look and the command: what is not there any more is no failure. */
static void test_gone_meanwhile(void **state)
{
	static const struct {
		const char *at;
		void (*hook)(void);
	} rows[] = { { DELETE("scsi0"), drop_disk }, { DELETE("virtioscsi0"), drop_controller },
		{ "drive-scsi0\"}", drop_nodes },
		{ "\"id\":\"throttle-drive-scsi0\"", drop_throttle } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };

		begin(FAKE_ALL);
		fake.hook_at = rows[i].at;
		fake.hook = rows[i].hook;
		check_ok(rows[i].at, run(&e), &e);
		assert_null(fake.hook);
		check_has(rows[i].at, 0);
	}
}

/* All of it or nothing, whatever of it is there and whichever command fails. */
static void test_put_back(void **state)
{
	static const unsigned before[] = { 0, 1U << F_IOTHREAD,
		1U << F_IOTHREAD | 1U << F_CONTROLLER, 1U << F_THROTTLE, REST, WITHOUT(F_DISK) };
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		/* qmp_capabilities, six to look, and then those that change it. */
		for (size_t nth = 8;; nth++) {
			struct ri_err e = { 0 };
			int rc;

			begin(before[i]);
			fake.fail_at = nth;
			fake.how = FAKE_REFUSED;
			rc = undo(&e);
			if (rc == 0) {
				check_ok("undo", rc, &e);
				check_has("undo", FAKE_ALL);
				assert_string_equal(fake.failed, "");
				break;
			}
			failed++;
			assert_non_null(strstr(e.msg, "the fault"));
			check_log("");
			/* What was left of the disk goes with what was added. */
			check_has(fake.failed, before[i] & (1U << F_IOTHREAD | 1U << F_CONTROLLER));
		}
	}
	assert_int_equal(failed, 5 + 4 + 3 + 4 + 2 + 1);
	begin(FAKE_ALL);
	struct ri_err e = { 0 };

	did = false;
	check_ok("nothing to do", undo(&e), &e);
	assert_false(did);
	check_has("nothing to do", FAKE_ALL);
}

/* Where the command line has it not, or with another volume, a disk cannot be put back; it is said before. */
static void test_it_cannot_be_put_back(void **state)
{
	static const struct {
		const char *volid, *said;
	} rows[] = {
		{ "san:vm-105-disk-7",
		    "QEMU's command line has scsi0 with %s/dev/san/vm-105-disk-1, which is not known "
		    "to be san:vm-105-disk-7" },
		{ NULL, "QEMU's command line has no device scsi0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct ri_strv none = { 0 };
		RI_FREE char *why = strdup(rooted(rows[i].said));
		struct ri_err e = { 0 };
		RI_BUF want = { 0 };

		begin(FAKE_ALL);
		struct ri_unplug u = unplug();

		u.volid = rows[i].volid ? rows[i].volid : VOLUME;
		u.argv = rows[i].volid ? &argv : &none;
		fake.manner = GUEST_DEAF;
		ri_buf_addf(&want,
		    "the disk is out of QEMU and could not be put back (%s), its configuration is "
		    "unchanged; run it again, or restart the VM: the guest did not let go of "
		    "virtioscsi0 within 5 s (its PCI hotplug does not answer; QEMU keeps the "
		    "request, so the device may still go later)",
		    why);
		check_err(why, ri_unplug_run(&u, &e), &e, RI_E_BUSY, want.p);
		check_has(why, WITHOUT(F_DISK));
		ri_buf_free(&want);
		ri_buf_addf(&want,
		    "scsi0 cannot be put back should the guest not let go of all of it: %s\n", why);
		check_log(want.p);
		e = (struct ri_err){ 0 };
		check_err(why, ri_unplug_undo(&u, &e), &e, RI_E_UNSUPPORTED, why);
		check_has(why, WITHOUT(F_DISK));
		check_again(why);
	}
}

/* Before machine version 10.0 it is a -drive, which goes with its device, or by itself if it is left over. */
static void test_a_legacy_drive(void **state)
{
	static const unsigned before[] = { WITHOUT(F_THROTTLE),
		WITHOUT(F_THROTTLE) & ~(1U << F_DISK),
		WITHOUT(F_THROTTLE) & ~(1U << F_DISK | NODES), 1U << F_IOTHREAD, 0 };
	RI_STRV words = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	const char *const line[] = { "-drive",
		rooted("file=%s/dev/san/vm-105-disk-1,if=none,id=drive-scsi0,serial=a\\b\"c"),
		"-object", "iothread,id=iothread-virtioscsi0", "-device",
		"virtio-scsi-pci,id=virtioscsi0,iothread=iothread-virtioscsi0", "-device",
		"scsi-hd,bus=virtioscsi0.0,drive=drive-scsi0,id=scsi0" };

	for (size_t i = 0; i < sizeof line / sizeof line[0]; i++)
		check_ok("words", ri_strv_add(&words, line[i], &e), &e);
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		begin(before[i]);
		fake.legacy = true;
		struct ri_unplug u = unplug();

		u.argv = &words;
		check_ok("back", ri_unplug_undo(&u, &e), &e);
		check_has("back", WITHOUT(F_THROTTLE));
		fake.has = before[i];
		check_ok("run", ri_unplug_run(&u, &e), &e);
		check_has("run", 0);
		check_log("");
	}
	/* What cannot be put back is not left behind either. */
	begin(1U << F_CONTROLLER | 1U << F_IOTHREAD);
	fake.legacy = true;
	fake.fail_in = "scsi-hd";
	fake.how = FAKE_REFUSED;
	struct ri_unplug u = unplug();

	u.argv = &words;
	assert_int_equal(ri_unplug_undo(&u, &e), -1);
	check_has("undone", 1U << F_CONTROLLER | 1U << F_IOTHREAD);
	check_log("");
}

/* A plan has the words that a leftover -drive is removed with. */
static void test_a_legacy_plan(void **state)
{
	RI_STRV commands = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	begin(NODES);
	fake.legacy = true;
	const struct ri_unplug u = unplug();

	check_ok("plan", ri_unplug_plan(&u, &commands, &e), &e);
	assert_int_equal(commands.n, 1);
	assert_string_equal(commands.v[0],
	    "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"drive_del drive-scsi0\"}}");
}

/* A virtio disk hangs on no controller of its own: its I/O thread goes with it, others' controllers stay. */
static void test_no_controller(void **state)
{
	static const struct ri_qemu_names blk = { .key = "scsi0",
		.drive = "drive-scsi0",
		.throttle = "throttle-drive-scsi0",
		.iothread = "iothread-virtioscsi0" };
	struct ri_qemu_names common;
	struct ri_err e = { 0 };

	(void)state;
	begin(WITHOUT(F_CONTROLLER));
	struct ri_unplug u = unplug();

	u.dev = &blk;
	check_ok("blk", ri_unplug_run(&u, &e), &e);
	check_has("blk", 0);
	begin(FAKE_ALL);
	u = unplug();
	common = dev;
	common.shared = true;
	u.dev = &common;
	check_ok("shared", ri_unplug_run(&u, &e), &e);
	check_has("shared", 1U << F_CONTROLLER | 1U << F_IOTHREAD);
}

/* An rbd image is known by its pool and name, whether or not it is mapped here. */
static void test_an_rbd_image(void **state)
{
	static const struct {
		const char *file, *volid;
		bool same;
	} rows[] = {
		{ "rbd:rbd/vm-105-disk-1", "near:vm-105-disk-1", true },
		{ "rbd:rbd/vm-105-disk-2", "near:vm-105-disk-1", false },
		{ "rbd:vms/vm-105-disk-1", "near:vm-105-disk-1", false },
		{ "rbd:rbd/vm-105-disk-1", VOLUME, false },
		{ "/dev/none", "near:vm-105-disk-1", false },
		{ "rbd:rbd/vm-105-disk-1", "gone:vm-105-disk-1", false },
	};

	(void)state;
	host_open(HOST_CFG "\nrbd: near\n\tcontent images\n");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		RI_STRV words = { 0 };
		RI_BUF drive = { 0 };
		struct ri_err e = { 0 };

		begin(1U << F_CONTROLLER | 1U << F_IOTHREAD);
		fake.legacy = true;
		ri_buf_addf(&drive, "file=%s,if=none,id=drive-scsi0", rows[i].file);
		const char *const line[] = { "-drive", drive.p, "-device",
			"scsi-hd,drive=drive-scsi0,id=scsi0" };

		for (size_t k = 0; k < 4; k++)
			check_ok("words", ri_strv_add(&words, line[k], &e), &e);
		struct ri_unplug u = unplug();

		u.argv = &words;
		u.volid = rows[i].volid;
		if (rows[i].same) {
			check_ok(rows[i].file, ri_unplug_undo(&u, &e), &e);
			assert_true(fake_things() & 1U << F_DISK);
			continue;
		}
		assert_int_equal(ri_unplug_undo(&u, &e), -1);
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
		assert_non_null(strstr(e.msg, ", which is not known to be "));
		assert_int_equal(fake_things(), 1U << F_CONTROLLER | 1U << F_IOTHREAD);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_there_goes),
		TEST(test_the_disk_does_not_come_out),
		TEST(test_the_controller_does_not_come_out),
		TEST(test_the_rest_does_not_go),
		TEST(test_the_guest_lets_go),
		TEST(test_the_guest_does_not_let_go),
		TEST(test_the_guest_was_asked_before),
		TEST(test_gone_meanwhile),
		TEST(test_put_back),
		TEST(test_it_cannot_be_put_back),
		TEST(test_a_legacy_drive),
		TEST(test_a_legacy_plan),
		TEST(test_no_controller),
		TEST(test_an_rbd_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
