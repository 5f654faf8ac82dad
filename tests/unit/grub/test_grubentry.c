// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubentry.h"
#include "plan/templates.h"

#define WORDS "boot=ramimg toram noresume"

static int make(const struct ri_grub_spec *s, struct ri_buf *out, struct ri_err *e)
{
	const struct ri_grub_templates t = { ri_asset_grub_entry_span(),
		ri_asset_grub_before_span(), ri_asset_grub_count_span(),
		ri_asset_grub_failed_span() };

	return ri_grub_entry(s, &t, out, e);
}

static const struct ri_grub_spec mbr = {
	.id = "ramimg-0c1d",
	.os_name = "Debian GNU/Linux",
	.os_id = "debian",
	.ptable = "msdos",
	.part = 1,
	.fstype = "ext4",
	.fs_module = "ext2",
	.fs_uuid = "6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55",
	.kernel = "/boot/vmlinuz-6.1.0-56-amd64",
	.initrd = "/boot/initrd.img-ramboot",
	.cmdline =
	    "root=UUID=6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55 ro quiet boot=ramimg toram noresume",
};

/* The middle as grub-mkconfig_lib's prepare_grub_to_access_device prints it on such a disk. */
static void test_whole_entry(void **state)
{
	static const char want[] =
	    "### BEGIN ramimg ###\n"
	    "menuentry 'RAM-Debian GNU/Linux' --class debian --class gnu-linux --class gnu --class os "
	    "$menuentry_id_option 'ramimg-0c1d' {\n"
	    "\tload_video\n"
	    "\tinsmod gzio\n"
	    "\tinsmod part_msdos\n"
	    "\tinsmod ext2\n"
	    "\tset root='hd0,msdos1'\n"
	    "\tif [ x$feature_platform_search_hint = xy ]; then\n"
	    "\t  search --no-floppy --fs-uuid --set=root --hint-bios=hd0,msdos1 --hint-efi=hd0,msdos1 "
	    "--hint-baremetal=ahci0,msdos1 6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55\n"
	    "\telse\n"
	    "\t  search --no-floppy --fs-uuid --set=root 6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55\n"
	    "\tfi\n"
	    "\techo\t'Loading Debian GNU/Linux to run from RAM ...'\n"
	    "\tlinux\t/boot/vmlinuz-6.1.0-56-amd64 root=UUID=6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55 ro "
	    "quiet boot=ramimg toram noresume\n"
	    "\tinitrd\t/boot/initrd.img-ramboot\n"
	    "}\n"
	    "### END ramimg ###\n";
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("entry", make(&mbr, &out, &e), &e);
	check_span("entry", ri_buf_span(&out), ri_str(want));
	check_span("block", ri_grub_find_block(ri_buf_span(&out)), ri_str(want));
}

/* What comes to it where GRUB counts: a test of the default before the entry, the count in it. */
static void test_counting_entry(void **state)
{
	static const char before[] =
	    "### BEGIN ramimg ###\n"
	    "if [ -s $prefix/grubenv ]; then\n"
	    "  load_env ramimg_failed\n"
	    "fi\n"
	    "if [ \"${ramimg_failed}\" = 2 -a \"${default}\" = 'ramimg-0c1d' -a -z "
	    "\"${boot_once}\" ]; then\n"
	    "  set default=\"1>2\"\n"
	    "  if [ \"${default}\" = 'ramimg-0c1d' ]; then set default=0; fi\n"
	    "  echo 'ramimg: the RAM entry has failed twice in a row and is not the default'\n"
	    "fi\n"
	    "menuentry 'RAM-Debian";
	static const char inside[] =
	    " {\n"
	    "\tif [ -s $prefix/grubenv ]; then\n"
	    "\t  if [ \"${ramimg_failed}\" ]; then set ramimg_failed=2; else set ramimg_failed=1; fi\n"
	    "\t  save_env ramimg_failed\n"
	    "\tfi\n"
	    "\tload_video\n";
	struct ri_grub_spec s = mbr;
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	s.stock_default = "1>2";
	check_ok("entry", make(&s, &out, &e), &e);
	assert_true(ri_span_starts(ri_buf_span(&out), before));
	assert_non_null(strstr(out.p, inside));
	check_span("block", ri_grub_find_block(ri_buf_span(&out)), ri_buf_span(&out));
}

/* A change of the MBR example, and a piece of text that the entry must then hold. */
static const struct {
	const char *name;
	struct ri_grub_spec change;
	const char *want;
} places[] = {
	{ "gpt", { .ptable = "gpt", .disk = 1, .part = 2 },
	    "\tinsmod part_gpt\n\tinsmod ext2\n\tset root='hd1,gpt2'\n" },
	{ "gpt hints", { .ptable = "gpt", .disk = 1, .part = 2 },
	    " --hint-bios=hd1,gpt2 --hint-efi=hd1,gpt2 --hint-baremetal=ahci1,gpt2 6d9d" },
	{ "lvm", { .lvm_hint = "lvmid/vJkF-a/b-C" },
	    "\tinsmod gzio\n\tinsmod lvm\n\tinsmod ext2\n\tset root='lvmid/vJkF-a/b-C'\n" },
	{ "lvm hint", { .lvm_hint = "lvmid/vJkF-a/b-C" },
	    "--set=root --hint='lvmid/vJkF-a/b-C' 6d9d" },
	{ "lvm on gpt", { .ptable = "gpt", .lvm_hint = "lvmid/a/b" },
	    "\tinsmod part_gpt\n\tinsmod lvm\n\tinsmod ext2\n\tset root='lvmid/a/b'\n" },
	{ "no table", { .ptable = NULL, .disk = 2 },
	    "\tinsmod gzio\n\tinsmod ext2\n\tset root='hd2'\n" },
	{ "no table, hints", { .ptable = NULL, .disk = 2 },
	    "--hint-bios=hd2 --hint-efi=hd2 --hint-baremetal=ahci2 6d9d" },
	{ "xfs", { .ptable = "msdos", .part = 1, .fstype = "xfs", .fs_module = "xfs" },
	    "\tinsmod xfs\n" },
	{ "btrfs", { .ptable = "msdos", .part = 1, .fstype = "btrfs", .fs_module = "btrfs" },
	    "\tinsmod btrfs\n" },
	{ "ext3", { .ptable = "msdos", .part = 1, .fstype = "ext3", .fs_module = "ext2" },
	    "\tinsmod ext2\n" },
	{ "fat",
	    { .ptable = "msdos",
		.part = 1,
		.fstype = "vfat",
		.fs_module = "fat",
		.fs_uuid = "12AB-CD34" },
	    "--hint-baremetal=ahci0,msdos1 12AB-CD34\n" },
	{ "quote in the title", { .ptable = "msdos", .part = 1, .os_name = "Bob's" },
	    "menuentry 'RAM-Bob'\\''s' --class debian " },
	{ "quote in the echo", { .ptable = "msdos", .part = 1, .os_name = "'; reboot #" },
	    "'Loading '\\''; reboot # to run from RAM ...'\n" },
	{ "a name that looks like a place", { .ptable = "msdos", .part = 1, .os_name = "@ID@" },
	    "menuentry 'RAM-@ID@' " },
	{ "empty name", { .ptable = "msdos", .part = 1, .os_name = "" }, "menuentry 'RAM-' " },
	{ "another distribution", { .ptable = "msdos", .part = 1, .os_id = "ubuntu" },
	    "--class ubuntu --class gnu-linux --class gnu --class os " },
};

static struct ri_grub_spec changed(const struct ri_grub_spec *c)
{
	struct ri_grub_spec s = mbr;

	s.ptable = c->ptable;
	s.disk = c->disk;
	s.part = c->part;
	s.lvm_hint = c->lvm_hint;
	s.fstype = c->fstype ? c->fstype : s.fstype;
	s.fs_module = c->fstype ? c->fs_module : s.fs_module;
	s.fs_uuid = c->fs_uuid ? c->fs_uuid : s.fs_uuid;
	s.os_name = c->os_name ? c->os_name : s.os_name;
	s.os_id = c->os_id ? c->os_id : s.os_id;
	s.id = c->id ? c->id : s.id;
	s.kernel = c->kernel ? c->kernel : s.kernel;
	s.initrd = c->initrd ? c->initrd : s.initrd;
	s.cmdline = c->cmdline ? c->cmdline : s.cmdline;
	s.stock_default = c->stock_default;
	return s;
}

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct ri_grub_spec s = changed(&places[i].change);
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_ok(places[i].name, make(&s, &out, &e), &e);
		if (!strstr(out.p, places[i].want))
			fail_msg("%s: no [%s] in [%s]", places[i].name, places[i].want, out.p);
		assert_null(strstr(out.p, "\tinsmod part_\n"));
	}
}

/* Whoever writes a menu writes the name so. */
static void test_os_name(void **state)
{
	static const struct {
		const char *name, *want;
	} good[] = {
		{ "", "" },
		{ "Debian GNU/Linux", "Debian GNU/Linux" },
		{ "it's $HOME", "it'\\''s $HOME" },
		{ "''", "'\\'''\\''" },
		{ "a\"b\\", "a\"b\\" },
	};
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_BUF text = { 0 };

		check_ok(good[i].name, ri_grub_os_name(good[i].name, &text, &e), &e);
		assert_string_equal(text.p, good[i].want);
	}
	check_err("delete", ri_grub_os_name("a\x7f", &out, &e), &e, RI_E_GUEST,
	    "the OS name has a control byte 0x7f");
}

#define ON_MBR .ptable = "msdos", .part = 1

static const struct {
	struct ri_grub_spec change;
	enum ri_code code;
	const char *msg;
} bad[] = {
	{ { ON_MBR, .os_name = "a\nb" }, RI_E_GUEST, "the OS name has a control byte 0x0a" },
	{ { ON_MBR, .os_name = "\x1b[2J" }, RI_E_GUEST, "the OS name has a control byte 0x1b" },
	{ { ON_MBR, .os_id = "" }, RI_E_GUEST, "the OS id is empty" },
	{ { ON_MBR, .os_id = "de bian" }, RI_E_GUEST,
	    "the OS id has a byte 0x20 at position 3, which GRUB's script cannot hold safely" },
	{ { ON_MBR, .id = "Ramimg" }, RI_E_GUEST,
	    "the entry's id has a byte 0x52 at position 1, which GRUB's script cannot hold safely" },
	{ { ON_MBR, .fs_uuid = "6d9d'" }, RI_E_GUEST,
	    "the file system's UUID has a byte 0x27 at position 5, which GRUB's script cannot hold "
	    "safely" },
	{ { ON_MBR, .fs_uuid = "0123456789012345678901234567890123456789012345678901234567890123" },
	    RI_E_GUEST, "the file system's UUID is longer than 63 bytes" },
	{ { ON_MBR, .fs_uuid = "" }, RI_E_GUEST, "the file system's UUID is empty" },
	{ { ON_MBR, .kernel = "/boot/vmlinuz-$x" }, RI_E_GUEST,
	    "the kernel's path has a byte 0x24 at position 15, which GRUB's script cannot hold "
	    "safely" },
	{ { ON_MBR, .kernel = "vmlinuz" }, RI_E_GUEST,
	    "the kernel's path is not absolute: vmlinuz" },
	{ { ON_MBR, .initrd = "/boot/a b" }, RI_E_GUEST,
	    "the initrd's path has a byte 0x20 at position 8, which GRUB's script cannot hold safely" },
	{ { .lvm_hint = "lvmid/a'b" }, RI_E_GUEST,
	    "the LVM hint has a byte 0x27 at position 8, which GRUB's script cannot hold safely" },
	{ { ON_MBR, .cmdline = "ro\nreboot" }, RI_E_GUEST,
	    "the kernel's command line: byte 0x0a is not allowed in a GRUB command" },
	{ { ON_MBR, .cmdline = "ro 'x" }, RI_E_GUEST,
	    "the kernel's command line: the quote ' is not closed" },
	{ { ON_MBR, .stock_default = "a\"; reboot \"" }, RI_E_GUEST,
	    "the default entry: ; outside quotes" },
	{ { ON_MBR, .stock_default = "$(reboot)" }, RI_E_GUEST,
	    "the default entry: a $ in quotes names no variable" },
	{ { ON_MBR, .fstype = "zfs" }, RI_E_UNSUPPORTED,
	    "the kernel's file system is zfs, for which ramimg knows no GRUB module" },
	{ { .ptable = "mac", .part = 1 }, RI_E_UNSUPPORTED,
	    "the partition table is mac; ramimg knows msdos and gpt" },
	{ { .ptable = "gpt", .part = 0 }, RI_E_GUEST,
	    "disk 0, partition 0: not valid GRUB numbers" },
	{ { .ptable = "gpt", .disk = -1, .part = 1 }, RI_E_GUEST,
	    "disk -1, partition 1: not valid GRUB numbers" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_grub_spec s = changed(&bad[i].change);
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = make(&s, &out, &e);

		check_err(bad[i].msg, rc, &e, bad[i].code, bad[i].msg);
	}
}

/* What the guest's own entry has takes the place of what is made. */
static void test_inherited(void **state)
{
	static const char want[] =
	    "### BEGIN ramimg ###\n"
	    "menuentry 'RAM-Debian GNU/Linux' --class x --unrestricted $menuentry_id_option "
	    "'ramimg-0c1d' {\n"
	    "\tgfxmode $linux_gfx_mode\n"
	    "\techo\t'Loading Debian GNU/Linux to run from RAM ...'\n"
	    "\tlinuxefi\t/boot/vmlinuz-6.1.0-56-amd64 root=UUID=1 ro\n"
	    "\tinitrdefi\t/boot/acpi.img /boot/initrd.img-ramboot\n"
	    "\tdevicetree /boot/dtb\n"
	    "}\n"
	    "### END ramimg ###\n";
	char before[] = "\tgfxmode $linux_gfx_mode\n", after[] = "\tdevicetree /boot/dtb\n";
	char early[] = "/boot/acpi.img ", attributes[] = "--class x --unrestricted", none[] = "";
	struct ri_grub_stock stock = { .attributes = { attributes, sizeof attributes - 1, 0,
					   false },
		.has_body = true,
		.body = { .before = { before, sizeof before - 1, 0, false },
		    .after = { after, sizeof after - 1, 0, false },
		    .early = { early, sizeof early - 1, 0, false },
		    .suffix = "efi" } };
	struct ri_grub_spec s = mbr;
	RI_BUF out = { 0 };
	RI_BUF bare = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	s.stock = &stock;
	s.cmdline = "root=UUID=1 ro";
	check_ok("entry", make(&s, &out, &e), &e);
	check_span("entry", ri_buf_span(&out), ri_str(want));
	/* No option at all, and commands that were not understood. */
	stock.attributes = (struct ri_buf){ none, 0, 0, false };
	stock.has_body = false;
	check_ok("bare", make(&s, &bare, &e), &e);
	assert_non_null(
	    strstr(bare.p, "'RAM-Debian GNU/Linux' $menuentry_id_option 'ramimg-0c1d' {\n"
			   "\tload_video\n\tinsmod gzio\n\tinsmod part_msdos\n"));
	assert_non_null(strstr(bare.p, "\tinitrd\t/boot/initrd.img-ramboot\n}\n"));
}

static const struct {
	const char *root, *all, *dflt, *want;
} lines[] = {
	{ "UUID=1-2", "", "", "root=UUID=1-2 ro boot=ramimg toram noresume" },
	{ "/dev/mapper/vg-root", "console=ttyS0", "quiet splash",
	    "root=/dev/mapper/vg-root ro console=ttyS0 quiet splash boot=ramimg toram noresume" },
	{ "UUID=1", " a  b\t", "\tc ", "root=UUID=1 ro a b c boot=ramimg toram noresume" },
	{ "UUID=1", "root=/dev/sda1 rw boot=nfs resume=UUID=9 resume_offset=4", "ro toram noresume",
	    "root=UUID=1 ro boot=ramimg toram noresume" },
	{ "UUID=1", "ramimg.keep=1 ramimg.x", "ramimg",
	    "root=UUID=1 ro ramimg boot=ramimg toram noresume" },
	{ "UUID=1", "'resume=UUID=9' \"root=x y\" r\\oot=z", "ro\"\"",
	    "root=UUID=1 ro boot=ramimg toram noresume" },
	{ "UUID=1", "rootdelay=5 rootflags=subvol=@ rootwait bootdev=x resumedelay=1", "rock",
	    "root=UUID=1 ro rootdelay=5 rootflags=subvol=@ rootwait bootdev=x resumedelay=1 rock "
	    "boot=ramimg toram noresume" },
	{ "UUID=1", "dyndbg=\\\"file x +p\\\"", "memmap=4G\\$8G",
	    "root=UUID=1 ro dyndbg=\\\"file x +p\\\" memmap=4G\\$8G boot=ramimg toram noresume" },
	{ "UUID=1", "dyndbg='file x +p'", "",
	    "root=UUID=1 ro dyndbg='file x +p' boot=ramimg toram noresume" },
	{ "ZFS=a/b", "root root", "boot",
	    "root=ZFS=a/b ro root root boot boot=ramimg toram noresume" },
};

static void test_cmdline(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		RI_BUF out = { 0 };
		RI_BUF again = { 0 };
		struct ri_err e = { 0 };
		int rc =
		    ri_grub_cmdline(lines[i].root, lines[i].all, lines[i].dflt, WORDS, &out, &e);

		check_ok(lines[i].all, rc, &e);
		check_span(lines[i].all, ri_buf_span(&out), ri_str(lines[i].want));
		check_ok(lines[i].all, ri_grub_cmdline(lines[i].root, out.p, "", WORDS, &again, &e),
		    &e);
		check_span("idempotent", ri_buf_span(&again), ri_buf_span(&out));
	}
}

static void test_bad_cmdline(void **state)
{
	static const struct {
		const char *root, *all, *dflt, *msg;
	} rows[] = {
		{ "UUID=1", "a;b", "", "GRUB_CMDLINE_LINUX: ; outside quotes" },
		{ "UUID=1", "", "quiet 'a",
		    "GRUB_CMDLINE_LINUX_DEFAULT: the quote ' is not closed" },
		{ "UUID=1", "", "a\nb",
		    "GRUB_CMDLINE_LINUX_DEFAULT: byte 0x0a is not allowed in a GRUB command" },
		{ "UUID=1", "# x", "", "GRUB_CMDLINE_LINUX: a # starts a comment" },
		{ "", "", "", "the root device is empty" },
		{ "UUID=1 2", "", "",
		    "the root device has a byte 0x20 at position 7, which GRUB's script cannot hold safely" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_cmdline(rows[i].root, rows[i].all, rows[i].dflt, WORDS, &out, &e);

		check_err(rows[i].msg, rc, &e, RI_E_GUEST, rows[i].msg);
	}
}

/* What the initramfs needs decides whether boot= is the guest's or ours. */
static void test_words(void **state)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("words",
	    ri_grub_cmdline("UUID=1", "fips=1 boot=UUID=2 resume=UUID=3", "quiet", "toram noresume",
		&out, &e),
	    &e);
	check_span("words", ri_buf_span(&out),
	    ri_str("root=UUID=1 ro fips=1 boot=UUID=2 quiet toram noresume"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_entry),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_counting_entry),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_os_name),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cmdline),
		cmocka_unit_test(test_bad_cmdline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
