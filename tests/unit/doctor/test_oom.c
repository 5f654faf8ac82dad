// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A lack of memory at every allocation: the look fails, and is never one from which something is missing. */
#include "unit/doctor/made_host.h"
#include "unit/oom.h"

static int look(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	int rc = ri_doctor_look(arg, RI_DOCTOR_ALL, &d, e);

	if (rc == 0) {
		assert_int_equal(d.n, 14);
		assert_int_equal(ri_doctor_missing(&d), 0);
	}
	return rc;
}

static void test_look(void **state)
{
	(void)state;
	made_new(false);
	made.h.output = made.output;
	assert_true(oom_each("all is there", look, &made.h) > 20);
	/* The processor is asked where there is no KVM. */
	assert_int_equal(unlink(tmp_path("dev/kvm")), 0);
	assert_true(oom_each("no KVM", look, &made.h) > 20);
	made_end();
}

static int this_host(const void *arg, struct ri_err *e)
{
	struct ri_doctor_host h = { 0 };
	int rc = ri_doctor_host(arg, &(struct ri_doctor_names){ 0 }, &h, e);

	assert_true(rc < 0 || h.guestfs);
	ri_doctor_host_free(&h);
	return rc;
}

static void test_this_host(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("job", ri_job_defaults(&job, &e), &e);
	/* Without memory for the mark's path it is simply not known. */
	assert_true(oom_each_or_whole("this host", this_host, &job) >= 2);
}

static int set_up(void **state)
{
	(void)state;
	made.was_root = geteuid() == 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_this_host),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
