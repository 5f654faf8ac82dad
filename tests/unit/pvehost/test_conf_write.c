// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A configuration put in place of another: whole, or not at all. */
#include "unit/fake_host.h"

#include "pvehost/conf_write.h"
#include "unit/write_faults.h"

#define CONF "etc/pve/nodes/pve1/qemu-server/105.conf"
#define OLD "name: web\n"

static void load(struct ri_pvevm *vm)
{
	struct ri_err e = { 0 };

	host_vm(105, OLD);
	check_ok("load", ri_pvevm_load(&host, 105, vm, &e), &e);
}

static const char *temporary(void)
{
	static char path[200];

	snprintf(path, sizeof path, "%s.tmp.%d", tmp_path(CONF), (int)getpid());
	return path;
}

static void check_conf(const char *what, const char *want)
{
	RI_BUF now = { 0 };

	slurp(tmp_path(CONF), &now);
	check_span(what, ri_buf_span(&now), ri_str(want));
	if (access(temporary(), F_OK) == 0)
		fail_msg("%s: %s is left", what, temporary());
}

static void test_written(void **state)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	load(&vm);
	assert_int_equal(chmod(vm.path, 0604), 0);
	spit(temporary(), LIT("left by a process of this number"));
	check_ok("check", ri_conf_write_check(&vm, &e), &e);
	check_conf("check", OLD);
	check_ok("unchanged", ri_conf_write_unchanged(&vm, &e), &e);
	check_ok("write", ri_conf_write(&vm, LIT("name: new\n"), &e), &e);
	check_conf("write", "name: new\n");
	assert_int_equal(stat(vm.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0604);
}

static void test_changed_meanwhile(void **state)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	load(&vm);
	host_vm(105, "name: other\n");
	ri_buf_addf(&want, "%s has been changed in the meantime; run it again", vm.path);
	check_err("unchanged", ri_conf_write_unchanged(&vm, &e), &e, RI_E_BUSY, want.p);
	e = (struct ri_err){ 0 };
	check_err("write", ri_conf_write(&vm, LIT("name: new\n"), &e), &e, RI_E_BUSY, want.p);
	check_conf("write", "name: other\n");
	assert_int_equal(unlink(vm.path), 0); /* migrated away */
	assert_int_equal(ri_conf_write(&vm, LIT("name: new\n"), &e), -1);
	assert_int_equal(access(vm.path, F_OK), -1);
}

/* A directory of its name stands for a file system that takes no new file. */
static void test_no_temporary(void **state)
{
	RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	load(&vm);
	assert_int_equal(mkdir(temporary(), 0700), 0);
	ri_buf_addf(&want,
	    "the configuration cannot be written (no quorum? see pvecm status): %s: File exists",
	    temporary());
	check_err("check", ri_conf_write_check(&vm, &e), &e, RI_E_IO, want.p);
	e = (struct ri_err){ 0 };
	check_err("write", ri_conf_write(&vm, LIT("name: new\n"), &e), &e, RI_E_IO, want.p);
	assert_int_equal(rmdir(temporary()), 0);
	check_conf("write", OLD);
}

static void test_each_step_fails(void **state)
{
	static const enum write_fault steps[] = { WRITE_FSYNC, WRITE_RENAME };

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		RI_ON_EXIT(ri_pvevm_free) struct ri_pvevm vm = { 0 };
		struct ri_err e = { 0 };
		RI_BUF want = { 0 };

		load(&vm);
		write_fails = steps[i];
		ri_buf_addf(&want, "%s: No space left on device",
		    steps[i] == WRITE_FSYNC ? temporary() : vm.path);
		check_err("step", ri_conf_write(&vm, LIT("name: new\n"), &e), &e, RI_E_IO, want.p);
		assert_int_equal(write_fails, WRITE_FINE);
		check_conf("step", OLD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_TEST(test_written),
		HOST_TEST(test_changed_meanwhile),
		HOST_TEST(test_no_temporary),
		HOST_TEST(test_each_step_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
