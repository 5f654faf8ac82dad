// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of a check, an extension and a reading back: each says so, and leaks nothing. */
#include "unit/oom.h"

#include "unit/initrds.h"

/* Made while there is memory: tmp_path of the test's own allocates nothing. */
static char base[200], out[200];

static int check(const void *arg, struct ri_err *e)
{
	struct ri_initrd_info info;

	return initrd_check(arg, &info, e);
}

static int append(const void *arg, struct ri_err *e)
{
	return initrd_append(arg, out, members, MEMBERS, e);
}

static int read_back(const void *arg, struct ri_err *e)
{
	RI_BUF got = { 0 };

	return initrd_read_member(arg, "ramimg/manifest", &got, e);
}

static void test_each(void **state)
{
	(void)state;
	snprintf(base, sizeof base, "%s", tmp_path("base"));
	snprintf(out, sizeof out, "%s", tmp_path("out"));
	for (size_t i = 0; i < ROWS; i++) {
		make_base(&rows[i], i % 2 == 1);
		assert_true(oom_each(rows[i].name, check, base) > 1);
		assert_true(oom_each(rows[i].name, append, base) > 5);
		assert_true(oom_each(rows[i].name, read_back, out) > 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each, make_trees, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
