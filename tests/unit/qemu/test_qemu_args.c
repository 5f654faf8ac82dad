// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* How a running QEMU was told of its devices. */
#include "unit/check.h"

#include "qemu/qemu_args.h"

#include <sys/wait.h>
#include <unistd.h>

static void test_find(void **state)
{
	static char *words[] = { "qemu", "-id", "scsi0", "-device",
		"scsi-hd,bus=virtioscsi0.0,drive=drive-scsi0,id=scsi0,device_id=drive-scsi0",
		"-device", "virtio-scsi-pci,id=virtioscsi0,bus=pci.3", "-object",
		"{\"id\":\"throttle-drive-scsi0\",\"qom-type\":\"throttle-group\"}", "-blockdev",
		"{\"driver\":\"throttle\",\"node-name\":\"drive-scsi0\"}", "-device",
		"{\"driver\":\"virtio-blk-pci\",\"id\":\"virtio0\"}", "-object", "{damaged",
		"-netdev", "id=net0,mac=id=net1,xid=net2,id=net3", "-device", NULL };
	static const struct {
		const char *option, *id;
		int at; /* in words; -1: not there */
	} cases[] = {
		{ "-device", "scsi0", 4 },
		{ "-device", "virtioscsi0", 6 },
		{ "-object", "throttle-drive-scsi0", 8 },
		{ "-blockdev", "drive-scsi0", 10 },
		{ "-device", "virtio0", 12 },
		{ "-device", "scsi", -1 },
		{ "-device", "drive-scsi0", -1 }, /* device_id= is no id= */
		{ "-netdev", "net0", 16 },
		{ "-netdev", "net1", -1 },
		{ "-netdev", "net2", -1 },
		{ "-netdev", "net3", 16 },
		{ "-drive", "drive-scsi0", -1 },
		{ "-object", "damaged", -1 },
	};
	const struct ri_strv argv = { words, sizeof words / sizeof words[0] - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *value = ri_qemu_args_find(&argv, cases[i].option, cases[i].id);

		if (value != (cases[i].at < 0 ? NULL : words[cases[i].at]))
			fail_msg("%s %s: %s", cases[i].option, cases[i].id, value ? value : "none");
	}
}

static void test_file(void **state)
{
	static const struct {
		const char *value, *file;
	} cases[] = {
		{ "file=/dev/pve/vm-1-disk-0,if=none,id=drive-scsi0", "/dev/pve/vm-1-disk-0" },
		{ "if=none,file=/a,,b,id=x", "/a,b" },
		{ "file=/only", "/only" },
		{ "file=rbd:p/ns/vm-1-disk-0:conf=/etc/pve/ceph.conf:id=admin,if=none",
		    "rbd:p/ns/vm-1-disk-0" },
		{ "if=none,id=x", "" },
		{ "backing-file=/x,if=none", "" },
		{ "{\"driver\":\"throttle\",\"file\":{\"driver\":\"raw\",\"file\":{\"driver\":"
		  "\"host_device\",\"filename\":\"/dev/pve/vm-1-disk-0\"}}}",
		    "/dev/pve/vm-1-disk-0" },
		{ "{\"file\":{\"driver\":\"rbd\",\"pool\":\"p\",\"image\":\"i\"}}", "rbd:p/i" },
		{ "{\"driver\":\"rbd\",\"pool\":\"p\",\"namespace\":\"n\",\"image\":\"i\"}",
		    "rbd:p/n/i" },
		{ "{\"file\":\"drive-other\"}", "" },
		{ "{\"driver\":\"rbd\",\"pool\":\"p\"}", "" },
		{ "{\"driver\":\"rbd\",\"image\":\"i\"}", "" },
		{ "{damaged", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF file = { 0 };

		ri_qemu_args_file(cases[i].value, &file);
		assert_string_equal(file.p ? file.p : "", cases[i].file);
	}
}

static void test_a_process(void **state)
{
	RI_STRV own = { 0 };
	RI_STRV none = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("own", ri_qemu_args_read(getpid(), &own, &e), &e);
	assert_non_null(strstr(own.v[0], "unit_qemu"));
	assert_int_equal(ri_qemu_args_read(4194305, &none, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
}

/* One that has ended and that nobody has waited for yet: it is in /proc, without words. */
static void test_an_ended_process(void **state)
{
	RI_STRV none = { 0 };
	struct ri_err e = { 0 };
	char want[64];
	siginfo_t how;
	pid_t pid = fork();
	int rc;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &how, WEXITED | WNOWAIT), 0);
	rc = ri_qemu_args_read(pid, &none, &e);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	snprintf(want, sizeof want, "process %d has ended", (int)pid);
	check_err("ended", rc, &e, RI_E_IO, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_a_process),
		cmocka_unit_test(test_an_ended_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
