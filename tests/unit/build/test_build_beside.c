// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A whole build of a guest that is read directly, with a failure at each call of the appliance. */
#include "unit/whole_build.h"

/* Calls until an earlier build is taken back and read from; from there on it is as the first time. */
#define TAKING_BACK 50

/* So that each child finds it built. */
static void build_here(void)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	fb_job(&job, true);
	check_ok("build", wb_build(&job, &e), &e);
	RUN(tmpdir, NULL, NULL, "rm", "-rf", "out");
	fb_image(tmp_path("vm.raw"));
}

/* Whoever can be read directly is not read by the appliance. */
static void test_beside_the_reader(void **state)
{
	struct trial t = { .name = "the appliance, beside the reader", .direct = true };

	(void)state;
	wb_each_appliance_call(&t, SIZE_MAX);
	assert_int_equal(got->rc, 0);
	assert_int_equal(got->bad, 0);
	assert_true(got->direct_calls > 20);
	assert_int_equal(got->stage_readers, 1);
}

/* An earlier build is taken back first, and the guest is read from the stage. */
static void test_once_more(void **state)
{
	struct trial t = { .name = "the appliance, built once more", .direct = true };

	(void)state;
	build_here();
	wb_each_appliance_call(&t, TAKING_BACK);
	t.appliance_at = 0;
	wb_run(&t);
	wb_check(&t);
	assert_int_equal(got->rc, 0);
	assert_int_equal(got->bad, 0);
	assert_int_equal(got->stage_readers, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_beside_the_reader),
		cmocka_unit_test(test_once_more),
	};

	return cmocka_run_group_tests(tests, wb_set_up, fb_tear_down);
}
