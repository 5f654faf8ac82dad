// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of reading a disk's file systems: it says so, and leaks nothing. */
#include "unit/oom.h"
#include "unit/vfs_fixture.h"

#include "fs/path.h"

/* Once they are known, the disk's partitions are not read again. */
static struct ri_vfs vfs;

static int all(const void *arg, struct ri_err *e)
{
	struct vfs_seen seen;
	int rc;

	(void)arg;
	rc = vfs_all(&vfs, &seen, e);
	vfs_again(&vfs);
	return rc;
}

static int opening(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_vfs_close) struct ri_vfs v = { 0 };

	return vfs_open(&v, *(const int *)arg, e);
}

static void test_all(void **state)
{
	struct ri_err e = { 0 };
	int fd = open(tmp_path("fat"), O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(oom_each("opening", opening, &fd) > 5);
	close(fd);
	fd = open(tmp_path(VFS_DISK), O_RDONLY | O_CLOEXEC);
	check_ok("opening", vfs_open(&vfs, fd, &e), &e);
	assert_true(oom_each("all", all, NULL) > 100);
	ri_vfs_close(&vfs);
	close(fd);
}

/* More than a list and a map begin with. */
static int names(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names l = { 0 };

	for (uint32_t i = 0; i < *(const uint32_t *)arg; i++)
		if (ri_fs_names_add(&l, ri_str("n"), i, e) < 0)
			return -1;
	return 0;
}

static int seen(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_seen_free) struct ri_seen s = { 0 };

	for (uint32_t i = 1; i <= *(const uint32_t *)arg; i++) {
		bool is_new = false;
		struct ri_seen_slot *slot = ri_seen_at(&s, 1, i, &is_new);

		if (!slot)
			return ri_nomem(e);
		assert_true(is_new);
		slot = ri_seen_at(&s, 1, i, &is_new);
		if (!slot)
			return ri_nomem(e);
		assert_false(is_new);
	}
	return 0;
}

static void test_growing(void **state)
{
	const uint32_t few = 33, many = 1025;

	(void)state;
	assert_int_equal(oom_each("names", names, &few), few + 3); /* 16, 32 and 64 of them */
	assert_int_equal(oom_each("seen", seen, &many), 3);        /* 1024, 2048 and 4096 slots */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_growing),
	};

	return cmocka_run_group_tests(tests, vfs_set_up, tmp_tear_down);
}
