// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The rows of what is left out. */
#include "unit/check.h"

#include "plan/excluded.h"

static void test_a_row_for_each(void **state)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("tmp", ri_excluded_add(&l, "/tmp/", 0, 4096, &e), &e);
	check_ok("rule", ri_excluded_add(&l, "/cache/*.deb", 1, 7, &e), &e);
	check_ok("tmp again", ri_excluded_add(&l, "/tmp/", 2, 10, &e), &e);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].what, "/tmp/");
	assert_int_equal(l.v[0].entries, 2);
	assert_int_equal(l.v[0].bytes, 4106);
	assert_string_equal(l.v[1].what, "/cache/*.deb");
	assert_int_equal(l.v[1].bytes, 7);
	ri_excluded_free(&l);
	assert_null(l.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_for_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
