// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Differences as diff(1) finds them, and one that does not find out. */
#include "unit/fake_host.h"

#include "cli/textdiff.h"

static int between(const char *a, const char *b, struct ri_buf *out, struct ri_err *e)
{
	return ri_textdiff((struct ri_labelled){ "then", ri_str(a) },
	    (struct ri_labelled){ "now", ri_str(b) }, out, e);
}

static void test_differences(void **state)
{
	static const struct {
		const char *name, *a, *b, *want;
	} rows[] = {
		{ "none", "a\n", "a\n", "" },
		{ "nothing", "", "", "" },
		{ "one", "a\nb\n", "a\nc\n", "--- then\n+++ now\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n" },
		{ "an escape", "", "\x1b[2J\x01\n",
		    "--- then\n+++ now\n@@ -0,0 +1 @@\n+\\x1b[2J\\x01\n" },
		{ "no end", "a\n", "a",
		    "--- then\n+++ now\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_ok(rows[i].name, between(rows[i].a, rows[i].b, &out, &e), &e);
		check_span(rows[i].name, ri_buf_span(&out), ri_str(rows[i].want));
	}
}

/* No difference is not what is said where none was looked for. */
static void test_diff_fails(void **state)
{
	static const struct {
		const char *script, *msg;
	} rows[] = {
		{ "echo broken >&2; exit 2", "diff failed, with status 2: broken\n" },
		{ "exit 2", "diff failed, with status 2: " },
		{ "kill -9 $$", "diff failed, with status 137: " },
	};
	RI_FREE char *path = strdup(getenv("PATH"));

	(void)state;
	host_calls_begin(0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		host_program("diff", rows[i].script);
		check_err(rows[i].script, between("a\n", "b\n", &out, &e), &e, RI_E_IO,
		    rows[i].msg);
		assert_int_equal(out.n, 0);
	}
	assert_int_equal(setenv("PATH", path, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differences),
		cmocka_unit_test_setup_teardown(test_diff_fails, host_set_up, host_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
