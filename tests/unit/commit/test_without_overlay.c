// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A record whose overlay, or whose list of blocks, somebody removed: status 4, until it is discarded. */
#include "unit/commit/commit_fixture.h"

/* A commit to a new volume that dies at its third step. */
static void cut_off(const char *path)
{
	cf_fault.at = 3;
	cf_fault.dies = true;
	cf_image(path, "raw");
	assert_int_equal(cf_commit_beside(path, true), -1);
	cf_fault.dies = false;
}

static void lose(const char *name)
{
	RI_BUF line = { 0 };
	const char *argv[] = { "sh", "-c", NULL, NULL };

	ri_buf_addf(&line, "rm %s/*/%s", cf_stage_dir(), name);
	assert_false(line.oom);
	argv[2] = line.p;
	cf_run(argv);
}

/* Refused in that way, with the volume as it is and the record there: a second time it is the same. */
static void is_refused(const char *path, enum ri_recover_how how)
{
	RI_FREE char *now = cf_bytes(path, "raw");
	struct ri_recovered r;
	struct ri_err e;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(cf_recover(path, how, &r, &e), -1);
		if (e.code != RI_E_COMMIT)
			fail_msg("code %d: %s", (int)e.code, e.msg);
		assert_int_equal(ri_err_exit_status(e.code), 4);
		assert_true(cf_is(path, "raw", now));
	}
}

static void test_without(void **state)
{
	static const char *const lost[] = { "overlay.qcow2", "blocks" };
	const char *path = tmp_path("d.raw");
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cut_off(path);
		lose(lost[i]);
		is_refused(path, RI_RECOVER_COMPLETE);
		is_refused(path, RI_RECOVER_UNDO);
		check_ok("discard", cf_recover(path, RI_RECOVER_DISCARD, &r, &e), &e);
		assert_true(r.found);
		check_ok("nothing left", cf_recover(path, RI_RECOVER_COMPLETE, &r, &e), &e);
		assert_false(r.found);
		cf_is_swept();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_without, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
