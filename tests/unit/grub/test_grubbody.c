// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubbody.h"

#define KERNEL "linux /boot/vmlinuz-1 root=/dev/sda1 ro\n"

static const struct ri_grub_boots all = { "/boot/vmlinuz-1", "12-ab", true, true };
static const struct ri_grub_boots few = { "/boot/vmlinuz-1", "12-ab", false, false };

static const struct {
	const char *in;
	const struct ri_grub_boots *boots;
	const char *before, *early, *suffix, *after;
} good[] = {
	{ KERNEL, &all, "", "", "", "" },
	{ "\n\tlinuxefi\t/boot/vmlinuz-1 ro\n\tinitrdefi /boot/initrd.img-1\n", &all, "", "", "efi",
	    "" },
	{ "linux16 '/boot/vmlinuz-1'; initrd16 x", &all, "", "", "16", "" },
	{ KERNEL "initrd /boot/acpi.img '/boot/b c' /boot/initrd.img-1", &all, "",
	    "/boot/acpi.img '/boot/b c' ", "", "" },
	{ "recordfail\nsavedefault\nload_video\n" KERNEL, &all,
	    "\trecordfail\n\tsavedefault\n\tload_video\n", "", "", "" },
	{ "recordfail\nsavedefault\nload_video\n" KERNEL, &few, "\tload_video\n", "", "", "" },
	{ "gfxmode $linux_gfx_mode;set gfxpayload=keep ; gfxpayload=text\n" KERNEL, &few,
	    "\tgfxmode $linux_gfx_mode\n\tset gfxpayload=keep\n\tgfxpayload=text\n", "", "", "" },
	{ "\t\tinsmod  gzio # {\n\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi\n" KERNEL,
	    &few,
	    "\tinsmod gzio\n\tif [ x$grub_platform = xxen ]; then\n\t  insmod xzio\n\t  insmod "
	    "lzopio\n\tfi\n",
	    "", "", "" },
	{ "set root='hd0,gpt2'\nif [ x$feature_platform_search_hint = xy ]; then\n  search "
	  "--no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 12-ab\nelse\n  search --no-floppy "
	  "-u --set=root '12-ab'\nfi\n" KERNEL,
	    &few,
	    "\tset root='hd0,gpt2'\n\tif [ x$feature_platform_search_hint = xy ]; then\n\t  search "
	    "--no-floppy --fs-uuid --set=root --hint-bios=hd0,gpt2 12-ab\n\telse\n\t  search "
	    "--no-floppy -u --set=root '12-ab'\n\tfi\n",
	    "", "", "" },
	{ "if [ a ]\nthen\nif [ b ]; then load_video; fi\nelse load_video\nfi\n" KERNEL, &few,
	    "\tif [ a ]; then\n\t  if [ b ]; then\n\t    load_video\n\t  fi\n\telse\n\t  "
	    "load_video\n\tfi\n",
	    "", "", "" },
	{ "cryptomount -u 0123\necho 'Loading Linux 1 ...'\n" KERNEL
	  "echo\t'Loading initial ramdisk ...'\ninitrd x\ndevicetree /boot/dtb-1\nset gfxpayload=keep",
	    &few, "\tcryptomount -u 0123\n", "", "",
	    "\tdevicetree /boot/dtb-1\n\tset gfxpayload=keep\n" },
	{ "insmod 'a } ; reboot'\n" KERNEL, &few, "\tinsmod 'a } ; reboot'\n", "", "", "" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_ON_EXIT(ri_grub_body_free) struct ri_grub_body b = { 0 };
		struct ri_err e = { 0 };

		check_ok(good[i].in, ri_grub_body_read(ri_str(good[i].in), good[i].boots, &b, &e),
		    &e);
		check_span(good[i].in, ri_buf_span(&b.before), ri_str(good[i].before));
		check_span(good[i].in, ri_buf_span(&b.early), ri_str(good[i].early));
		check_span(good[i].in, ri_buf_span(&b.after), ri_str(good[i].after));
		assert_string_equal(b.suffix, good[i].suffix);
	}
}

static const struct {
	const char *in, *msg;
} bad[] = {
	{ "", "it loads no kernel by linux" },
	{ "multiboot2 /boot/xen.gz\n", "a command that ramimg does not know: multiboot2" },
	{ KERNEL "module x", "a command that ramimg does not know: module" },
	{ KERNEL "terminal_output console",
	    "a command that ramimg does not know: terminal_output" },
	{ "'insmod' x", "a command that ramimg does not know: 'insmod'" },
	{ "$cmd x", "a command that ramimg does not know: $cmd" },
	{ "elif [ a ]", "a command that ramimg does not know: elif" },
	{ "while true", "a command that ramimg does not know: while" },
	{ KERNEL KERNEL, "it loads two kernels" },
	{ "linux /boot/vmlinuz-2", "its kernel's path is: /boot/vmlinuz-2" },
	{ "linux ($root)/boot/vmlinuz-1", "its kernel's path is: ($root)/boot/vmlinuz-1" },
	{ "linux", "an odd number of words: linux" },
	{ "insmod", "an odd number of words: insmod" },
	{ "insmod a b", "an odd number of words: insmod" },
	{ "recordfail 1", "an odd number of words: recordfail" },
	{ "set default=1", "it sets: default=1" },
	{ "set superusers=", "it sets: superusers=" },
	{ "default=1", "a command that ramimg does not know: default=1" },
	{ "search --fs-uuid --set=root 99-ff",
	    "it searches another file system than the kernel's: 99-ff" },
	{ "search --fs-uuid --set=root $u",
	    "it searches another file system than the kernel's: $u" },
	{ "search --fs-uuid --set=root", "it searches by something else than a UUID: --set=root" },
	{ "search --label --set=root x", "it searches by something else than a UUID: x" },
	{ "initrd x\n" KERNEL, "its initrd is not one command behind the kernel's" },
	{ KERNEL "initrd x\ninitrd y", "its initrd is not one command behind the kernel's" },
	{ "if [ a ]; then\n" KERNEL "fi", "inside of an if: linux" },
	{ KERNEL "if [ a ]; then initrd x; fi", "inside of an if: initrd" },
	{ "if [ a ]; then recordfail; fi", "inside of an if: recordfail" },
	{ "if [ a ]; then savedefault; fi", "inside of an if: savedefault" },
	{ "if [ a ]; then echo x; fi", "inside of an if: echo" },
	{ "if true; then", "a test that ramimg does not know: if" },
	{ "if [ a; then", "a test that ramimg does not know: if" },
	{ "if [ a ]; load_video", "out of place: load_video" },
	{ "then load_video", "out of place: then" },
	{ "if [ a ]; then then", "out of place: then" },
	{ "else", "out of place: else" },
	{ "fi", "out of place: fi" },
	{ "if [ a ]; then fi", "out of place: fi" },
	{ "if [ a ]; then load_video; fi x", "out of place: x" },
	{ "if [ a ]; then else", "out of place: else" },
	{ "if [ a ]; then load_video; else load_video; else", "out of place: else" },
	{ "if [ a ]; then load_video; else fi", "out of place: fi" },
	{ "if [ a ]; then load_video\n" KERNEL, "inside of an if: linux" },
	{ KERNEL "if [ a ]; then load_video", "it has an if without its fi" },
	{ "if [ 1 ]; then if [ 2 ]; then if [ 3 ]; then if [ 4 ]; then if [ 5 ]; then if [ 6 ]; then "
	  "if [ 7 ]; then if [ 8 ]; then if [ 9 ]",
	    "too deep: if" },
	{ "f { }", "a block, or what GRUB would not read: {" },
	{ "}\nreboot", "a block, or what GRUB would not read: }" },
	{ "insmod 'a", "a block, or what GRUB would not read: 'a" },
	{ "insmod a || reboot", "a block, or what GRUB would not read: || reboot" },
	{ "insmod 'a\nb'", "byte 0x0a is not allowed in a GRUB command" },
	{ "insmod a\\\nb", "byte 0x0a is not allowed in a GRUB command" },
	{ "insmod $\"x\"", "a $ names no variable" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_grub_body b = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_body_read(ri_str(bad[i].in), &few, &b, &e);

		check_err(bad[i].in, rc, &e, RI_E_GUEST, bad[i].msg);
	}
}

static void test_too_many_words(void **state)
{
	struct ri_grub_body b = { 0 };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };
	int rc;

	(void)state;
	ri_buf_add_str(&text, "linux /boot/vmlinuz-1");
	for (int i = 2; i <= 512; i++)
		ri_buf_addf(&text, " x%d", i);
	rc = ri_grub_body_read(ri_buf_span(&text), &few, &b, &e);
	check_err("512 words", rc, &e, RI_E_GUEST, "too many words: x512");
}

static void test_kernel(void **state)
{
	static const struct {
		const char *in, *path;
	} rows[] = {
		{ "", "" },
		{ "echo linux /a\n", "" },
		{ "insmod gzio\n\tlinux\t'/a' ro\nlinux /b", "'/a'" },
		{ "linuxefi /a", "/a" },
		{ "linux16 /a", "/a" },
		{ "linux", "" },
		{ "linux\n/a", "" },
		{ "' linux /a", "" },
		{ "if [ a ]; then linux /a; fi", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_span(rows[i].in, ri_grub_body_kernel(ri_str(rows[i].in)),
		    ri_str(rows[i].path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_too_many_words),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
