// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* One VM of a host: where it is, its lock, its sockets, and all of them in turn. */
#include "unit/pvehost/running.h"

#include <sys/file.h>

static void test_load(void **state)
{
	static const struct {
		unsigned vmid;
		enum ri_code code;
		const char *said;
	} refused[] = {
		{ 106, RI_E_BUSY, "VM 106 is on the node 'pve2'; run ramimg there" },
		{ 107, RI_E_UNSUPPORTED, "107 is a container, not a VM" },
		{ 108, RI_E_MISSING, "VM 108 does not exist" },
	};
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, "name: web\n\n[PENDING]\nname: new\n");
	host_put("etc/pve/nodes/pve2/qemu-server/106.conf", "");
	host_put("etc/pve/nodes/pve2/lxc/107.conf", "");
	check_ok("105", ri_pvevm_load(&host, 105, &vm, &e), &e);
	assert_int_equal(vm.vmid, 105);
	assert_int_equal(vm.conf.n, 2);
	assert_string_equal(ri_vmsection_get(&vm.conf.v[0], "name"), "web");
	assert_string_equal(vm.path, rooted("%s/etc/pve/nodes/pve1/qemu-server/105.conf"));
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		struct ri_pvevm none = { 0 };
		struct ri_err why = { 0 };

		check_err(refused[i].said, ri_pvevm_load(&host, refused[i].vmid, &none, &why), &why,
		    refused[i].code, refused[i].said);
		assert_null(none.path);
	}
}

static void test_sockets(void **state)
{
	RI_BUF monitor = { 0 };
	RI_BUF agent = { 0 };

	(void)state;
	ri_pvevm_monitor(&host, 105, &monitor);
	ri_pvevm_agent(&host, 105, &agent);
	assert_string_equal(monitor.p, rooted("%s/var/run/qemu-server/105.qmp"));
	assert_string_equal(agent.p, rooted("%s/var/run/qemu-server/105.qga"));
}

static int note(const struct ri_pvevm *vm, void *arg, struct ri_err *e)
{
	struct ri_buf *seen = arg;

	ri_buf_addf(seen, "%u ", vm->vmid);
	return vm->vmid == 200 ? ri_fail(e, RI_E_IO, 0, "enough") : 0;
}

/* By number and not by letter; temporary files are no VMs; one that cannot be read stops nothing. */
static void test_each(void **state)
{
	RI_BUF seen = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(1000, "name: last\n");
	host_vm(99, "name: first\n");
	host_put("etc/pve/nodes/pve1/qemu-server/99.conf.tmp.4711", "");
	host_put("etc/pve/nodes/pve1/qemu-server/105.conf/in-the-way", "");
	host_put("etc/pve/nodes/pve2/qemu-server/300.conf", "");
	check_ok("all", ri_pvevm_each(&host, note, &seen, &e), &e);
	assert_string_equal(seen.p, "99 1000 ");
	check_log(rooted("skipped: VM 105: "
			 "%s/etc/pve/nodes/pve1/qemu-server/105.conf is not a file\n"));
	host_vm(200, "name: middle\n");
	ri_buf_free(&seen);
	check_err("stopped", ri_pvevm_each(&host, note, &seen, &e), &e, RI_E_IO, "enough");
	assert_string_equal(seen.p, "99 200 ");
}

static void test_a_node_without_vms(void **state)
{
	RI_BUF seen = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("none", ri_pvevm_each(&host, note, &seen, &e), &e);
	assert_int_equal(seen.n, 0);
	check_log("");
}

static void test_lock(void **state)
{
	RI_BUF want = { 0 };
	struct ri_err e = { 0 };
	RI_FD int first = -1;
	RI_FD int again = -1;

	(void)state;
	first = ri_pvevm_lock(&host, 105, 0, &e);
	assert_true(first >= 0);
	/* flock(2): another open of the file is another holder, of this process too. */
	ri_buf_addf(&want,
	    "VM 105's configuration is locked by process %d (unit_pvehost) for more than 0 s; wait for it",
	    (int)getpid());
	check_err("held", ri_pvevm_lock(&host, 105, 0, &e), &e, RI_E_BUSY, want.p);
	assert_int_equal(flock(first, LOCK_UN), 0);
	again = ri_pvevm_lock(&host, 105, 0, &e);
	assert_true(again >= 0);
}

/* A stale pid file, or a pid that another program has by now, is no VM that runs. */
static void test_running(void **state)
{
	static const char *const files[] = { "", "abc", "-1", "0", "4711 x", "1234567890" };
	struct ri_err e = { 0 };
	char own[16];
	int pid = 1;

	(void)state;
	check_ok("no file", ri_pvevm_running(&host, 105, &pid, &e), &e);
	assert_int_equal(pid, 0);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		host_put("var/run/qemu-server/105.pid", files[i]);
		check_ok(files[i], ri_pvevm_running(&host, 105, &pid, &e), &e);
		assert_int_equal(pid, 0);
	}
	snprintf(own, sizeof own, "%d\n", (int)getpid()); /* lives, and is no QEMU */
	host_put("var/run/qemu-server/105.pid", own);
	check_ok("own", ri_pvevm_running(&host, 105, &pid, &e), &e);
	assert_int_equal(pid, 0);
	check_ok("stopped", ri_pvevm_check_stopped(&host, 105, &e), &e);
}

/* It runs if its process is a QEMU whose pid file is that VM's, said with /run or with /var/run. */
static void test_whose_process(void **state)
{
	static const char var[] = "var/run/qemu-server/105.pid", run[] = "run/qemu-server/105.pid";
	static const struct {
		const char *argv0, *option, *pidfile;
		bool runs;
	} rows[] = {
		{ "kvm", "-pidfile", var, true },
		{ "/usr/bin/kvm", "--pidfile", run, true },
		{ "/usr/bin/qemu-system-x86_64", "-pidfile", run, true },
		{ "kv", "-pidfile", var, false },
		{ "kvm-helper", "-pidfile", var, false },
		{ "kvm", "-pid", var, false },
		{ "kvm", "-pidfile", "run/qemu-server/106.pid", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct running r = run_vm(105, rows[i].argv0, rows[i].option, rows[i].pidfile);
		RI_BUF want = { 0 };
		struct ri_err e = { 0 };
		int pid;

		check_ok(rows[i].argv0, ri_pvevm_running(&host, 105, &pid, &e), &e);
		assert_int_equal(pid, rows[i].runs ? r.pid : 0);
		ri_buf_addf(&want,
		    "VM 105 is running (process %d); shut it down first: qm shutdown 105",
		    (int)r.pid);
		if (rows[i].runs)
			check_err(rows[i].argv0, ri_pvevm_check_stopped(&host, 105, &e), &e,
			    RI_E_BUSY, want.p);
		end_vm(&r);
		e = (struct ri_err){ 0 };
		check_ok("ended", ri_pvevm_check_stopped(&host, 105, &e), &e);
	}
}

static void test_no_lock(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	host_put("var/lock/qemu-server/lock-105.conf/in-the-way", "");
	check_err("a directory", ri_pvevm_lock(&host, 105, 0, &e), &e, RI_E_IO,
	    rooted("cannot open %s/var/lock/qemu-server/lock-105.conf: Is a directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_load),
		HOST_TEST(test_sockets),
		HOST_TEST(test_each),
		HOST_TEST(test_a_node_without_vms),
		HOST_TEST(test_lock),
		HOST_TEST(test_running),
		HOST_TEST(test_whose_process),
		HOST_TEST(test_no_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
