// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "format/shed.h"

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		bool want;
	} rows[] = {
		{ "usr/lib/modules/6.1/kernel/a.ko", true },
		{ "lib/modules/a", true },
		{ "lib/firmware/a/b", true },
		{ "usr/lib/firmware/a", true },
		{ "lib/modules", false },
		{ "lib/modules-load.d/a", false },
		{ "etc/lib/modules/a", false },
		{ "usr/lib/modprobe.d/a", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ri_shed_has(rows[i].path) != rows[i].want)
			fail_msg("%s", rows[i].path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_paths) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
