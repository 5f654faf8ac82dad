// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is said of VMs that run, by their monitor and their guest, and of those that do not. */
#include "unit/fake_qemu.h"

#include "detach/status.h"

#define TEXT "boot: order=scsi0\nname: web\nscsi0: san:vm-105-disk-1\nscsihw: virtio-scsi-single\n"

static const struct ri_vmstatus_how how = { .agent_ms = 1000 };

static void look(struct ri_vmstatuses *s)
{
	struct ri_err e = { 0 };

	check_ok("look", ri_vmstatus_look(&host, 105, &how, s, &e), &e);
	assert_int_equal(s->n, 1);
	assert_string_equal(s->v[0].name, "web");
	assert_string_equal(s->v[0].node, "pve1");
	assert_string_equal(s->v[0].key, "scsi0");
}

static void test_running(void **state)
{
	static const struct {
		const char *conf, *status;
		unsigned has;
		enum ri_root root;
		enum ri_disk_state disk;
		const char *how, *config;
	} cases[] = {
		{ "agent: 1\n" TEXT, FAKE_RAM, FAKE_ALL, RI_ROOT_RAM, RI_DISK_RELEASED,
		    "guest agent", "attached" },
		{ "agent: 1\n" TEXT, "{\"result\": \"ram\"}", FAKE_ALL, RI_ROOT_RAM,
		    RI_DISK_ATTACHED, "guest agent", "attached" },
		{ "agent: 1\n" TEXT, "{\"result\": \"ram\", \"form\": \"compressed\"}", FAKE_ALL,
		    RI_ROOT_RAM, RI_DISK_ATTACHED, "guest agent", "attached" },
		{ "agent: 1\n" TEXT, "{\"result\": \"disk\", \"form\": \"compressed\"}", FAKE_ALL,
		    RI_ROOT_DISK, RI_DISK_ATTACHED, "guest agent", "attached" },
		{ "agent: enabled=1\n" TEXT, "{\"result\": \"disk\"}", FAKE_ALL, RI_ROOT_DISK,
		    RI_DISK_ATTACHED, "guest agent", "attached" },
		{ "agent: 1\n" TEXT, "{}", FAKE_ALL, RI_ROOT_UNKNOWN, RI_DISK_ATTACHED,
		    "the guest's /run/ramimg/status is not a status of the loader", "attached" },
		{ TEXT, FAKE_RAM, FAKE_ALL, RI_ROOT_UNKNOWN, RI_DISK_ATTACHED,
		    "the VM has no guest agent (agent: 1)", "attached" },
		{ "agent: 0,type=isa\n" TEXT, FAKE_RAM, FAKE_ALL, RI_ROOT_UNKNOWN, RI_DISK_ATTACHED,
		    "the VM has no guest agent (agent: 1)", "attached" },
		{ "agent: type=virtio,enabled=1\n" TEXT,
		    "{\"result\": \"ram\", \"released\": [\"sda\"], \"kept\": [\"sdb: is busy\"]}",
		    FAKE_ALL, RI_ROOT_RAM, RI_DISK_ATTACHED, "guest agent", "attached" },
		{ "agent: 1\nboot: order=scsi0\nname: web\nscsihw: virtio-scsi-single\n\n[PENDING]\n"
		  "scsi0: san:vm-105-disk-1\n",
		    FAKE_RAM, 0, RI_ROOT_RAM, RI_DISK_DETACHED, "guest agent", "pending" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };

		fake_reset();
		fake.status = cases[i].status;
		fake.has = cases[i].has;
		host_vm(105, cases[i].conf);
		look(&s);
		assert_int_equal(s.v[0].pid, fake.pid);
		assert_int_equal(s.v[0].root, cases[i].root);
		assert_int_equal(s.v[0].disk, cases[i].disk);
		if (cases[i].root != RI_ROOT_RAM)
			assert_null(s.v[0].form);
		else
			assert_string_equal(s.v[0].form,
			    strstr(cases[i].status, "compressed") ? "compressed" : "tmpfs");
		assert_string_equal(s.v[0].how, cases[i].how);
		assert_string_equal(s.v[0].config, cases[i].config);
		assert_int_equal(s.v[0].migration.blockers.n, 0);
	}
}

static void check_machine(const char *conf, const char *machine, unsigned has, const char *key,
    enum ri_disk_state disk, const char *blocker)
{
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	struct ri_err e = { 0 };

	fake_reset();
	fake.has = has;
	fake.machine = machine;
	host_vm(105, conf);
	check_ok(conf, ri_vmstatus_look(&host, 105, &how, &s, &e), &e);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.v[0].root, RI_ROOT_RAM);
	assert_string_equal(s.v[0].key, key);
	assert_int_equal(s.v[0].disk, disk);
	assert_int_equal(s.v[0].migration.blockers.n > 0, blocker != NULL);
	if (blocker && !strstr(s.v[0].migration.blockers.v[0], blocker))
		fail_msg("%s: [%s]", conf, s.v[0].migration.blockers.v[0]);
}

static void check_one(const char *conf, unsigned has, const char *key, enum ri_disk_state disk,
    const char *blocker)
{
	check_machine(conf, NULL, has, key, disk, blocker);
}

/* Disks that cannot be unplugged, or are not there, and a controller that is left. */
static void test_other_disks(void **state)
{
	(void)state;
	check_one("agent: 1\nboot: order=ide0\nide0: local:105/a.raw\n", FAKE_ALL, "ide0",
	    RI_DISK_ATTACHED, "ide0");
	check_one("agent: 1\n", FAKE_ALL, "", RI_DISK_NONE, NULL);
	/* Out of QEMU, while its controller is not. */
	check_one(
	    "agent: 1\nboot: order=scsi0\nname: web\nscsihw: virtio-scsi-single\n\n[PENDING]\n"
	    "scsi0: san:vm-105-disk-1\n",
	    1U << F_CONTROLLER | 1U << F_IOTHREAD, "scsi0", RI_DISK_DETACHED, "virtioscsi0");
	check_one("agent: 1\nboot: order=scsi0\nscsihw: virtio-scsi-pci\nscsi0: san:vm-105-disk-1\n"
		  "scsi1: san:vm-105-disk-2\n",
	    FAKE_ALL, "scsi0", RI_DISK_RELEASED, NULL);
}

/* Where it is lost, or may be any of several, that is remarked, of a VM that runs and one that does not. */
static void test_not_known(void **state)
{
	static const struct {
		const char *conf, *config, *remark; /* NULL: none */
	} cases[] = {
		{ "agent: 1\nname: web\nboot: order=net0\n", "-", NULL },
		{ "agent: 1\nname: web\nboot: order=scsi0\n", "lost",
		    "its boot order names scsi0, which the configuration does not have (or Proxmox drops); "
		    "name the volume instead" },
		{ "agent: 1\nname: web\nboot: order=scsi0\n[one]\nscsi0: san:vm-105-disk-1\n",
		    "lost",
		    "its boot order names scsi0, which only its snapshot 'one' has; to have it again, run: "
		    "qm set 105 --scsi0 'san:vm-105-disk-1'" },
		{ "agent: 1\nname: web\nscsi1: san:vm-105-disk-2\n[PENDING]\nscsi0: san:vm-105-disk-1\n",
		    "ambiguous",
		    "its boot drive may be scsi1, which is attached, or scsi0, which is pending; say which in "
		    "its boot order (qm set 105 --boot order=DRIVE), or name the volume" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
		struct ri_err e = { 0 };

		fake_reset();
		host_vm(105, cases[i].conf);
		check_ok(cases[i].conf, ri_vmstatus_look(&host, 105, &how, &s, &e), &e);
		assert_int_equal(s.n, 1);
		assert_string_equal(s.v[0].config, cases[i].config);
		assert_string_equal(s.v[0].key, "");
		assert_int_equal(s.v[0].disk, RI_DISK_NONE);
		assert_int_equal(s.v[0].migration.remarks.n, cases[i].remark != NULL);
		if (cases[i].remark)
			assert_string_equal(s.v[0].migration.remarks.v[0], cases[i].remark);
	}
}

/* Asked of QEMU only where it matters. */
static void test_machine(void **state)
{
	static const char *const vga = "agent: 1\nvga: std,clipboard=vnc\n";

	(void)state;
	check_machine(vga, "pc-i440fx-9.2-machine", FAKE_ALL, "", RI_DISK_NONE, "it has 9.2");
	check_machine(vga, "pc-i440fx-10.1-machine", FAKE_ALL, "", RI_DISK_NONE, NULL);
	check_machine(vga, "none-machine", FAKE_ALL, "", RI_DISK_NONE, "which it has is not known");
}

/* A monitor that does not answer is in the way of a migration, and no failure of the command. */
static void test_each_command_fails(void **state)
{
	size_t nth = 0, blocked = 0;

	(void)state;
	host_vm(105, "agent: 1\n" TEXT);
	for (bool failed = true; failed;) {
		RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };

		fake_reset();
		fake.fail_at = ++nth;
		fake.how = FAKE_REFUSED;
		look(&s);
		failed = *fake.failed;
		if (s.v[0].migration.blockers.n > 0) {
			assert_non_null(strstr(s.v[0].migration.blockers.v[0], ": the fault"));
			blocked++;
		} else if (s.v[0].root == RI_ROOT_UNKNOWN) {
			assert_true(failed && strcmp(s.v[0].how, "guest agent") != 0);
		}
	}
	assert_int_equal(nth, 13);
	assert_int_equal(blocked, 7);
}

/* By code, of one that runs detached and of one that has stopped by itself. */
static void check_remarks(const char *conf, const char *want)
{
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	RI_BUF got = { 0 };

	host_vm(105, conf);
	look(&s);
	for (size_t i = 0; i < s.v[0].remarks.n; i++)
		ri_buf_addf(&got, "%s ", s.v[0].remarks.v[i].code);
	check_span(conf, ri_buf_span(&got), ri_str(want));
}

#define REST "agent: 1\nboot: order=scsi0\nname: web\nscsihw: virtio-scsi-single\n"
#define OUT "\n[PENDING]\nscsi0: san:vm-105-disk-1\n"

static void test_remarks(void **state)
{
	(void)state;
	fake_reset();
	fake.has = 0;
	check_remarks(REST OUT, "");
	host_put("etc/pve/jobs.cfg", "vzdump: b\n\tschedule 1:00\n\tall 1\n\tmode stop\n");
	check_remarks(REST OUT "[s1]\nname: web\n", "snapshot backup backup-stops ");
	check_remarks(
	    "agent: 1\nboot: order=scsi0\nlock: backup\nname: web\nunused0: san:vm-105-disk-1\n",
	    "locked unused backup backup-stops ");
}

static void test_remarks_of_a_stopped_one(void **state)
{
	(void)state;
	check_remarks(REST OUT, "pending-not-applied ");
	host_put("etc/pve/vzdump.cron", "1 2 * * * root vzdump 105\n");
	check_remarks(REST OUT, "pending-not-applied backup ");
	check_remarks(TEXT, "");
}

static void test_stopped(void **state)
{
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, TEXT);
	host_vm(106, "name: off\n");
	host_put("etc/pve/nodes/pve1/qemu-server/107.conf/in-the-way", "");
	check_ok("all", ri_vmstatus_look(&host, 0, &how, &s, &e), &e);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.v[0].pid, 0);
	assert_int_equal(s.v[0].disk, RI_DISK_ATTACHED);
	assert_int_equal(s.v[1].disk, RI_DISK_NONE);
	assert_string_equal(s.v[1].config, "-");
	check_log(rooted("skipped: VM 107: "
			 "%s/etc/pve/nodes/pve1/qemu-server/107.conf is not a file\n"));
}

/* As if 105's was built of 700 MiB, in the place where its boot drive is found. */
static bool is_slim; /* what is seen */

static int seen(struct ri_listed *r, struct ri_err *e)
{
	(void)e;
	assert_true(*r->path != '\0');
	r->built = RI_BUILT_YES;
	r->slim = is_slim;
	r->older = strdup("kernel 7 was installed");
	r->ram.least = r->ram_now.least = 700;
	return r->older ? 0 : ri_nomem(e);
}

static int not_seen(struct ri_listed *r, struct ri_err *e)
{
	(void)r;
	return ri_fail(e, RI_E_CANCELLED, 0, "interrupted");
}

/* Of the boot drive: what it needs, against what runs and what the next start gives it. */
static void check_volume(const char *conf, const char *codes, uint64_t now)
{
	const struct ri_vmstatus_how close = { .agent_ms = 1000,
		.look = seen,
		.stage_dir = tmpdir };
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	host_vm(105, conf);
	check_ok(conf, ri_vmstatus_look(&host, 105, &close, &s, &e), &e);
	for (size_t i = 0; i < s.v[0].remarks.n; i++)
		ri_buf_addf(&got, "%s ", s.v[0].remarks.v[i].code);
	check_span(conf, ri_buf_span(&got), ri_str(codes));
	assert_int_equal(s.v[0].built, RI_BUILT_YES);
	assert_true(s.v[0].slim == is_slim);
	assert_int_equal(s.v[0].ram.least, 700);
	assert_int_equal(s.v[0].ram_now.vm.memory, now);
}

static void test_volume_of_a_running_one(void **state)
{
	const struct ri_vmstatus_how ends = { .agent_ms = 1000,
		.look = not_seen,
		.stage_dir = tmpdir };
	RI_ON_EXIT(ri_vmstatuses_free) struct ri_vmstatuses s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fake_reset();
	check_volume("memory: 900\nscsi1: san:vm-105-disk-2\n" TEXT, "older ", 900);
	check_volume("memory: 600\n" TEXT, "older memory ", 600);
	check_volume("memory: 900\n" TEXT "\n[PENDING]\nmemory: 600\n", "older memory ", 900);
	check_volume("memory: 900\nballoon: 1\n" TEXT "\n[PENDING]\nballoon: 0\n",
	    "older memory-now memory-kept ", 900);
	check_err("ended", ri_vmstatus_look(&host, 105, &ends, &s, &e), &e, RI_E_CANCELLED,
	    "interrupted");
}

static void test_volume_of_a_stopped_one(void **state)
{
	(void)state;
	check_volume("memory: 900\n" TEXT, "", 0);
	check_volume("memory: 600\n" TEXT, "memory ", 0);
	check_volume("memory: 900\nballoon: 600\n" TEXT, "memory ", 0);
	is_slim = true;
	check_volume("memory: 900\n" TEXT, "slim ", 0);
	is_slim = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QEMU_TEST(test_running),
		QEMU_TEST(test_other_disks),
		QEMU_TEST(test_not_known),
		QEMU_TEST(test_machine),
		QEMU_TEST(test_each_command_fails),
		QEMU_TEST(test_remarks),
		HOST_TEST(test_remarks_of_a_stopped_one),
		HOST_TEST(test_stopped),
		QEMU_TEST(test_volume_of_a_running_one),
		HOST_TEST(test_volume_of_a_stopped_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
