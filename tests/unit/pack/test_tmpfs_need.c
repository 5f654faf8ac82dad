// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a tree needs in a tmpfs. */
#include "unit/check.h"

#include "pack/tmpfs_need.h"

/* The figures of pack/tmpfs_need.h by hand; what a tmpfs counts is compared in test_pack. */
static void test_need(void **state)
{
	static const struct {
		const char *name;
		uint64_t bytes, size, data, kernel;
	} files[] = {
		{ "nothing", 0, 0, 0, 0 },
		{ "a byte", 1, 1, 4096, 0 },
		{ "a page", 4096, 4096, 4096, 0 },
		{ "two pages", 4097, 4097, 8192, 576 },
		{ "64 pages", 262144, 262144, 262144, 576 },
		{ "65 pages: three nodes", 266240, 266240, 266240, 3 * 576 },
		{ "a page far behind: a node for each level", 4096, 1 << 30, 4096, 3 * 576 },
		{ "a hole", 0, 1 << 30, 0, 0 },
	};
	static const struct {
		size_t len;
		uint64_t data, kernel;
	} links[] = { { 1, 0, 8 }, { 7, 0, 8 }, { 8, 0, 16 }, { 127, 0, 128 }, { 128, 4096, 0 },
		{ 4095, 4096, 0 } };
	struct ri_tmpfs_need t = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct ri_tmpfs_need f = { 0 };

		ri_tmpfs_need_data(&f, files[i].bytes, files[i].size);
		assert_int_equal(f.data_bytes, files[i].data);
		assert_int_equal(f.kernel_bytes, files[i].kernel);
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		struct ri_tmpfs_need l = { 0 };

		ri_tmpfs_need_symlink(&l, links[i].len);
		assert_int_equal(l.data_bytes, links[i].data);
		assert_int_equal(l.kernel_bytes, links[i].kernel);
	}
	ri_tmpfs_need_inode(&t, "short");
	assert_int_equal(t.kernel_bytes, 1024);
	ri_tmpfs_need_inode(&t, "a-name-of-thirty-two-characters!");
	assert_int_equal(t.kernel_bytes, 2048 + 64);
	assert_int_equal(t.inodes, 2);
	ri_tmpfs_need_link(&t, "short");
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192);
	ri_tmpfs_need_xattr(&t, 19, 20); /* 32 + 20 -> 64, 20 -> 32 */
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192 + 96);
	ri_tmpfs_need_xattr(&t, 7, 20000); /* five pages */
	assert_int_equal(t.kernel_bytes, 2048 + 64 + 192 + 96 + 20480 + 8);
	assert_int_equal(t.inodes, 2);
	assert_int_equal(t.data_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
