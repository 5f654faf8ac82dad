// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The tree disk's file: how large it is, where the stream stands, and what the host gets back. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "appliance/tree_disk.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MIB RI_TREE_MARGIN

static struct ri_dir dir;

static int set_up(void **state)
{
	struct ri_err e = { 0 };

	return tmp_set_up(state) < 0 || ri_dir_open(tmpdir, 0, &dir, &e) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	ri_dir_close(&dir);
	return tmp_tear_down(state);
}

static void make(uint64_t volume, struct ri_tree_disk *t)
{
	struct ri_err e = { 0 };

	unlink(tmp_path("tree"));
	check_ok("make", ri_tree_disk_make(&dir, "tree", volume, t, &e), &e);
}

static uint64_t room(void)
{
	struct statvfs st;

	assert_int_equal(statvfs(tmpdir, &st), 0);
	return (uint64_t)st.f_bavail * st.f_frsize;
}

/* Never more than half of the room, which others take from and give back to meanwhile, nor than is of use. */
static void test_size(void **state)
{
	const uint64_t useful = 4 * 3 * MIB + 1024 * MIB, most = room();
	RI_ON_EXIT(ri_tree_disk_close) struct ri_tree_disk t = RI_TREE_DISK_INIT;
	struct stat st;

	(void)state;
	make(3 * MIB, &t);
	assert_int_equal(fstat(t.fd, &st), 0);
	assert_int_equal(st.st_size, t.bytes);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_blocks, 0);
	if (most > 4 * useful)
		assert_int_equal(t.bytes, useful);
	ri_tree_disk_close(&t);
	assert_int_equal(t.fd, -1);
	for (uint64_t volume = UINT64_MAX; volume > UINT64_MAX / 16; volume /= 3) {
		make(volume, &t);
		assert_in_range(t.bytes, 1, most);
		assert_int_equal(t.bytes % MIB, 0);
		ri_tree_disk_close(&t);
	}
}

static void test_stream(void **state)
{
	RI_ON_EXIT(ri_tree_disk_close) struct ri_tree_disk t = RI_TREE_DISK_INIT;
	struct ri_err e = { 0 };
	struct stat st;
	char c = 0;

	(void)state;
	make(MIB, &t);
	assert_int_equal(pwrite(t.fd, "x", 1, MIB), 1);
	assert_int_equal(pwrite(t.fd, "z", 1, 3 * MIB), 1);
	check_ok("cut", ri_tree_disk_cut(&t, 1, &e), &e);
	assert_int_equal(read(t.fd, &c, 1), 1);
	assert_int_equal(c, 'x');
	assert_int_equal(read(t.fd, &c, 1), 0);
	/* The next one finds it as it was at first. */
	check_ok("clear", ri_tree_disk_clear(&t, &e), &e);
	assert_int_equal(fstat(t.fd, &st), 0);
	assert_int_equal(st.st_size, t.bytes);
	assert_int_equal(st.st_blocks, 0);
	/* The end has a margin, too. */
	assert_true(ri_tree_disk_fits(&t, t.bytes - 2 * MIB));
	assert_false(ri_tree_disk_fits(&t, t.bytes - 2 * MIB + 1));
	check_err("too long", ri_tree_disk_cut(&t, UINT64_MAX, &e), &e, RI_E_IO,
	    "the tree disk: File too large");
}

static void test_errors(void **state)
{
	RI_ON_EXIT(ri_tree_disk_close) struct ri_tree_disk t = RI_TREE_DISK_INIT;
	struct ri_err e = { 0 };

	(void)state;
	make(MIB, &t);
	ri_tree_disk_close(&t);
	assert_int_equal(ri_tree_disk_make(&dir, "tree", MIB, &t, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_int_equal(e.sys, EEXIST);
	assert_int_equal(t.fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
