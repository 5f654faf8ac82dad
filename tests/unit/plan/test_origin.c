// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"

#include "plan/origin.h"

static void check_show(const struct ri_job *job, const char *path, const char *want)
{
	RI_BUF got = { 0 };

	ri_setting_show(ri_setting_find(path), job, &got);
	check_span(path, ri_buf_span(&got), ri_str(want));
}

/** As a configuration has them, so that what is shown can be put into one. */
static void test_show(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	check_show(&job, "root.form", "\"tmpfs\"");
	check_show(&job, "archive.zstd_level", "3");
	check_show(&job, "archive.exclude", "[ ]");
	check_show(&job, "ram.reserve", "\"128M\"");
	check_show(&job, "grub.default", "true");
	check_show(&job, "loader.sha256", "false");
	check_show(&job, "grub.kernel", "\"\"");
	job.reserve = 1025;
	check_show(&job, "ram.reserve", "1025");
	job.reserve = 0;
	check_show(&job, "ram.reserve", "0");
	job.reserve = (uint64_t)1 << 40;
	check_show(&job, "ram.reserve", "\"1T\"");
	check_ok("list", ri_strv_add(&job.exclude, "/a\"b\\c", &e), &e);
	check_ok("list", ri_strv_add(&job.exclude, "/d\n", &e), &e);
	check_show(&job, "archive.exclude", "[ \"/a\\\"b\\\\c\", \"/d\\x0a\" ]");
}

/** Nothing at first, then what was noted last, for each setting on its own. */
static void test_origins(void **state)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	const struct ri_setting *first = &ri_settings[0], *last = &ri_settings[ri_settings_n - 1];
	struct ri_err e = { 0 };

	(void)state;
	check_ok("defaults", ri_job_defaults(&job, &e), &e);
	assert_null(ri_origin_of(&job, first));
	check_ok("set", ri_origin_set(&job, last, "a:1", &e), &e);
	assert_null(ri_origin_of(&job, first));
	assert_string_equal(ri_origin_of(&job, last), "a:1");
	check_ok("set", ri_origin_set(&job, last, "b:2", &e), &e);
	assert_string_equal(ri_origin_of(&job, last), "b:2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
