// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The directory of artifacts: all or nothing. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "build/artifacts_dir.h"
#include "host/hostfile.h"

static void test_all_or_nothing(void **state)
{
	struct ri_artifacts o = RI_ARTIFACTS_INIT, other = RI_ARTIFACTS_INIT;
	struct ri_err e = { 0 };
	const char *dir = tmp_path("out/vm");
	char made[200];

	(void)state;
	check_ok("open", ri_artifacts_open(dir, &o, &e), &e);
	assert_int_equal(ri_artifacts_open(dir, &other, &e), -1);
	assert_int_equal(e.code, RI_E_BUSY);
	e = (struct ri_err){ 0 };
	snprintf(made, sizeof made, "%s/manifest.json", o.making);
	check_ok("put", ri_file_put(made, ri_str("one"), 0644, &e), &e);
	ri_artifacts_close(&o); /* failed: nothing is kept */
	assert_int_equal(tmp_count(dir), 0);
	check_ok("open", ri_artifacts_open(dir, &o, &e), &e);
	check_ok("put", ri_file_put(made, ri_str("two"), 0644, &e), &e);
	check_ok("keep", ri_artifacts_keep(&o, &e), &e);
	ri_artifacts_close(&o);
	assert_int_equal(tmp_count(dir), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_or_nothing, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
