// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a build leaves on the host where a call of the kernel fails: each in turn. */
#include "unit/calls.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "build/artifacts_dir.h"
#include "build/room.h"

static const char *const names[] = { "fstab", "manifest.json" };

static void old_ones(void)
{
	struct ri_err e = { 0 };

	for (size_t i = 0; i < 2; i++)
		check_ok("old", put_file(tmp_path(names[i]), ri_str("old"), 0600, &e), &e);
}

static int make(const void *dir, struct ri_err *e)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };

	if (ri_artifacts_open(dir, &o, e) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++)
		if (ri_dir_put(&o.making, names[i], ri_str("new"), 0644, e) < 0)
			return -1;
	return ri_artifacts_keep(&o, e);
}

/* Each artifact is the old one or the new one, whole, and its owner's alone; no other build is kept out. */
static void after_make(const void *dir, int now, const struct ri_err *e)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };
	struct ri_err none = { 0 };

	(void)e;
	for (size_t i = 0; i < 2; i++) {
		const char *path = tmp_path(names[i]);
		RI_BUF text = { 0 };
		struct stat st;

		check_ok("read", ri_file_read(path, 100, &text, &none), &none);
		assert_true(ri_span_eq(ri_buf_span(&text), ri_str("new")) ||
			    (now < 0 && ri_span_eq(ri_buf_span(&text), ri_str("old"))));
		assert_int_equal(lstat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	check_ok("again", ri_artifacts_open(dir, &o, &none), &none);
	assert_int_equal(tmp_count(tmp_path(".new")), 0);
	ri_artifacts_close(&o);
	assert_int_equal(tmp_count(dir), 2);
	old_ones();
}

static void test_artifacts(void **state)
{
	(void)state;
	old_ones();
	assert_true(calls_each("artifacts", NULL, EIO, make, after_make, tmpdir) > 15);
	calls_again = true;
	assert_true(calls_each("artifacts", NULL, EIO, make, after_make, tmpdir) > 15);
	calls_again = false;
}

static int stage(const void *dir, struct ri_err *e)
{
	return ri_room_stage(dir, 0, e);
}

/* What is known of the room on the host, or not. */
static void test_room(void **state)
{
	struct ri_err e = { 0 };
	char want[200];

	(void)state;
	assert_int_equal(calls_each("room", NULL, EIO, stage, NULL, tmpdir), 1);
	assert_int_equal(ri_room_stage(tmpdir, (uint64_t)1 << 62, &e), -1);
	assert_int_equal(e.code, RI_E_BUDGET);
	snprintf(want, sizeof want, "%s on this host has ", tmpdir);
	assert_memory_equal(e.msg, want, strlen(want));
	assert_non_null(strstr(e.msg, "make room there or set stage.dir to another directory"));
	/* Where it has room, or nobody knows, what failed is said as it was. */
	for (size_t i = 0; i < 2; i++) {
		e = (struct ri_err){ .code = RI_E_IO, .msg = "it failed" };
		assert_int_equal(ri_room_blame_stage(i ? tmpdir : tmp_path("absent"), &e), -1);
		assert_string_equal(e.msg, "it failed");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tmp_set_up, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_artifacts), TEST(test_room) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
