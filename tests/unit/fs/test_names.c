// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The names of a directory as a list: sorted, none twice, and not too many. */
#include "unit/check.h"

#include "fs/inode.h"

static void test_order(void **state)
{
	static const char *const names[] = { "b", "a", "\xff", "B", "ab", "a-b" };
	static const char *const want[] = { "B", "a", "a-b", "ab", "b", "\xff" };
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 6; i++)
		check_ok("add", ri_fs_names_add(&l, ri_str(names[i]), (uint32_t)i, &e), &e);
	assert_true(ri_fs_names_sort(&l));
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(l.v[i].name, want[i]);
	check_ok("add", ri_fs_names_add(&l, ri_str("ab"), 9, &e), &e);
	assert_false(ri_fs_names_sort(&l));
}

static void test_most(void **state)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names l = { 0 };
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	for (uint32_t i = 0; i < RI_FS_NAMES_MAX; i++)
		if (ri_fs_names_add(&l, ri_str("n"), i, &e) < 0)
			fail_msg("%u: %s", i, e.msg);
	rc = ri_fs_names_add(&l, ri_str("n"), 1, &e);
	check_err("one too many", rc, &e, RI_E_BUDGET,
	    "a directory has more than 2000000 names, which is the most");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
