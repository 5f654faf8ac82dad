// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of reading LVM's metadata: it says so, and leaks nothing. */
#include "unit/oom.h"
#include "unit/run.h"

#include "lvm/metadata.h"
#include "lvm/text.h"

static int text(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };

	return ri_lvmtext_parse(ri_str(arg), &t, e);
}

static int group(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };

	return ri_lvm_vg_parse(ri_str(arg), &vg, e);
}

static void test_each(void **state)
{
	RI_BUF vg = { 0 };

	(void)state;
	slurp(SOURCE_DIR "/tests/fuzz/corpus/lvmmeta/linear", &vg);
	assert_true(oom_each("text", text, vg.p) > 0);
	assert_true(oom_each("group", group, vg.p) > 5);
}

/* The nodes' room grows while a list is read. */
static void test_in_a_list(void **state)
{
	RI_BUF list = { 0 };

	(void)state;
	ri_buf_add_str(&list, "a=[");
	for (size_t i = 0; i < 200; i++)
		ri_buf_add_str(&list, "1,");
	ri_buf_add_str(&list, "]");
	assert_int_equal(oom_each("list", text, list.p), 3); /* 64, 128 and 256 nodes */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_in_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
