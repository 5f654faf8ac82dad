// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * No memory at each allocation of what is done to volumes: it says so, and takes nothing for absent that is there.
 */
#include "unit/oom.h"

#include "unit/volume/scenes.h"

static void test_looking(void **state)
{
	static const enum ri_volume_use uses[] = { RI_VOLUME_LOOK, RI_VOLUME_READ };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(oom_each("chain", do_chain, &uses[i]) > 10);
	assert_true(oom_each("backing", do_backing, NULL) > 10);
	assert_true(oom_each("id", do_id, NULL) > 20);
	assert_true(oom_each("kernel", do_kernel, NULL) > 2);
	assert_true(oom_each("look", do_look, NULL) > 3);
}

static void test_opening(void **state)
{
	(void)state;
	assert_true(oom_each("open", do_open, "plain.raw") > 10);
	assert_true(oom_each("image", do_image, NULL) > 2);
	assert_true(oom_each("new output", do_output, "new.raw") == 0);
	assert_true(oom_each("output", do_output, "old.raw") > 5);
}

static void test_staging(void **state)
{
	struct ri_stage s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	put_record();
	assert_true(oom_each("records", do_records, NULL) > 10);
	assert_true(oom_each("stage", do_stage, NULL) > 10);
	check_ok("stage", ri_stage_new(&base, tmp_path("stage"), true, &s, &e), &e);
	assert_true(oom_each("export", do_export, &s) > 10);
	ri_stage_discard(&s);
	assert_int_equal(tmp_count(tmp_path("stage")), 0);
}

static void test_pools(void **state)
{
	RI_FREE char *path = strdup(getenv("PATH"));
	RI_BUF own = { 0 };

	(void)state;
	put_pools();
	ri_buf_addf(&own, "%s:%s", tmpdir, path);
	assert_int_equal(setenv("PATH", own.p, 1), 0);
	assert_true(oom_each("pools", do_pools, NULL) > 10);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_looking, scenes_set_up, scenes_tear_down),
		cmocka_unit_test_setup_teardown(test_opening, scenes_set_up, scenes_tear_down),
		cmocka_unit_test_setup_teardown(test_staging, scenes_set_up, scenes_tear_down),
		cmocka_unit_test_setup_teardown(test_pools, scenes_set_up, scenes_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
