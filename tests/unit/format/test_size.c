// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sizes as people write them. */
#include <inttypes.h>

#include "unit/check.h"
#include "format/size.h"

static void test_sizes(void **state)
{
	static const struct {
		const char *in;
		uint64_t want;
	} good[] = {
		{ "0", 0 },
		{ "123", 123 },
		{ "007", 7 },
		{ "512K", 512 << 10 },
		{ "64M", 64 << 20 },
		{ "64m", 64 << 20 },
		{ "5k", 5 << 10 },
		{ "3g", 3ULL << 30 },
		{ "4t", 4ULL << 40 },
		{ "2G", 2ULL << 30 },
		{ "1T", 1ULL << 40 },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", 16777215ULL << 40 },
	};
	static const struct {
		const char *in, *msg;
	} bad[] = {
		{ "", "an empty text is not a size" },
		{ "M", "\"M\" does not begin with a digit" },
		{ "-1", "\"-1\" does not begin with a digit" },
		{ "+1", "\"+1\" does not begin with a digit" },
		{ " 1", "\" 1\" does not begin with a digit" },
		{ "1 M", "\"1 M\" is not a number of bytes, optionally followed by K, M, G or T" },
		{ "1MB", "\"1MB\" is not a number of bytes, optionally followed by K, M, G or T" },
		{ "1.5G",
		    "\"1.5G\" is not a number of bytes, optionally followed by K, M, G or T" },
		{ "0x10",
		    "\"0x10\" is not a number of bytes, optionally followed by K, M, G or T" },
		{ "50%", "\"50%\" is not a number of bytes, optionally followed by K, M, G or T" },
		{ "18446744073709551616", "\"18446744073709551616\" is too large" },
		{ "16777216T", "\"16777216T\" is too large" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ri_err e = { 0 };
		uint64_t got = 99;

		check_ok(good[i].in, ri_size_parse(good[i].in, &got, &e), &e);
		if (got != good[i].want)
			fail_msg("%s: got %" PRIu64, good[i].in, got);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_err e = { 0 };
		uint64_t got = 99;

		check_err(bad[i].in, ri_size_parse(bad[i].in, &got, &e), &e, RI_E_CONFIG,
		    bad[i].msg);
		assert_int_equal(got, 99);
	}
}

static void test_tmpfs_sizes(void **state)
{
	static const char *const good[] = { "1%", "50%", "100%", "1", "64M", "2g", "3T" };
	static const struct {
		const char *in, *msg;
	} bad[] = {
		{ "", "an empty text is not a size" },
		{ "0", "\"0\" leaves no room" },
		{ "0G", "\"0G\" leaves no room" },
		{ "0%", "\"0%\" is not in 1%..100%" },
		{ "101%", "\"101%\" is not in 1%..100%" },
		{ "18446744073709551617%", "\"18446744073709551617%\" is too large" },
		{ "%", "\"%\" does not begin with a digit" },
		{ "5%%", "\"5%%\" is not in 1%..100%" },
		{ "5G%", "\"5G%\" is not in 1%..100%" },
		{ "50%,uid=1",
		    "\"50%,uid=1\" is not a number of bytes, optionally followed by K, M, G or T" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ri_err e = { 0 };

		check_ok(good[i], ri_tmpfs_size_check(good[i], &e), &e);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_err e = { 0 };

		check_err(bad[i].in, ri_tmpfs_size_check(bad[i].in, &e), &e, RI_E_CONFIG,
		    bad[i].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_tmpfs_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
