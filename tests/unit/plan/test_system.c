// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kinds of systems that are refused by name. */
#include "unit/check.h"
#include "unit/facts_fixture.h"

#include "plan/guest_paths.h"
#include "plan/system.h"

#define WHO "Debian GNU/Linux 12 (bookworm) on /dev/sda1: "

static void replace(char **field, const char *value)
{
	free(*field);
	*field = strdup(value);
}

static void good(struct ri_facts *f)
{
	(void)f;
}
static void i386(struct ri_facts *f)
{
	replace(&f->arch, "i386");
}
static void arm(struct ri_facts *f)
{
	replace(&f->arch, "aarch64");
}
static void other(struct ri_facts *f)
{
	replace(&f->arch, "");
	replace(&f->os.pretty_name, "");
}
static void mkinitfs(struct ri_facts *f)
{
	replace(&f->initramfs, "mkinitfs");
}
static void no_generator(struct ri_facts *f)
{
	replace(&f->initramfs, "");
}
static void both_loaders(struct ri_facts *f)
{
	replace(&f->loader, "systemd-boot (/EFI/systemd on /dev/sda2)");
}
static void systemd_boot(struct ri_facts *f)
{
	both_loaders(f);
	f->grub = false;
}
static void no_loader(struct ri_facts *f)
{
	f->grub = false;
}
static void fat(struct ri_facts *f)
{
	replace(&f->mounts[0].fstype, "vfat");
}
static void unclean(struct ri_facts *f)
{
	ri_buf_add_str(&f->unclean, "/dev/sda1 (ext4), /dev/sda3 (ext2)");
}

static void add_ntfs(struct ri_facts *f, const char *type)
{
	struct ri_err e = { 0 };
	struct ri_ondisk_fs *fs = ri_ondisk_add(&f->disk, "/dev/sda3", type, &e);

	assert_non_null(fs);
	assert_int_equal(ri_strv_add(&fs->names, "PARTLABEL=x", &e), 0);
	assert_int_equal(ri_strv_add(&fs->names, "UUID=01DA000000000001", &e), 0);
}
/* Data, and nothing that starts it. */
static void data(struct ri_facts *f)
{
	add_ntfs(f, "ntfs");
	replace(&f->now[RI_TEXT_CFG].path, RI_PATH_CFG);
	ri_buf_add_str(&f->now[RI_TEXT_CFG].bytes,
	    "menuentry x 'osprober-chain-01DA000000000002' {\n");
}
static void left_over(struct ri_facts *f)
{
	replace(&f->windows, "/EFI/Microsoft/Boot on /dev/sda2");
}
static void windows(struct ri_facts *f)
{
	left_over(f);
	add_ntfs(f, "ntfs");
}
static void bitlocker(struct ri_facts *f)
{
	left_over(f);
	add_ntfs(f, "BitLocker");
}
static void windows_in_menu(struct ri_facts *f)
{
	add_ntfs(f, "ntfs");
	ri_buf_add_str(&f->now[RI_TEXT_CFG].bytes,
	    "menuentry 'Windows 10 (on /dev/sda3)' --class windows --class os $menuentry_id_option "
	    "'osprober-chain-01DA000000000001' {\n");
}

#define BESIDE(what)                                                                               \
	WHO "a Windows is on the disk too (" what "): it is not clear which the VM is to run, "    \
	    "and only one would be in RAM; give each a disk of its own"

static void test_systems(void **state)
{
	static const struct {
		void (*make)(struct ri_facts *f);
		const char *want; /* NULL: not refused here */
	} cases[] = {
		{ good, NULL },
		{ i386,
		    WHO "its programs are for i386 (32 bit); ramimg builds x86_64 guests only" },
		{ arm,
		    WHO "its programs are for arm64 (aarch64); ramimg builds x86_64 guests only" },
		{ other,
		    "Debian GNU/Linux on /dev/sda1: its programs are for a processor that ramimg does not "
		    "know; ramimg builds x86_64 guests only" },
		{ mkinitfs, WHO
		    "its initrd is made by mkinitfs, which ramimg does not know how to extend; it extends "
		    "those of initramfs-tools and dracut" },
		{ no_generator, NULL },
		{ data, NULL },
		{ left_over, NULL },
		{ windows, BESIDE("NTFS on /dev/sda3, /EFI/Microsoft/Boot on /dev/sda2") },
		{ bitlocker, BESIDE("BitLocker on /dev/sda3, /EFI/Microsoft/Boot on /dev/sda2") },
		{ windows_in_menu, BESIDE("NTFS on /dev/sda3") },
		{ both_loaders, NULL },
		{ systemd_boot, WHO
		    "it is started by systemd-boot (/EFI/systemd on /dev/sda2); ramimg needs GRUB 2 with "
		    "/boot/grub/grub.cfg: install that in the guest" },
		{ no_loader, NULL },
		{ fat, WHO
		    "/ is on FAT (/dev/sda1), which holds no file of 4 GiB, no links and no permissions; "
		    "have the EFI partition at /boot/efi and /boot on ext4, xfs or btrfs" },
		{ unclean, WHO
		    "its kernel met an error in a file system, which is on record in it; run e2fsck -f on "
		    "/dev/sda1 (ext4), /dev/sda3 (ext2) from a rescue system, then build again" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_facts_free) struct ri_facts f;
		struct ri_err e = { 0 };
		int rc;

		fx_facts(&f);
		cases[i].make(&f);
		rc = ri_plan_check_system(&f, &e);
		if (cases[i].want)
			check_err(cases[i].want, rc, &e, RI_E_UNSUPPORTED, cases[i].want);
		else
			check_ok("not refused", rc, &e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_systems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
