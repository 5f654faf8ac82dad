// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What device-mapper says of thin volumes and their pools, as dmsetup(8) prints it. */
#include "unit/check.h"

#include "volume/thin_pool.h"

static void test_volume(void **state)
{
	unsigned major = 0, minor = 0;

	(void)state;
	assert_true(ri_thin_volume_table(ri_str("0 131072 thin 253:3 1\n"), &major, &minor));
	assert_int_equal(major, 253);
	assert_int_equal(minor, 3);
	assert_false(ri_thin_volume_table(ri_str("0 65536 linear 254:0 2048\n"), &major, &minor));
	assert_false(
	    ri_thin_volume_table(ri_str("0 65536 thin-pool 253:1 253:2 128 0\n"), &major, &minor));
	assert_false(ri_thin_volume_table(ri_str(""), &major, &minor));
}

static void test_pool(void **state)
{
	static const char table[] = "0 262144 thin-pool 253:1 253:2 128 0 0 \n";
	struct ri_thin_pool p;

	(void)state;
	assert_true(ri_thin_pool_read(ri_str(table),
	    ri_str("0 262144 thin-pool 1 12/1024 34/2048 - rw discard_passdown queue_if_no_space - "
		   "1024\n"),
	    &p));
	assert_int_equal(p.chunk, 65536);
	assert_int_equal(p.chunks, 2014);
	assert_int_equal(p.metadata, 1012);
	/* One that failed tells no numbers. */
	assert_false(ri_thin_pool_read(ri_str(table), ri_str("0 262144 thin-pool Fail\n"), &p));
	assert_false(ri_thin_pool_read(ri_str("0 262144 thin-pool 253:1 253:2 0 0 0\n"),
	    ri_str("0 1 thin-pool 1 1/2 1/2 - rw\n"), &p));
	assert_false(
	    ri_thin_pool_read(ri_str(table), ri_str("0 1 thin-pool 1 3/2 1/2 - rw\n"), &p));
	assert_false(ri_thin_pool_read(ri_str(table), ri_str(""), &p));
}

/* What device-mapper does not know at all. */
static void test_no_mapping(void **state)
{
	struct ri_thin_pool p;
	struct ri_err e = { 0 };
	bool thin = true;

	(void)state;
	check_ok("none", ri_thin_pool_of("", (dev_t)1, &p, &thin, &e), &e);
	assert_false(thin);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_volume),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_no_mapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
