// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows of cells that are as wide as the widest of their column. */
#include "unit/check.h"

#include "report/table.h"

static void test_aligned(void **state)
{
	static const char *const texts[] = { "VMID", "NAME", "STATE", "105", "web\x1b[1m",
		"stopped", "9", "", "running" };
	RI_STRV cells = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_ok(texts[i], ri_table_cell(&cells, texts[i], &e), &e);
	check_ok("print", ri_table_print(&cells, 3, &out, &e), &e);
	check_span("print", ri_buf_span(&out),
	    ri_str("VMID  NAME        STATE\n"
		   "105   web\\x1b[1m  stopped\n"
		   "9     -           running\n"));
}

static void test_one_column_and_none(void **state)
{
	RI_STRV cells = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	check_ok("none", ri_table_print(&cells, 1, &out, &e), &e);
	assert_int_equal(out.n, 0);
	check_ok("a", ri_table_cell(&cells, "a", &e), &e);
	check_ok("bb", ri_table_cell(&cells, "bb", &e), &e);
	check_ok("one", ri_table_print(&cells, 1, &out, &e), &e);
	check_span("one", ri_buf_span(&out), ri_str("a\nbb\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aligned),
		cmocka_unit_test(test_one_column_and_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
