// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/release_fixture.h"
#include "loader/blockdev.h"

#include <pthread.h>

/** The kernel's part: the disk @name goes once something is written to the attribute. */
struct kernel {
	const struct disks *f;
	const char *attribute, *disk;
};

static void *be_the_kernel(void *arg)
{
	const struct kernel *k = arg;
	char path[300];

	/* The write ends this wait: the attribute is a fifo. */
	disks_path(k->f, path, k->attribute);
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char got[8] = "";
	intptr_t n = read(fd, got, sizeof got);

	disks_path(k->f, path, k->disk);
	unlink(path);
	return (void *)(n == 1 && got[0] == '1' ? (intptr_t)1 : (intptr_t)0);
}

/** Release @uuid while a kernel answers to @attribute of @class_name. */
static void release_with_kernel(struct disks *f, const char *uuid, const char *attribute,
    const char *class_name, struct ri_strv *released, struct ri_strv *kept)
{
	struct kernel k = { f, attribute, class_name };
	struct ri_err e = { 0 };
	RI_STRV uuids = { 0 };
	pthread_t thread;
	char path[300];
	void *told;

	disks_path(f, path, attribute);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ri_strv_add(&uuids, uuid, &e), 0);
	assert_int_equal(pthread_create(&thread, NULL, be_the_kernel, &k), 0);
	check_ok(uuid, ri_release(&f->p, &uuids, released, kept, &e), &e);
	pthread_join(thread, &told);
	assert_non_null(told);
}

static const struct {
	const char *uuid, *attribute, *class_name, *disk;
} goes[] = {
	{ "U-1", "sys/devices/host0/0:0:0:0/delete", "sys/class/block/sda", "sda" },
	{ "U-2", "sys/devices/pci/0000:00:05.0/remove", "sys/class/block/vda", "vda" },
	{ "U-3", "sys/devices/pci/0000:00:06.0/remove", "sys/class/block/nvme0n1", "nvme0n1" },
};

static void each_bus_has_its_way(void **state)
{
	for (size_t i = 0; i < sizeof goes / sizeof *goes; i++) {
		RI_STRV released = { 0 }, kept = { 0 };

		release_with_kernel(*state, goes[i].uuid, goes[i].attribute, goes[i].class_name,
		    &released, &kept);
		assert_int_equal(kept.n, 0);
		assert_int_equal(released.n, 1);
		assert_string_equal(released.v[0], goes[i].disk);
	}
}

static void volume_groups_are_deactivated(void **state)
{
	struct disks *f = *state;
	RI_STRV released = { 0 }, kept = { 0 };
	char lvm[300], script[400], want[400];

	disks_path(f, lvm, "lvm");
	snprintf(script, sizeof script, "#!/bin/sh\necho \"$@\" >%s.called\n", lvm);
	disks_put(f, "lvm", script);
	assert_int_equal(chmod(lvm, 0700), 0);
	f->p.lvm = lvm;
	release_with_kernel(f, "U-4", goes[0].attribute, goes[0].class_name, &released, &kept);
	snprintf(want, sizeof want, "vgchange -an --ignorelockingfailure -- my-vg\n");
	assert_string_equal(disks_text(f, "lvm.called"), want);
	assert_int_equal(kept.n, 0);
	assert_string_equal(released.v[0], "sda");
}

/** Release @uuid, which must stay: one line, @why; nothing was written to any attribute. */
static void stays(struct disks *f, const char *uuid, const char *why)
{
	RI_STRV uuids = { 0 }, released = { 0 }, kept = { 0 };
	struct ri_err e = { 0 };

	assert_int_equal(ri_strv_add(&uuids, uuid, &e), 0);
	check_ok(why, ri_release(&f->p, &uuids, &released, &kept, &e), &e);
	assert_int_equal(released.n, 0);
	assert_true(kept.n >= 1);
	assert_string_equal(kept.v[kept.n - 1], why);
	for (size_t i = 0; i < sizeof goes / sizeof *goes; i++)
		assert_string_equal(disks_text(f, goes[i].attribute), "");
}

static void a_disk_in_use_stays(void **state)
{
	struct disks *f = *state;

	disks_put(f, "mountinfo", "1 0 8:1 / /home\\040dir rw - ext4 /dev/root rw\n");
	stays(f, "U-1", "sda: is mounted on /home dir");
	disks_put(f, "mountinfo", "1 0 8:0 / /x rw - ext4 /dev/root rw\n");
	stays(f, "U-1", "sda: is mounted on /x");
}

static void a_mount_by_name_counts(void **state)
{
	struct disks *f = *state;
	char line[300];

	/* btrfs: the device number is the file system's own. */
	snprintf(line, sizeof line, "1 0 0:44 / /b rw - btrfs %s/dev/sda1 rw\n", f->dir);
	disks_put(f, "mountinfo", line);
	stays(f, "U-1", "sda: is mounted on /b");
}

static void a_held_disk_stays(void **state)
{
	struct disks *f = *state;

	disks_link(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/holders/dm-0",
	    "/sys/devices/virtual/block/dm-0");
	stays(f, "U-1", "sda: is used by dm-0");
	/* The same from above, where no lvm program is there to deactivate the group. */
	stays(f, "U-4", "sda: is used by dm-0");
}

static void a_group_without_lvm_is_said(void **state)
{
	RI_STRV uuids = { 0 }, released = { 0 }, kept = { 0 };
	struct disks *f = *state;
	struct ri_err e = { 0 };

	disks_link(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/holders/dm-0",
	    "/sys/devices/virtual/block/dm-0");
	assert_int_equal(ri_strv_add(&uuids, "U-4", &e), 0);
	check_ok("lvm", ri_release(&f->p, &uuids, &released, &kept, &e), &e);
	assert_int_equal(kept.n, 2);
	assert_string_equal(kept.v[0],
	    "my-vg: volume group stays active, /nonexistent/lvm: No such file or directory");
}

static void an_unknown_bus_stays(void **state)
{
	struct disks *f = *state;
	char path[300];

	disks_path(f, path, "sys/devices/host0/0:0:0:0/subsystem");
	unlink(path);
	disks_link(f, "sys/devices/host0/0:0:0:0/subsystem", "/sys/bus/strange");
	stays(f, "U-1", "sda: is of a kind that cannot be let go of");
	disks_path(f, path, "sys/devices/host0/0:0:0:0/block/sda/device");
	unlink(path);
	stays(f, "U-1", "sda: has no device that could be removed");
}

static void virtio_without_pci_stays(void **state)
{
	struct disks *f = *state;
	char path[300];

	disks_path(f, path, "sys/devices/pci/0000:00:05.0/subsystem");
	unlink(path);
	disks_link(f, "sys/devices/pci/0000:00:05.0/subsystem", "/sys/bus/platform");
	stays(f, "U-2", "vda: is not a PCI device and cannot be removed");
}

static void nvme_with_two_namespaces_stays(void **state)
{
	struct disks *f = *state;

	disks_put(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n2/dev", "259:1\n");
	stays(f, "U-3", "nvme0n1: shares its controller with other disks");
}

static void unknown_file_systems_are_said(void **state)
{
	stays(*state, "U-9", "U-9: no device with the file system U-9: No such file or directory");
	stays(*state, "../sda", "../sda: \"../sda\" is not a UUID");
}

static void groups_by_dm_name(void **state)
{
	static const struct {
		const char *dm, *group;
	} rows[] = {
		{ "vg-lv", "vg" },
		{ "my--vg-a--b", "my-vg" },
		{ "a----b-c", "a--b" },
		{ "alone", "alone" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_STRV groups = { 0 };
		struct ri_err e = { 0 };

		for (int twice = 0; twice < 2; twice++)
			check_ok(rows[i].dm, ri_lvm_group(rows[i].dm, &groups, &e), &e);
		assert_int_equal(groups.n, 1);
		assert_string_equal(groups.v[0], rows[i].group);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, disks_set_up, disks_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_bus_has_its_way),
		T(volume_groups_are_deactivated),
		T(a_disk_in_use_stays),
		T(a_mount_by_name_counts),
		T(a_held_disk_stays),
		T(a_group_without_lvm_is_said),
		T(an_unknown_bus_stays),
		T(virtio_without_pci_stays),
		T(nvme_with_two_namespaces_stays),
		T(unknown_file_systems_are_said),
		cmocka_unit_test(groups_by_dm_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
