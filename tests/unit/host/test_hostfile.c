// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host files: reading them, and which are one. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static void test_reading(void **state)
{
	RI_BUF back = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("put", put_file(tmp_path("x"), ri_str("new"), 0600, &e), &e);
	check_ok("read", ri_file_read(tmp_path("x"), 3, &back, &e), &e);
	check_span("x", ri_buf_span(&back), ri_str("new"));
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

/* All of it, however the kernel cuts it up, and no more than is there. */
static void test_at_an_offset(void **state)
{
	int fd = open(tmp_path("x"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char back[8] = "";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ri_file_write_at(fd, "abcdef", 6, 4), 0);
	assert_int_equal(ri_file_read_at(fd, back, 3, 5), 3);
	assert_memory_equal(back, "bcd", 3);
	assert_int_equal(ri_file_read_at(fd, back, 8, 7), 3); /* up to the end */
	assert_memory_equal(back, "def", 3);
	assert_int_equal(ri_file_read_at(fd, back, 8, 10), 0);
	close(fd);
	assert_int_equal(ri_file_read_at(fd, back, 1, 0), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(ri_file_write_at(fd, back, 1, 0), -1);
	assert_int_equal(errno, EBADF);
}

static void test_one_path(void **state)
{
	RI_FREE char *there = strdup(tmp_path("x")), *link = strdup(tmp_path("link"));
	RI_FREE char *name = strdup(tmp_path("name")), *copy = strdup(tmp_path("copy"));
	struct ri_err e = { 0 };

	(void)state;
	check_ok("x", put_file(there, ri_str("same"), 0600, &e), &e);
	check_ok("copy", put_file(copy, ri_str("same"), 0600, &e), &e);
	assert_int_equal(symlink("x", link), 0);
	assert_int_equal(linkat(AT_FDCWD, there, AT_FDCWD, name, 0), 0);
	assert_true(ri_file_same(there, link));
	assert_true(ri_file_same(name, link));
	assert_false(ri_file_same(there, copy));
	assert_true(ri_file_same("/nowhere", "/nowhere"));
	assert_false(ri_file_same("/nowhere", there));
	assert_false(ri_file_same(there, "/nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reading, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_one_file),
		cmocka_unit_test_setup_teardown(test_at_an_offset, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_one_path, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
