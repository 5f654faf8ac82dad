// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each call of the kernel that reading a disk makes fails in turn. */
#include "unit/calls.h"

#include "unit/disk/disks.h"
#include "unit/disk/export.h"

static size_t open_before;

/* Whatever failed: nothing is left of it. */
static void after(const void *arg, int now, const struct ri_err *e)
{
	(void)arg, (void)now, (void)e;
	assert_int_equal(open_descriptors(), open_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* All of the devices, or an error. */
static int layout(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	RI_BUF got = { 0 };

	(void)arg;
	if (ri_disklayout_read(disk, scratch, &l, e) < 0)
		return -1;
	add_names(&got, &l);
	check_span("names", ri_buf_span(&got), ri_str(GROUP_NAMES));
	return 0;
}

static void test_layout(void **state)
{
	(void)state;
	put_group();
	open_before = open_descriptors();
	assert_true(calls_each("layout", NULL, EIO, layout, after, NULL) > 30);
	/* A read that a signal interrupts is none that failed. */
	assert_true(calls_each("layout", "pread64", EINTR, layout, after, NULL) > 10);
}

static int create(const void *arg, struct ri_err *e)
{
	RI_FD int fd = ri_scratch_create(e);

	(void)arg;
	return fd < 0 ? -1 : 0;
}

static void test_scratch(void **state)
{
	(void)state;
	open_before = open_descriptors();
	assert_int_equal(calls_each("scratch", NULL, ENOMEM, create, after, NULL), 2);
}

/* Nor is a socket, unless it is its removal that fails: the next one begins with that. */
static void after_export(const void *arg, int now, const struct ri_err *e)
{
	bool kept = calls_failed && strcmp(calls_failed, "unlinkat") == 0;

	after(arg, now, e);
	if (!kept)
		assert_int_equal(tmp_count(tmpdir), 1);
}

static void test_export(void **state)
{
	(void)state;
	make_export();
	open_before = open_descriptors();
	assert_true(
	    calls_each_of_all("export", NULL, EIO, export_and_read, after_export, NULL) > 10);
	/* A signal that does not end the run, while the program is awaited. */
	assert_true(
	    calls_each_of_all("export", "poll", EINTR, export_and_read, after_export, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layout, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_scratch, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_export, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
