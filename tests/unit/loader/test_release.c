// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/blockdev.h"
#include "loader/release.h"

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

/** A made-up /sys, /dev and mountinfo in a directory. */
struct fixture {
	char dir[48], sys[64], dev[64], mountinfo[64];
	struct ri_release_paths p;
};

static void path_in(const struct fixture *f, char out[static 300], const char *name)
{
	snprintf(out, 300, "%s/%s", f->dir, name);
}

/** Make @name below the fixture with @text, and its directories. */
static void put(const struct fixture *f, const char *name, const char *text)
{
	char path[300];
	FILE *file;

	path_in(f, path, name);
	for (char *c = path + strlen(f->dir) + 1; (c = strchr(c, '/')) != NULL; c++) {
		*c = '\0';
		mkdir(path, 0700);
		*c = '/';
	}
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void link_to(const struct fixture *f, const char *name, const char *target)
{
	char path[300], full[300];

	put(f, name, "");
	path_in(f, path, name);
	unlink(path);
	snprintf(full, sizeof full, "%s%s%s", *target == '/' ? f->dir : "", "", target);
	assert_int_equal(symlink(full, path), 0);
}

static const char *text_of(const struct fixture *f, const char *name)
{
	static char text[64];
	char path[300];
	FILE *file;

	path_in(f, path, name);
	file = fopen(path, "r");
	memset(text, 0, sizeof text);
	if (!file)
		return "(none)";
	if (fread(text, 1, sizeof text - 1, file) == 0)
		text[0] = '\0';
	fclose(file);
	return text;
}

static int erase(const char *path, const struct stat *st, int type, struct FTW *w)
{
	(void)st;
	(void)type;
	(void)w;
	return remove(path);
}

/** sda with one partition on a SCSI host, as sysfs lays it out. */
static void put_scsi(const struct fixture *f)
{
	put(f, "sys/devices/host0/0:0:0:0/block/sda/dev", "8:0\n");
	put(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/dev", "8:1\n");
	put(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/partition", "1\n");
	put(f, "sys/devices/host0/0:0:0:0/delete", "");
	link_to(f, "sys/devices/host0/0:0:0:0/subsystem", "/sys/bus/scsi");
	link_to(f, "sys/devices/host0/0:0:0:0/block/sda/device", "/sys/devices/host0/0:0:0:0");
	link_to(f, "sys/class/block/sda", "/sys/devices/host0/0:0:0:0/block/sda");
	link_to(f, "sys/class/block/sda1", "/sys/devices/host0/0:0:0:0/block/sda/sda1");
	put(f, "dev/sda", "");
	put(f, "dev/sda1", "");
	link_to(f, "dev/disk/by-uuid/U-1", "../../sda1");
}

static void put_virtio(const struct fixture *f)
{
	put(f, "sys/devices/pci/0000:00:05.0/virtio2/block/vda/dev", "254:0\n");
	put(f, "sys/devices/pci/0000:00:05.0/remove", "");
	link_to(f, "sys/devices/pci/0000:00:05.0/subsystem", "/sys/bus/pci");
	link_to(f, "sys/devices/pci/0000:00:05.0/virtio2/subsystem", "/sys/bus/virtio");
	link_to(f, "sys/devices/pci/0000:00:05.0/virtio2/block/vda/device",
	    "/sys/devices/pci/0000:00:05.0/virtio2");
	link_to(f, "sys/class/block/vda", "/sys/devices/pci/0000:00:05.0/virtio2/block/vda");
	put(f, "dev/vda", "");
	link_to(f, "dev/disk/by-uuid/U-2", "../../vda");
}

static void put_nvme(const struct fixture *f)
{
	put(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1/dev", "259:0\n");
	put(f, "sys/devices/pci/0000:00:06.0/remove", "");
	link_to(f, "sys/devices/pci/0000:00:06.0/subsystem", "/sys/bus/pci");
	link_to(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/subsystem", "/sys/class/nvme");
	link_to(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/device",
	    "/sys/devices/pci/0000:00:06.0");
	link_to(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1/device",
	    "/sys/devices/pci/0000:00:06.0/nvme/nvme0");
	link_to(f, "sys/class/block/nvme0n1", "/sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n1");
	put(f, "dev/nvme0n1", "");
	link_to(f, "dev/disk/by-uuid/U-3", "../../nvme0n1");
}

/** A logical volume "vg-lv" (group vg) on sda1. */
static void put_lvm(const struct fixture *f)
{
	put(f, "sys/devices/virtual/block/dm-0/dev", "253:0\n");
	put(f, "sys/devices/virtual/block/dm-0/dm/uuid", "LVM-abcdef\n");
	put(f, "sys/devices/virtual/block/dm-0/dm/name", "my--vg-root\n");
	link_to(f, "sys/devices/virtual/block/dm-0/slaves/sda1",
	    "/sys/devices/host0/0:0:0:0/block/sda/sda1");
	link_to(f, "sys/class/block/dm-0", "/sys/devices/virtual/block/dm-0");
	link_to(f, "dev/disk/by-uuid/U-4", "../../dm-0");
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	strcpy(f->dir, "/tmp/test_loader_release-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->sys, sizeof f->sys, "%s/sys", f->dir);
	snprintf(f->dev, sizeof f->dev, "%s/dev", f->dir);
	snprintf(f->mountinfo, sizeof f->mountinfo, "%s/mountinfo", f->dir);
	f->p = (struct ri_release_paths){ f->sys, f->dev, f->mountinfo, "/nonexistent/lvm" };
	put(f, "mountinfo", "1 0 0:1 / / rw - rootfs rootfs rw\n");
	put_scsi(f);
	put_virtio(f);
	put_nvme(f);
	put_lvm(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nftw(f->dir, erase, 16, FTW_DEPTH | FTW_PHYS);
	free(f);
	return 0;
}

/** The kernel's part: the disk @name goes once something is written to the attribute. */
struct kernel {
	const struct fixture *f;
	const char *attribute, *disk;
};

static void *be_the_kernel(void *arg)
{
	const struct kernel *k = arg;
	char path[300];

	/* The write ends this wait: the attribute is a fifo. */
	path_in(k->f, path, k->attribute);
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	char got[8] = "";
	intptr_t n = read(fd, got, sizeof got);

	path_in(k->f, path, k->disk);
	unlink(path);
	return (void *)(n == 1 && got[0] == '1' ? (intptr_t)1 : (intptr_t)0);
}

/** Release @uuid while a kernel answers to @attribute of @class_name. */
static void release_with_kernel(struct fixture *f, const char *uuid, const char *attribute,
    const char *class_name, struct ri_strv *released, struct ri_strv *kept)
{
	struct kernel k = { f, attribute, class_name };
	struct ri_err e = { 0 };
	RI_STRV uuids = { 0 };
	pthread_t thread;
	char path[300];
	void *told;

	path_in(f, path, attribute);
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
	struct fixture *f = *state;
	RI_STRV released = { 0 }, kept = { 0 };
	char lvm[300], script[400], want[400];

	path_in(f, lvm, "lvm");
	snprintf(script, sizeof script, "#!/bin/sh\necho \"$@\" >%s.called\n", lvm);
	put(f, "lvm", script);
	assert_int_equal(chmod(lvm, 0700), 0);
	f->p.lvm = lvm;
	release_with_kernel(f, "U-4", goes[0].attribute, goes[0].class_name, &released, &kept);
	snprintf(want, sizeof want, "vgchange -an --ignorelockingfailure -- my-vg\n");
	assert_string_equal(text_of(f, "lvm.called"), want);
	assert_int_equal(kept.n, 0);
	assert_string_equal(released.v[0], "sda");
}

/** Release @uuid, which must stay: one line, @why; nothing was written to any attribute. */
static void stays(struct fixture *f, const char *uuid, const char *why)
{
	RI_STRV uuids = { 0 }, released = { 0 }, kept = { 0 };
	struct ri_err e = { 0 };

	assert_int_equal(ri_strv_add(&uuids, uuid, &e), 0);
	check_ok(why, ri_release(&f->p, &uuids, &released, &kept, &e), &e);
	assert_int_equal(released.n, 0);
	assert_true(kept.n >= 1);
	assert_string_equal(kept.v[kept.n - 1], why);
	for (size_t i = 0; i < sizeof goes / sizeof *goes; i++)
		assert_string_equal(text_of(f, goes[i].attribute), "");
}

static void a_disk_in_use_stays(void **state)
{
	struct fixture *f = *state;

	put(f, "mountinfo", "1 0 8:1 / /home\\040dir rw - ext4 /dev/root rw\n");
	stays(f, "U-1", "sda: is mounted on /home dir");
	put(f, "mountinfo", "1 0 8:0 / /x rw - ext4 /dev/root rw\n");
	stays(f, "U-1", "sda: is mounted on /x");
}

static void a_mount_by_name_counts(void **state)
{
	struct fixture *f = *state;
	char line[300];

	/* btrfs: the device number is the file system's own. */
	snprintf(line, sizeof line, "1 0 0:44 / /b rw - btrfs %s/dev/sda1 rw\n", f->dir);
	put(f, "mountinfo", line);
	stays(f, "U-1", "sda: is mounted on /b");
}

static void a_held_disk_stays(void **state)
{
	struct fixture *f = *state;

	link_to(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/holders/dm-0",
	    "/sys/devices/virtual/block/dm-0");
	stays(f, "U-1", "sda: is used by dm-0");
	/* The same from above, where no lvm program is there to deactivate the group. */
	stays(f, "U-4", "sda: is used by dm-0");
}

static void a_group_without_lvm_is_said(void **state)
{
	RI_STRV uuids = { 0 }, released = { 0 }, kept = { 0 };
	struct fixture *f = *state;
	struct ri_err e = { 0 };

	link_to(f, "sys/devices/host0/0:0:0:0/block/sda/sda1/holders/dm-0",
	    "/sys/devices/virtual/block/dm-0");
	assert_int_equal(ri_strv_add(&uuids, "U-4", &e), 0);
	check_ok("lvm", ri_release(&f->p, &uuids, &released, &kept, &e), &e);
	assert_int_equal(kept.n, 2);
	assert_string_equal(kept.v[0],
	    "my-vg: volume group stays active, /nonexistent/lvm: No such file or directory");
}

static void an_unknown_bus_stays(void **state)
{
	struct fixture *f = *state;
	char path[300];

	path_in(f, path, "sys/devices/host0/0:0:0:0/subsystem");
	unlink(path);
	link_to(f, "sys/devices/host0/0:0:0:0/subsystem", "/sys/bus/strange");
	stays(f, "U-1", "sda: is of a kind that cannot be let go of");
	path_in(f, path, "sys/devices/host0/0:0:0:0/block/sda/device");
	unlink(path);
	stays(f, "U-1", "sda: has no device that could be removed");
}

static void virtio_without_pci_stays(void **state)
{
	struct fixture *f = *state;
	char path[300];

	path_in(f, path, "sys/devices/pci/0000:00:05.0/subsystem");
	unlink(path);
	link_to(f, "sys/devices/pci/0000:00:05.0/subsystem", "/sys/bus/platform");
	stays(f, "U-2", "vda: is not a PCI device and cannot be removed");
}

static void nvme_with_two_namespaces_stays(void **state)
{
	struct fixture *f = *state;

	put(f, "sys/devices/pci/0000:00:06.0/nvme/nvme0/nvme0n2/dev", "259:1\n");
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

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
