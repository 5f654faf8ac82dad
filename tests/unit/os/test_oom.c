// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of reading a guest's files: each says so, and leaks nothing. */
#include "unit/oom.h"

#include "os/fstab.h"
#include "os/fstab_ram.h"
#include "os/kernels.h"
#include "os/osrelease.h"

#define FSTAB                                                                                                                       \
	"UUID=a / ext4 errors=remount-ro 0 1\n/swapfile none swap sw 0 0\nPARTUUID=b /boot ext4 nofail,x-systemd.requires=/a 0 2\n" \
	"UUID=c none swap sw 0 0\n/dev/sr0 /media iso9660 noauto 0 0\ntmpfs /tmp tmpfs\n"

static int fstab(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };
	RI_ON_EXIT(ri_ondisk_free) struct ri_ondisk disk = { 0 };
	struct ri_ondisk_fs *fs = ri_ondisk_add(&disk, "/dev/sda1", "ext4", e);
	RI_STRV swap = { 0 };
	RI_BUF ram = { 0 };
	RI_BUF archive = { 0 };
	RI_BUF back = { 0 };
	struct ri_span text = ri_str(arg);

	return !fs || ri_strv_add(&fs->names, "PARTUUID=b", e) < 0 ||
		       ri_fstab_to_ram(text, &ram, e) < 0 ||
		       ri_fstab_sort(text, &disk, NULL, &lines, e) < 0 ||
		       ri_fstab_for_archive(text, RI_FSTAB_TMPFS_ROOT, &lines, &archive, e) < 0 ||
		       ri_fstab_restore(ri_buf_span(&ram), text, &back, e) < 0 ||
		       ri_fstab_swapfiles(text, &swap, e) < 0
		   ? -1
		   : 0;
}

/* Neither does what says why a line is refused. */
static int refused(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_fstab_lines_free) struct ri_fstab_lines lines = { 0 };
	const struct ri_ondisk none = { 0 };
	struct ri_err why = { 0 };

	if (ri_fstab_sort(ri_str(arg), &none, NULL, &lines, &why) == 0 || why.code == RI_E_GUEST)
		return 0;
	*e = why;
	return -1;
}

static int kernels(const void *arg, struct ri_err *e)
{
	char image[] = "vmlinuz-6.1.0-9", initrd[] = "initrd.img-6.1.0-9", odd[] = "vmlinuz-5";
	const struct ri_boot_file files[] = { { image, 1 }, { initrd, 1 }, { odd, 1 } };
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };

	if (ri_kernels_find(files, 3, arg, &k, e) < 0)
		return -1;
	/* Refused in any case: what counts is that memory may lack for it. */
	(void)ri_kernels_refuse(&k, "4", e);
	if (e->code == RI_E_NOMEM)
		return -1;
	*e = (struct ri_err){ 0 };
	return 0;
}

static int subvols(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols l = { 0 };
	const struct ri_subvol *s;

	return ri_subvols_add(&l, 256, "@rootfs", e) < 0 ||
		       ri_subvols_meant(&l, ri_str(arg), &s, e) < 0
		   ? -1
		   : 0;
}

static int osrelease(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease o = { 0 };

	return ri_osrelease_parse(ri_str(arg), &o, e);
}

static void test_each(void **state)
{
	RI_STRV modules = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("modules", ri_strv_add(&modules, "6.1.0-9", &e), &e);
	assert_true(oom_each("fstab", fstab, FSTAB) > 8);
	assert_true(oom_each("what is refused", refused,
			"/dev/sdb1 /a ext4 x-systemd.requires=b.mount\n") > 5);
	assert_true(oom_each("kernels", kernels, &modules) > 4);
	assert_true(oom_each("subvolumes", subvols, "subvolid=3,subvol=@rootfs") >= 4);
	assert_true(oom_each("os-release", osrelease,
			"ID=debian\nNAME=\"D\"\nVERSION_ID=12\nPRETTY_NAME='D 12'\n") > 3);
	assert_true(oom_each("an empty one", osrelease, "") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
