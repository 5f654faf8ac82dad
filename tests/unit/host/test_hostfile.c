// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host files: all or nothing. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static void test_a_dropped_file_vanishes(void **state)
{
	struct ri_pending p = RI_PENDING_INIT;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_pending_open(tmp_path("x"), 0600, &p, &e), &e);
	check_ok("write", ri_file_write(p.fd, ri_str("half"), "x", &e), &e);
	assert_int_equal(tmp_count(tmpdir), 1);
	ri_pending_drop(&p);
	assert_int_equal(tmp_count(tmpdir), 0);
}

static void test_a_kept_file(void **state)
{
	RI_BUF back = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	check_ok("put", ri_file_put(tmp_path("x"), ri_str("old"), 0644, &e), &e);
	check_ok("put", ri_file_put(tmp_path("x"), ri_str("new"), 0600, &e), &e);
	check_ok("read", ri_file_read(tmp_path("x"), 3, &back, &e), &e);
	check_span("x", ri_buf_span(&back), ri_str("new"));
	assert_int_equal(stat(tmp_path("x"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(tmp_count(tmpdir), 1);
	assert_int_equal(ri_file_read(tmp_path("x"), 2, &back, &e), -1);
	assert_int_equal(e.sys, EFBIG);
}

static struct stat node(mode_t mode, dev_t dev, ino_t ino, dev_t rdev)
{
	return (struct stat){ .st_mode = mode, .st_dev = dev, .st_ino = ino, .st_rdev = rdev };
}

static void test_one_file(void **state)
{
	const struct stat file = node(S_IFREG, 1, 7, 0), disk = node(S_IFBLK, 1, 8, 0x800);
	const struct stat other_name = node(S_IFBLK, 2, 9, 0x800);
	const struct stat other_disk = node(S_IFBLK, 1, 10, 0x810);
	const struct stat elsewhere = node(S_IFREG, 2, 7, 0), number = node(S_IFREG, 1, 8, 0x800);

	(void)state;
	assert_true(ri_stat_same(&file, &file));
	assert_false(ri_stat_same(&file, &elsewhere)); /* another file system's inode 7 */
	assert_true(ri_stat_same(&disk, &other_name));
	assert_false(ri_stat_same(&disk, &other_disk));
	assert_false(ri_stat_same(&disk, &number));
	assert_false(ri_stat_same(&number, &disk));
}

static void test_one_path(void **state)
{
	RI_FREE char *there = strdup(tmp_path("x")), *link = strdup(tmp_path("link"));
	RI_FREE char *name = strdup(tmp_path("name")), *copy = strdup(tmp_path("copy"));
	struct ri_err e = { 0 };

	(void)state;
	check_ok("x", ri_file_put(there, ri_str("same"), 0600, &e), &e);
	check_ok("copy", ri_file_put(copy, ri_str("same"), 0600, &e), &e);
	assert_int_equal(symlink("x", link), 0);
	assert_int_equal(linkat(AT_FDCWD, there, AT_FDCWD, name, 0), 0);
	assert_true(ri_file_same(there, link));
	assert_true(ri_file_same(name, link));
	assert_false(ri_file_same(there, copy));
	assert_true(ri_file_same("/nowhere", "/nowhere"));
	assert_false(ri_file_same("/nowhere", there));
	assert_false(ri_file_same(there, "/nowhere"));
}

static void test_directories(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_ok("mkdirs", ri_file_mkdirs(tmp_path("a/b/c"), 0755, &e), &e);
	check_ok("again", ri_file_mkdirs(tmp_path("a/b/c"), 0755, &e), &e);
	check_ok("put", ri_file_put(tmp_path("a/b/c/x"), ri_str(""), 0600, &e), &e);
	assert_int_equal(ri_file_mkdirs(tmp_path("a/b/c/x"), 0755, &e), -1);
	assert_int_equal(e.sys, ENOTDIR);
	e = (struct ri_err){ 0 };
	check_ok("flat", ri_file_rmdir_flat(tmp_path("a/b/c"), &e), &e);
	check_ok("absent", ri_file_rmdir_flat(tmp_path("a/b/c"), &e), &e);
	assert_int_equal(tmp_count(tmp_path("a/b")), 0);
	check_ok("put", ri_file_put(tmp_path("a/b/file"), ri_str(""), 0600, &e), &e);
	assert_int_equal(ri_file_rmdir_flat(tmp_path("a"), &e), -1); /* deeper than it may go */
	assert_int_equal(tmp_count(tmp_path("a/b")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_dropped_file_vanishes, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_kept_file, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_one_file),
		cmocka_unit_test_setup_teardown(test_one_path, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_directories, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
