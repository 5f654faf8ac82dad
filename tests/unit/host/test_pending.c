// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A file that is being written: all or nothing, and nowhere else. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/pending.h"

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

static void keep(const char *text)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;
	struct ri_err e = { 0 };

	check_ok("open", ri_pending_open(tmp_path("x"), 0600, &p, &e), &e);
	/* Another program writes by this path. */
	check_ok("write", put_file(p.self, ri_str(text), 0600, &e), &e);
	check_ok("keep", ri_pending_keep(&p, &e), &e);
}

static void test_a_kept_file(void **state)
{
	RI_BUF back = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	keep("older");
	keep("new");
	check_ok("read", ri_file_read(tmp_path("x"), 3, &back, &e), &e);
	check_span("x", ri_buf_span(&back), ri_str("new"));
	assert_int_equal(stat(tmp_path("x"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(tmp_count(tmpdir), 1);
}

/* Whoever can write to the directory puts a link in place of the temporary file: it is not written through. */
static void test_a_link_in_its_place(void **state)
{
	struct ri_pending p = RI_PENDING_INIT;
	RI_BUF back = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("precious", put_file(tmp_path("precious"), ri_str("kept"), 0600, &e), &e);
	check_ok("open", ri_pending_open(tmp_path("x"), 0600, &p, &e), &e);
	assert_int_equal(unlink(tmp_path(p.tmp)), 0);
	assert_int_equal(symlink("precious", tmp_path(p.tmp)), 0);
	check_ok("write", put_file(p.self, ri_str("new"), 0600, &e), &e);
	ri_pending_drop(&p);
	check_ok("read", ri_file_read(tmp_path("precious"), 9, &back, &e), &e);
	check_span("precious", ri_buf_span(&back), ri_str("kept"));
	assert_int_equal(tmp_count(tmpdir), 1);
}

static void test_nowhere(void **state)
{
	struct ri_pending p = RI_PENDING_INIT;
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_pending_open("/proc/none/x", 0600, &p, &e), -1);
	assert_non_null(strstr(e.msg, "cannot create a file beside /proc/none/x"));
}

/* Beside nothing but its own name. */
static void test_relative(void **state)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;
	RI_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(chdir(tmpdir), 0);
	check_ok("open", ri_pending_open("x", 0600, &p, &e), &e);
	assert_int_equal(fchdir(here), 0);
	check_ok("keep", ri_pending_keep(&p, &e), &e);
	assert_int_equal(access(tmp_path("x"), F_OK), 0);
	assert_int_equal(tmp_count(tmpdir), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_dropped_file_vanishes, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_kept_file, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_link_in_its_place, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_relative, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
