// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The directory of artifacts: all or nothing. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "build/artifacts_dir.h"
#include "host/hostfile.h"

#include <sys/stat.h>

static mode_t mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(tmp_path(name), &st), 0);
	return st.st_mode & 07777;
}

/* A directory that an earlier version made, readable for all, is used as it is. */
static void test_an_earlier_one(void **state)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(mkdir(tmp_path("out"), 0755), 0);
	check_ok("before", put_file(tmp_path("out/fstab"), ri_str("old"), 0644, &e), &e);
	check_ok("open", ri_artifacts_open(tmp_path("out"), &o, &e), &e);
	check_ok("put", ri_dir_put(&o.making, "fstab", ri_str("new"), 0600, &e), &e);
	check_ok("keep", ri_artifacts_keep(&o, &e), &e);
	assert_int_equal(mode_of("out/fstab"), 0600);
	assert_int_equal(mode_of("out"), 0755);
}

static void test_all_or_nothing(void **state)
{
	struct ri_artifacts o = { 0 }, other = { 0 };
	struct ri_err e = { 0 };
	const char *dir = tmp_path("out/vm");

	(void)state;
	check_ok("open", ri_artifacts_open(dir, &o, &e), &e);
	assert_int_equal(ri_artifacts_open(dir, &other, &e), -1);
	assert_int_equal(e.code, RI_E_BUSY);
	e = (struct ri_err){ 0 };
	check_ok("put", ri_dir_put(&o.making, "manifest.json", ri_str("one"), 0644, &e), &e);
	ri_artifacts_close(&o); /* failed: nothing is kept */
	assert_int_equal(tmp_count(dir), 0);
	check_ok("open", ri_artifacts_open(dir, &o, &e), &e);
	check_ok("put", ri_dir_put(&o.making, "manifest.json", ri_str("two"), 0644, &e), &e);
	check_ok("keep", ri_artifacts_keep(&o, &e), &e);
	ri_artifacts_close(&o);
	assert_int_equal(tmp_count(dir), 1);
	assert_int_equal(mode_of("out/vm/manifest.json"), 0600); /* put with 0644 */
	assert_int_equal(mode_of("out/vm"), 0700);
}

/* Nothing is kept: what was made goes with the stage, whose other files stay. */
static void test_of_a_stage(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir stage = { 0 };
	struct ri_artifacts o = { 0 }, second = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(mkdir(tmp_path("stage"), 0700), 0);
	check_ok("stage", ri_dir_open(tmp_path("stage"), 0, &stage, &e), &e);
	check_ok("overlay", ri_dir_put(&stage, "overlay.qcow2", ri_str("o"), 0600, &e), &e);
	check_ok("open", ri_artifacts_open_stage(&stage, &o, &e), &e);
	check_ok("put", ri_dir_put(&o.making, "ram.tar.gz", ri_str("a"), 0600, &e), &e);
	assert_int_equal(mode_of("stage/artifacts/ram.tar.gz"), 0600);
	assert_int_equal(ri_artifacts_open_stage(&stage, &second, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_int_equal(tmp_count(tmp_path("stage/artifacts")), 1);
	e = (struct ri_err){ 0 };
	check_ok("keep", ri_artifacts_keep(&o, &e), &e);
	assert_int_equal(tmp_count(tmp_path("stage")), 2);
	ri_artifacts_close(&o);
	assert_int_equal(tmp_count(tmp_path("stage")), 1);
	assert_int_equal(mode_of("stage/overlay.qcow2"), 0600);
}

static void write_file(const char *name)
{
	struct ri_err e = { 0 };

	check_ok(name, put_file(tmp_path(name), ri_str("kept"), 0600, &e), &e);
}

/*
 * What once cost a directory of root's: another user made out/x and in it .new, as a link to it. Root's own
 * directory with such a link in it is none of theirs any more, and the link alone goes.
 */
static void test_a_link_in_place_of_new(void **state)
{
	RI_ON_EXIT(ri_artifacts_close) struct ri_artifacts o = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(tmp_path("precious"), 0700), 0);
	write_file("precious/file");
	assert_int_equal(mkdir(tmp_path("out"), 0755), 0);
	assert_int_equal(mkdir(tmp_path("out/x"), 0755), 0);
	assert_int_equal(symlink(tmp_path("precious"), tmp_path("out/x/.new")), 0);
	if (geteuid() == 0) {
		assert_int_equal(lchown(tmp_path("out/x"), 65534, 65534), 0);
		assert_int_equal(ri_artifacts_open(tmp_path("out/x"), &o, &e), -1);
		assert_non_null(strstr(e.msg, "belongs to another user (uid 65534)"));
		assert_int_equal(tmp_count(tmp_path("precious")), 1);
		assert_int_equal(lchown(tmp_path("out/x"), 0, 0), 0);
		e = (struct ri_err){ 0 };
	}
	check_ok("open", ri_artifacts_open(tmp_path("out/x"), &o, &e), &e);
	assert_int_equal(lstat(tmp_path("out/x/.new"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(tmp_count(tmp_path("precious")), 1);
}

static void test_writable_for_others(void **state)
{
	struct ri_artifacts o = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(mkdir(tmp_path("out"), 0700), 0);
	assert_int_equal(chmod(tmp_path("out"), 0777), 0);
	assert_int_equal(ri_artifacts_open(tmp_path("out/x"), &o, &e), -1);
	assert_non_null(strstr(e.msg, "other users can write to "));
	assert_int_equal(tmp_count(tmp_path("out")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_or_nothing, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_of_a_stage, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_an_earlier_one, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_link_in_place_of_new, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_writable_for_others, tmp_set_up,
		    tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
