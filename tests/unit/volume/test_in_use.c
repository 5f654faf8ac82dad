// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the kernel has built on a file or device, from a /sys in a folder; a loop device for real is
 * tests/host's. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/hostfile.h"
#include "volume/in_use.h"

#include <fcntl.h>
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

static void check_who(const char *file, bool readers, const char *want)
{
	RI_FD int fd = open(file, O_RDONLY | O_CLOEXEC);
	RI_BUF who = { 0 };
	struct ri_err e = { 0 };

	assert_true(fd >= 0);
	check_ok(want, ri_in_use_by_kernel(tmpdir, fd, readers, &who, &e), &e);
	check_span(file, ri_buf_span(&who), ri_str(want));
}

static void test_loop_devices(void **state)
{
	RI_BUF here = { 0 };

	(void)state;
	put("d.raw", "x");
	put("e.raw", "x");
	ri_buf_addf(&here, "%s\n", tmp_path("d.raw"));
	put("sys/block/sda/size", "1\n");
	put("sys/block/loop1/loop/backing_file", "/nowhere/d.raw\n");
	put("sys/block/loop2/loop/backing_file", here.p);
	put("sys/block/loop2/ro", "1\n");
	check_who(tmp_path("d.raw"), true,
	    "the loop device /dev/loop2 uses it; detach it: losetup -d /dev/loop2");
	check_who(tmp_path("d.raw"), false, "");
	check_who(tmp_path("e.raw"), true, "");
	put("sys/block/loop2/ro", "0\n");
	check_who(tmp_path("d.raw"), false,
	    "the loop device /dev/loop2 uses it; detach it: losetup -d /dev/loop2");
}

static void test_mappings(void **state)
{
	static const struct {
		const char *file, *text, *want;
	} cases[] = {
		{ "holders/dm-3/dm/name", "pve-root\n",
		    "the mapping pve-root uses it; deactivate its volume group (vgchange -an), or: "
		    "dmsetup remove pve-root" },
		{ "holders/md0/md/level", "raid1\n",
		    "the array md0 uses it; stop it: mdadm --stop /dev/md0" },
		{ "holders/bcache0/uevent", "\n",
		    "the device /dev/bcache0 uses it; remove that device" },
		{ "x2/holders/dm-3/dm/name", "guest-root\n",
		    "the mapping guest-root uses it; deactivate its volume group (vgchange -an), "
		    "or: dmsetup remove guest-root" },
		{ "size", "1\n", "" },
	};

	(void)state;
	/* A node that leads nowhere: only its number matters. It takes root. */
	if (mknod(tmp_path("device"), S_IFBLK | 0600, makedev(7, 0)) < 0)
		return;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF name = { 0 };

		put("sys/dev/block/7:0/x2/partition", "2\n");
		ri_buf_addf(&name, "sys/dev/block/7:0/%s", cases[i].file);
		put(name.p, cases[i].text);
		check_who(tmp_path("device"), false, cases[i].want);
		assert_int_equal(nftw(tmp_path("sys"), tmp_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_loop_devices, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_mappings, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
