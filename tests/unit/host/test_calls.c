// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is left, and said, where a call of the kernel fails: each in turn. */
#include "unit/calls.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/dir.h"

static const char old[] = "as it was\n", new[] = "and as it will be\n";

static void set_old(void)
{
	struct ri_err e = { 0 };

	check_ok("put_file", put_file(tmp_path("file"), ri_str(old), 0600, &e), &e);
}

static int put(const void *path, struct ri_err *e)
{
	struct ri_dir d = { 0 };
	int r = -1;

	if (ri_dir_open(path, 0, &d, e) == 0)
		r = ri_dir_put(&d, "file", ri_str(new), 0600, e);
	ri_dir_close(&d);
	return r;
}

/* All of one or all of the other; the next time begins with the old one. */
static void after_put(const void *path, int now, const struct ri_err *e)
{
	char found[64] = "";
	FILE *f = fopen(tmp_path("file"), "r");

	(void)path, (void)e;
	assert_non_null(f);
	assert_true(fread(found, 1, sizeof found - 1, f) > 0);
	fclose(f);
	if (now == 0 || strcmp(found, old) != 0)
		assert_string_equal(found, new);
	set_old();
}

static void test_put(void **state)
{
	(void)state;
	set_old();
	assert_true(calls_each("ri_dir_put", NULL, EIO, put, after_put, tmpdir) > 5);
	assert_int_equal(calls_each("ri_dir_put", "write", ENOSPC, put, after_put, tmpdir), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_put, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
