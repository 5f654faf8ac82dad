// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lock in a VM's configuration while a commit is under way. */
#include "unit/fake_host.h"

#include "pvehost/commit_lock.h"

#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"
#define VOLUME "san:vm-105-disk-1"

static void conf_is(const char *want)
{
	RI_BUF have = { 0 };

	slurp(tmp_path(CONF), &have);
	check_span("105.conf", ri_buf_span(&have), ri_str(want));
}

static void test_set_and_cleared(void **state)
{
	const struct ri_location p = { .root = tmpdir, .vmid = 105, .lock = -1 };
	const struct ri_location none = { .vmid = 0, .lock = -1 };
	struct ri_err e = { 0 };

	(void)state;
	host_vm(105, "name: web\n\n[s]\nlock: backup\n");
	check_ok("set", ri_commit_lock_set(&p, &e), &e);
	conf_is("lock: create\nname: web\n\n[s]\nlock: backup\n");
	check_ok("clear", ri_commit_lock_clear(&p, &e), &e);
	conf_is("name: web\n\n[s]\nlock: backup\n");
	check_ok("no VM's", ri_commit_lock_set(&none, &e), &e);
	check_ok("no VM's", ri_commit_lock_clear(&none, &e), &e);
	assert_int_equal(unlink(tmp_path(CONF)), 0);
	assert_int_equal(ri_commit_lock_set(&p, &e), -1);
	assert_non_null(strstr(e.msg, "locking VM 105: "));
	assert_int_equal(ri_commit_lock_clear(&p, &e), -1);
	assert_non_null(strstr(e.msg, "qm unlock 105"));
}

/* Who opens the volume is told of the lock, and it passes only with a record. */
static void test_told_and_checked(void **state)
{
	RI_ON_EXIT(ri_locate_leave) struct ri_location p = RI_PLACE_INIT;
	RI_ON_EXIT(ri_locate_leave) struct ri_location other = RI_PLACE_INIT;
	struct ri_err e = { 0 };

	(void)state;
	host_put("dev/san/vm-105-disk-1", "");
	host_vm(105, "lock: create\nscsi0: " VOLUME ",size=1M\n");
	check_ok("find", ri_locate_find(VOLUME, tmpdir, RI_VOLUME_WRITE, &p, &e), &e);
	assert_true(p.commit_locked);
	check_ok("found", ri_commit_lock_check(&p, true, &e), &e);
	check_err("none", ri_commit_lock_check(&p, false, &e), &e, RI_E_BUSY,
	    "VM 105 is locked (create); wait for that to end, or, if it died, run: qm unlock 105");
	ri_locate_leave(&p);
	host_vm(105, "lock: backup\nscsi0: " VOLUME ",size=1M\n");
	assert_int_equal(ri_locate_find(VOLUME, tmpdir, RI_VOLUME_WRITE, &other, &e), -1);
	assert_int_equal(e.code, RI_E_BUSY);
	host_vm(105, "scsi0: " VOLUME ",size=1M\n");
	e = (struct ri_err){ 0 };
	check_ok("find", ri_locate_find(VOLUME, tmpdir, RI_VOLUME_WRITE, &other, &e), &e);
	assert_false(other.commit_locked);
	check_ok("unlocked", ri_commit_lock_check(&other, false, &e), &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_set_and_cleared),
		HOST_TEST(test_told_and_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
