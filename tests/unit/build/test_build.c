// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A whole build, with a failure at each call of the appliance, and of qemu-img. */
#include "unit/whole_build.h"

static void test_the_appliance_fails(void **state)
{
	struct trial t = { .name = "the appliance alone" };

	(void)state;
	wb_each_appliance_call(&t, SIZE_MAX);
	assert_int_equal(got->rc, 0);
	assert_int_equal(got->bad, 0);
	assert_int_equal(got->direct_calls, 0);
}

/* The nth call of the real qemu-img fails, and the volume is untouched: no qemu-img writes to it. */
static void test_qemu_img_fails(void **state)
{
	const struct trial t = { .name = "qemu-img fails", .direct = true };
	RI_BUF words = { 0 };
	char number[8];
	size_t n = 0;

	(void)state;
	fb.plain = false;
	ri_buf_addf(&words,
	    "#!/bin/sh\n"
	    "echo x >>%s/ran\n"
	    "[ $(wc -l <%s/ran) -ne \"$FAILS\" ] || { echo no luck >&2; exit 9; }\n"
	    "PATH=${PATH#*:} exec qemu-img \"$@\"\n",
	    tmpdir, tmpdir);
	assert_false(words.oom);
	ri_buf_add(&words, "", 1);
	fb_qemu_img(words.p);
	do {
		snprintf(number, sizeof number, "%zu", ++n);
		setenv("FAILS", number, 1);
		RUN(tmpdir, NULL, NULL, "rm", "-f", "ran");
		wb_run(&t);
		if (got->rc == 0)
			break;
		assert_non_null(strstr(got->err.msg, "no luck"));
		assert_int_not_equal(got->err.code, RI_E_COMMIT);
		wb_is_untouched(t.name);
		assert_int_equal(fb_count(tmp_path("stage")), 0);
	} while (n < 20);
	wb_is_built(t.name);
	assert_int_equal(got->bad, 0);
	assert_in_range(n, 5, 19); /* info, create, check, map at least */
	wb_fresh();
	fb_qemu_img(FB_PLAIN_QEMU_IMG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_appliance_fails),
		cmocka_unit_test(test_qemu_img_fails),
	};

	return cmocka_run_group_tests(tests, wb_set_up, fb_tear_down);
}
