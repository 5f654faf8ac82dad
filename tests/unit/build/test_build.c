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

static void recover(const struct ri_job *job)
{
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	struct ri_err e = { 0 };
	RI_BUF want = { 0 };
	bool done = false;

	setenv("FAILS", "0", 1);
	check_ok("open", ri_volume_open(tmp_path("vm.raw"), NULL, RI_VOLUME_WRITE, &v, &e), &e);
	check_ok("recover", ri_stage_recover(&v, job->stage_dir, &done, &e), &e);
	assert_true(done);
	slurp(tmp_path("disk"), &want);
	assert_true(fb_image_is(tmp_path("vm.raw"), ri_buf_span(&want)));
	fb_image(tmp_path("vm.raw"));
}

/*
 * The nth call of the real qemu-img fails: before it is told to commit the volume is untouched, from then on
 * the commit is recorded, and recovering completes it.
 */
static void test_qemu_img_fails(void **state)
{
	const struct trial t = { .name = "qemu-img fails", .direct = true };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	RI_BUF words = { 0 };
	char number[8];
	size_t n = 0;

	(void)state;
	fb_job(&job, true);
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
		wb_is_untouched(t.name); /* so far, in each case */
		if (got->err.code == RI_E_COMMIT)
			recover(&job);
		assert_int_equal(fb_count(tmp_path("stage")), 0);
	} while (n < 20);
	wb_is_built(t.name);
	assert_int_equal(got->bad, 0);
	assert_in_range(n, 5, 19); /* info, create, check, commit at least */
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
