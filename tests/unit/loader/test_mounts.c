// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/mounts.h"

static const char text[] =
    "22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "24 22 8:2 /sub /mnt/with\\040blank\\011tab\\134 rw master:3 propagate_from:2 - xfs /dev/sd\\040b rw\n"
    "25 22 0:30 / /root rw - ext4 /dev/sda1 rw\n"
    "26 25 0:31 / /root rw - tmpfs none rw\n";

static void lines_are_split(void **state)
{
	static const struct {
		const char *dev, *point, *fstype, *source;
	} want[] = {
		{ "0:20", "/", "ext4", "/dev/sda1" },
		{ "0:21", "/proc", "proc", "proc" },
		{ "8:2", "/mnt/with blank\ttab\\", "xfs", "/dev/sd b" },
		{ "0:30", "/root", "ext4", "/dev/sda1" },
		{ "0:31", "/root", "tmpfs", "none" },
	};
	struct ri_span rest = ri_str(text);
	struct ri_err e = { 0 };
	struct ri_mount m;
	size_t n = 0;
	int rc;

	(void)state;
	while ((rc = ri_mountinfo_next(&rest, &m, &e)) > 0) {
		assert_true(n < sizeof want / sizeof *want);
		assert_string_equal(m.dev, want[n].dev);
		assert_string_equal(m.point, want[n].point);
		assert_string_equal(m.fstype, want[n].fstype);
		assert_string_equal(m.source, want[n++].source);
		ri_mount_free(&m);
	}
	check_ok("end", rc, &e);
	assert_int_equal(n, sizeof want / sizeof *want);
}

static void malformed_lines(void **state)
{
	static const char *const bad[] = {
		"\n",
		"22 1 0:20 / / rw\n",
		"x",
		"22 1 0:20 / / rw -",
		"22 1 1111111111111111111111111111:2 / / rw - ext4 /dev/sda1 rw\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_span rest = ri_str(bad[i]);
		struct ri_err e = { 0 };
		struct ri_mount m;

		check_err(bad[i], ri_mountinfo_next(&rest, &m, &e), &e, RI_E_IO,
		    "mountinfo has a malformed line");
	}
}

static void the_top_mount_counts(void **state)
{
	static const struct {
		const char *point, *type;
	} rows[] = {
		{ "/", "ext4" },
		{ "/root", "tmpfs" },
		{ "/mnt/with blank\ttab\\", "xfs" },
		{ "/mnt", NULL },
		{ "/roo", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_FREE char *type = NULL;
		struct ri_err e = { 0 };

		check_ok(rows[i].point, ri_mounted_type(ri_str(text), rows[i].point, &type, &e),
		    &e);
		if (rows[i].type)
			assert_string_equal(type, rows[i].type);
		else
			assert_null(type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split),
		cmocka_unit_test(malformed_lines),
		cmocka_unit_test(the_top_mount_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
