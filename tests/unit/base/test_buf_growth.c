// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/buf.h"

/** Many small appends move the bytes a few times only. */
static void test_growth(void **state)
{
	RI_BUF b = { 0 };
	size_t cap = 0, moves = 0;

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++) {
		ri_buf_add(&b, "xyz", 3);
		moves += b.cap != cap;
		cap = b.cap;
	}
	assert_int_equal(b.n, 3 << 20);
	assert_true(moves < 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
