// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What of an initramfs is removed, and when nothing is. */
#include "unit/check.h"
#include "loader/shed.h"

#include "unit/run.h"
#include "unit/tmpdir.h"

#include <errno.h>
#include <sys/stat.h>

static const char *const dirs[] = { "root", "root/bin", "root/usr", "root/usr/lib",
	"root/usr/lib/modules", "root/usr/lib/modules/6.1", "root/usr/lib/modules/6.1/empty",
	"root/usr/lib/firmware", "root/usr/lib/systemd" };
static const char *const stays[] = { "root/bin/sh", "root/usr/lib/systemd/systemd" };
static const char *const goes[] = { "root/usr/lib/modules/6.1/a.ko", "root/usr/lib/modules/top",
	"root/usr/lib/firmware/b.bin" };

static bool is(const char *name)
{
	struct stat st;

	return lstat(tmp_path(name), &st) == 0;
}

/* A tree like an initramfs, and a mountinfo that says what is mounted at its root. */
static void make(const char *fstype)
{
	RI_BUF text = { 0 };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
		assert_true(mkdir(tmp_path(dirs[i]), 0755) == 0 || errno == EEXIST);
	for (size_t i = 0; i < 2; i++)
		spit(tmp_path(stays[i]), ri_str("stays"));
	for (size_t i = 0; i < 3; i++)
		spit(tmp_path(goes[i]), ri_str("goes"));
	assert_true(symlink("usr/lib", tmp_path("root/lib")) == 0 || errno == EEXIST);
	assert_int_equal(symlink("../../../../bin", tmp_path("root/usr/lib/modules/6.1/up")), 0);
	ri_buf_addf(&text, "1 1 0:2 / %s rw - %s none rw\n", tmp_path("root"), fstype);
	spit(tmp_path("mountinfo"), ri_buf_span(&text));
}

static void test_only_an_initramfs(void **state)
{
	static const char *const others[] = { "tmpfs", "ext4", "ramfs" };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(others[i]);
		check_ok(others[i], ri_shed(tmp_path("root"), tmp_path("mountinfo"), &e), &e);
		for (size_t k = 0; k < 3; k++)
			assert_true(is(goes[k]));
		assert_int_equal(unlink(tmp_path("root/usr/lib/modules/6.1/up")), 0);
	}
	make("rootfs");
	spit(tmp_path("mountinfo"), ri_str("1 1 0:2 / /elsewhere rw - rootfs none rw\n"));
	check_ok("elsewhere", ri_shed(tmp_path("root"), tmp_path("mountinfo"), &e), &e);
	assert_true(is(goes[0]));
	spit(tmp_path("mountinfo"), ri_str("nonsense\n"));
	assert_int_equal(ri_shed(tmp_path("root"), tmp_path("mountinfo"), &e), -1);
	assert_int_equal(ri_shed(tmp_path("root"), tmp_path("absent"), &e), -1);
	assert_true(is(goes[0]));
	assert_int_equal(unlink(tmp_path("root/usr/lib/modules/6.1/up")), 0);
}

static void test_what_goes(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	make("rootfs");
	/* Twice: what is gone is no fault. */
	for (int i = 0; i < 2; i++) {
		check_ok("shed", ri_shed(tmp_path("root"), tmp_path("mountinfo"), &e), &e);
		for (size_t k = 0; k < 3; k++)
			assert_false(is(goes[k]));
		assert_false(is("root/usr/lib/modules/6.1"));
		/* Not what a link leads to. */
		for (size_t k = 0; k < 2; k++)
			assert_true(is(stays[k]));
		assert_true(is("root/usr/lib/modules") && is("root/lib"));
	}
	assert_int_equal(rename(tmp_path("root"), tmp_path("away")), 0);
	assert_int_equal(ri_shed(tmp_path("root"), tmp_path("mountinfo"), &e), -1);
	assert_int_equal(e.code, RI_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_an_initramfs),
		cmocka_unit_test(test_what_goes),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
