// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "format/loader_memory.h"

#define MIB(n) ((uint64_t)(n) << 20)

static const struct {
	uint64_t limit;
	unsigned cpus, threads, units;
} rows[] = {
	{ MIB(64), 0, 2, 8 },
	{ MIB(64), 1, 2, 8 },
	{ MIB(64), 2, 2, 8 },
	{ MIB(64), 4, 4, 12 },
	{ MIB(64), 8, 8, 19 }, /* 20 would take 65.25 MiB */
	{ MIB(66), 8, 8, 20 },
	{ MIB(64), 64, 18, 19 },
	{ MIB(1024), 64, 64, 132 },
	{ UINT64_MAX, UINT32_MAX, 1024, 2052 },
	{ MIB(32), 4, 2, 3 },
	{ 0, 8, 1, 2 },
};

static void by_cpus_and_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_loader_size s = ri_loader_size(rows[i].limit, rows[i].cpus);

		if (s.threads != rows[i].threads || s.units != rows[i].units)
			fail_msg("row %zu: %u threads, %u units", i, s.threads, s.units);
		assert_int_equal(s.bytes, MIB(24) + s.units * (MIB(2) + 65536));
		assert_true(s.bytes <= rows[i].limit || s.units == 2);
	}
}

/* An image's pieces are written where they are read: one a thread. */
static void of_an_image(void **state)
{
	static const struct {
		unsigned cpus, threads;
	} images[] = { { 0, 2 }, { 1, 2 }, { 2, 2 }, { 5, 5 }, { 64, 16 } };

	(void)state;
	for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
		struct ri_loader_size s = ri_loader_image_size(images[i].cpus);

		assert_int_equal(s.threads, images[i].threads);
		assert_int_equal(s.bytes, MIB(2 + images[i].threads));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_cpus_and_limit),
		cmocka_unit_test(of_an_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
