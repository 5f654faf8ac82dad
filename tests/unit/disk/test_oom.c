// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of reading a disk: it says so, and leaves neither a program nor a descriptor. */
#include "unit/oom.h"

#include "unit/disk/disks.h"
#include "unit/disk/export.h"

static int layout(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };

	(void)arg;
	return ri_disklayout_read(disk, scratch, &l, e);
}

static void test_layout(void **state)
{
	(void)state;
	put_group();
	assert_true(oom_each("layout", layout, NULL) > 30);
}

static int image(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;

	(void)arg;
	return ri_image_fd(disk_fd, 1, &i, e);
}

static void test_image(void **state)
{
	(void)state;
	assert_int_equal(oom_each("image", image, NULL), 1);
}

static void test_export(void **state)
{
	size_t open_before = open_descriptors();

	(void)state;
	make_export();
	assert_true(oom_each("export", export_and_read, NULL) > 5);
	assert_int_equal(open_descriptors(), open_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_layout, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_image, disk_set_up, disk_tear_down),
		cmocka_unit_test_setup_teardown(test_export, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
