// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory, or more than there can be: it sticks, is told once, and what there was stays. */
#include "unit/oom.h"

#include "base/show.h"
#include "base/strv.h"

#include <wchar.h>

static int lists(const void *arg, struct ri_err *e)
{
	RI_STRV l = { 0 };

	return ri_strv_add(&l, arg, e) < 0 || ri_strv_add_span(&l, LIT("other"), e) < 0 ? -1 : 0;
}

static int buffers(const void *arg, struct ri_err *e)
{
	RI_BUF b = { 0 };
	RI_FREE char *text = NULL;

	for (size_t i = 0; i < 100; i++)
		ri_buf_addf(&b, "%s %zu\n", (const char *)arg, i);
	ri_show_escape(&b, LIT("\033\303\274"), true);
	if (ri_buf_check(&b, e) < 0) {
		assert_null(ri_buf_steal(&b));
		return -1;
	}
	text = ri_buf_steal(&b);
	assert_int_equal(b.n, 0);
	return text ? 0 : ri_nomem(e);
}

static void test_each(void **state)
{
	(void)state;
	assert_int_equal(oom_each("lists", lists, "one"), 4);
	assert_true(oom_each("buffers", buffers, "some text") > 3);
}

/* @more bytes behind @before, which cannot be; @reaches: as far as asking for memory. */
static void too_much(const char *before, size_t more, bool reaches)
{
	RI_BUF b = { 0 };
	struct ri_err e = { 0 };

	ri_buf_add_str(&b, before);
	oom_failed = false;
	oom_left = reaches ? 1 : 0;
	ri_buf_add(&b, before, more);
	oom_left = 0;
	assert_int_equal(oom_failed, reaches);
	check_err("too much", ri_buf_check(&b, &e), &e, RI_E_NOMEM, "out of memory");
	ri_buf_add_str(&b, "later");
	check_span("what there was", ri_buf_span(&b), ri_str(before));
}

static void test_too_much(void **state)
{
	volatile size_t most = SIZE_MAX; /* so that no compiler warns of what this is about */

	(void)state;
	too_much("x", most, false);
	too_much("", most, false);
	too_much("x", most - 1, false);
	too_much("x", most / 2 + 2, true);
	too_much("x", most / 4, true);
}

/* What printf cannot print. */
static void test_no_character(void **state)
{
	RI_BUF b = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&b, "before");
	ri_buf_addf(&b, "%lc", (wint_t)0xd800);
	assert_int_equal(ri_buf_check(&b, &e), -1);
	check_span("before", ri_buf_span(&b), LIT("before"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_no_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
