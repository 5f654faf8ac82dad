// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/le.h"

/* Signs, and addresses that no number may lie at, are no matter. */
static void test_numbers(void **state)
{
	static const char bytes[] = "-\xfe\xdc\xba\x98\x76\x54\x32\xf1";
	char out[] = "---------";

	(void)state;
	assert_int_equal(ri_le16(bytes + 1), 0xdcfe);
	assert_int_equal(ri_le32(bytes + 1), 0x98badcfe);
	assert_true(ri_le64(bytes + 1) == 0xf13254 * (UINT64_C(1) << 40) + 0x7698badcfe);
	ri_le_put(out + 1, 0xf132547698badcfe, 8);
	assert_memory_equal(out, bytes, 9);
	ri_le_put(out + 3, 0x123456, 2);
	assert_memory_equal(out, "-\xfe\xdc\x56\x34\x76\x54\x32\xf1", 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
