// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host files: all or nothing. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "host/hostfile.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static size_t count(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	for (struct dirent *en = readdir(d); en; en = readdir(d))
		n += strcmp(en->d_name, ".") != 0 && strcmp(en->d_name, "..") != 0;
	closedir(d);
	return n;
}

static void test_a_dropped_file_vanishes(void **state)
{
	struct ri_pending p = RI_PENDING_INIT;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_pending_open(tmp_path("x"), 0600, &p, &e), &e);
	check_ok("write", ri_file_write(p.fd, ri_str("half"), "x", &e), &e);
	assert_int_equal(count(tmpdir), 1);
	ri_pending_drop(&p);
	assert_int_equal(count(tmpdir), 0);
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
	assert_int_equal(count(tmpdir), 1);
	assert_int_equal(ri_file_read(tmp_path("x"), 2, &back, &e), -1);
	assert_int_equal(e.sys, EFBIG);
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
	assert_int_equal(count(tmp_path("a/b")), 0);
	check_ok("put", ri_file_put(tmp_path("a/b/file"), ri_str(""), 0600, &e), &e);
	assert_int_equal(ri_file_rmdir_flat(tmp_path("a"), &e), -1); /* deeper than it may go */
	assert_int_equal(count(tmp_path("a/b")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_dropped_file_vanishes, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_kept_file, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_directories, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
