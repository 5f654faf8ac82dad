// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What stays a block device's name, from a /sys and a /dev/zvol in a folder. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/hostfile.h"
#include "volume/device_id.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

static void put(const char *name, const char *text)
{
	RI_FREE char *dir = strdup(tmp_path(name));
	struct ri_err e = { 0 };

	*strrchr(dir, '/') = '\0';
	check_ok(name, make_dirs(dir, &e), &e);
	check_ok(name, put_file(tmp_path(name), ri_str(text), 0644, &e), &e);
}

static void check_id(unsigned major, unsigned minor, const char *want)
{
	RI_BUF id = { 0 };
	struct ri_err e = { 0 };

	check_ok(want, ri_device_id(tmpdir, makedev(major, minor), &id, &e), &e);
	check_span(want, ri_buf_span(&id), ri_str(want));
}

static void test_kinds(void **state)
{
	(void)state;
	put("sys/dev/block/253:3/dm/uuid", "LVM-abcdef\n");
	put("sys/dev/block/253:4/dm/uuid", "\n"); /* a mapping made by hand has none */
	put("sys/dev/block/252:0/device/cluster_fsid", "11111111-2222-3333-4444-555555555555\n");
	put("sys/dev/block/252:0/device/pool", "vms\n");
	put("sys/dev/block/252:0/device/pool_ns", "\n");
	put("sys/dev/block/252:0/device/name", "vm-105-disk-1\n");
	put("sys/dev/block/259:0/wwid", "nvme.1234\n");
	put("sys/dev/block/8:0/device/wwid", "naa.5000c500\n");
	put("sys/dev/block/7:1/loop/backing_file", "/srv/a\tb.raw\n");
	put("sys/dev/block/7:1/loop/offset", "1048576\n");
	check_id(253, 3, "dm:LVM-abcdef");
	check_id(253, 4, "dev:253:4");
	check_id(252, 0, "rbd:11111111-2222-3333-4444-555555555555/vms//vm-105-disk-1");
	check_id(259, 0, "wwid:nvme.1234");
	check_id(8, 0, "wwid:naa.5000c500");
	check_id(7, 1, "loop:/srv/a?b.raw@1048576");
	check_id(1, 2, "dev:1:2");
}

/* As in the real /sys: the entry by number is a link into the disk's directory. */
static void test_a_partition(void **state)
{
	(void)state;
	put("sys/devices/sda/device/wwid", "naa.5000c500\n");
	put("sys/devices/sda/sda2/partition", "2\n");
	put("sys/dev/block/x", "");
	assert_int_equal(symlink("../../devices/sda/sda2", tmp_path("sys/dev/block/8:2")), 0);
	check_id(8, 2, "wwid:naa.5000c500-part2");
}

/* A node of its own takes root; without it there is no device that a link could lead to. */
static void test_a_zvol(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	put("sys/dev/block/230:16/dev", "230:16\n");
	check_ok("dir", make_dirs(tmp_path("dev/zvol/tank/vms"), &e), &e);
	if (mknod(tmp_path("dev/zd16"), S_IFBLK | 0600, makedev(230, 16)) < 0) {
		check_id(230, 16, "dev:230:16");
		return;
	}
	assert_int_equal(symlink("../../../zd16", tmp_path("dev/zvol/tank/vms/vm-105-disk-1")), 0);
	assert_int_equal(symlink("nowhere", tmp_path("dev/zvol/tank/dangling")), 0);
	assert_int_equal(symlink(".", tmp_path("dev/zvol/tank/circle")), 0);
	check_id(230, 16, "zvol:tank/vms/vm-105-disk-1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_kinds, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_partition, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_a_zvol, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
