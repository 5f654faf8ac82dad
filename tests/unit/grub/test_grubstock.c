// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "unit/grub/stock_menus.h"
#include "grub/grubstock.h"

#define DEBIAN_CLASSES "--class debian --class gnu-linux --class gnu --class os"
#define UBUNTU_CLASSES "--class ubuntu --class gnu-linux --class gnu --class os"
#define XEN "\tif [ x$grub_platform = xxen ]; then\n\t  insmod xzio\n\t  insmod lzopio\n\tfi\n"
#define PLACE                                                                                      \
	"\tinsmod part_gpt\n\tinsmod ext2\n\tset root='hd0,gpt2'\n"                                \
	"\tif [ x$feature_platform_search_hint = xy ]; then\n"                                     \
	"\t  search --no-floppy --fs-uuid --set=root " MENU_HINTS " " MENU_UUID "\n"               \
	"\telse\n\t  search --no-floppy --fs-uuid --set=root " MENU_UUID "\n\tfi\n"
#define LINES "\tload_video\n\tinsmod gzio\n" XEN PLACE

#define BULLSEYE "5.10.0-32-amd64"
#define BOOKWORM "6.1.0-25-amd64"
#define TRIXIE "6.12.41+deb13-amd64"
#define D12(default, options, submenu, first)                                                      \
	DEBIAN_MENU(default, options, submenu, first, BOOKWORM, "6.1.0-23-amd64")
#define UNRESTRICTED "--unrestricted "
#define TITLE_12 "Debian GNU/Linux, with Linux " BOOKWORM
#define IDS_12 "gnulinux-advanced-" MENU_UUID ">gnulinux-" BOOKWORM "-advanced-" MENU_UUID
/* clang-format off */
#define CUSTOM(text)                                                                               \
	{ MENU_HEADER("mine"), DEBIAN_ENTRY("", "D", "", "d", BOOKWORM, "")                        \
	  "menuentry 'Mine' --id mine " text, MENU_FOOTER }
/* clang-format on */
#define MINE "linux /boot/vmlinuz-" BOOKWORM "\n"

/* Menus from which all is inherited. */
static const struct {
	const char *name, *cfg[MENU_PARTS], *kernel, *saved;
	const char *attributes, *before;
	bool recordfail, savedefault;
} good[] = {
	{ "Debian 11", DEBIAN_MENU("0", "", "", "", BULLSEYE, "5.10.0-8-amd64"), BULLSEYE, "",
	    DEBIAN_CLASSES, LINES, true, true },
	{ "Debian 12", D12("0", "", "", ""), BOOKWORM, "", DEBIAN_CLASSES, LINES, true, true },
	{ "Debian 13", DEBIAN_MENU("0", "", "", "", TRIXIE, "6.12.38+deb13-amd64"), TRIXIE, "",
	    DEBIAN_CLASSES, LINES, true, true },
	{ "Ubuntu", UBUNTU_MENU, "6.8.0-41-generic", "", UBUNTU_CLASSES,
	    "\trecordfail\n\tload_video\n\tgfxmode $linux_gfx_mode\n\tinsmod gzio\n" XEN PLACE,
	    true, true },
	{ "Ubuntu, nobody to take it back", UBUNTU_MENU, "6.8.0-41-generic", "", UBUNTU_CLASSES,
	    "\tload_video\n\tgfxmode $linux_gfx_mode\n\tinsmod gzio\n" XEN PLACE, false, true },
	{ "GRUB_SAVEDEFAULT", D12("${saved_entry}", "", "", "\tsavedefault\n"), BOOKWORM, "",
	    DEBIAN_CLASSES, "\tsavedefault\n" LINES, true, true },
	{ "GRUB_SAVEDEFAULT, and the RAM entry is the default",
	    D12("${saved_entry}", "", "", "\tsavedefault\n"), BOOKWORM, "", DEBIAN_CLASSES, LINES,
	    true, false },
	{ "a saved entry", D12("${saved_entry}", "", "", ""), BOOKWORM, IDS_12,
	    DEBIAN_CLASSES " --hotkey=n", LINES, true, true },
	{ "a saved entry that is gone", D12("${saved_entry}", "", "", ""), BOOKWORM, "1>9",
	    DEBIAN_CLASSES, LINES, true, true },
	{ "unrestricted", D12("0", UNRESTRICTED, "", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --unrestricted", LINES, true, true },
	{ "users", D12("0", "--users 'a,b' ", "", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --users 'a,b'", LINES, true, true },
	{ "by number, in the submenu", D12("1>0", "", "", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n", LINES, true, true },
	{ "by titles", D12("Advanced options for Debian GNU/Linux>" TITLE_12, "", "", ""), BOOKWORM,
	    "", DEBIAN_CLASSES " --hotkey=n", LINES, true, true },
	{ "by ids", D12(IDS_12, "", "", ""), BOOKWORM, "", DEBIAN_CLASSES " --hotkey=n", LINES,
	    true, true },
	{ "in an unrestricted submenu", D12(IDS_12, UNRESTRICTED, UNRESTRICTED, ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n --unrestricted", LINES, true, true },
	{ "in a submenu that asks", D12(IDS_12, UNRESTRICTED, "", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n", LINES, true, true },
	{ "in a submenu of somebody's", D12(IDS_12, UNRESTRICTED, "--users me ", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n --users me", LINES, true, true },
	{ "in a submenu that is not understood",
	    D12(IDS_12, UNRESTRICTED, "--odd " UNRESTRICTED, ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n", LINES, true, true },
	{ "both ask", D12(IDS_12, "--users me ", "--users you ", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --hotkey=n --users me", LINES, true, true },
	{ "a title of before the submenus", D12(TITLE_12, "", "", ""), BOOKWORM, "", DEBIAN_CLASSES,
	    LINES, true, true },
	{ "an older kernel is the default", D12("1>2", UNRESTRICTED, "", ""), BOOKWORM, "",
	    DEBIAN_CLASSES " --unrestricted", LINES, true, true },
	{ "the older one, which is in the submenu only", D12("1>2", "", "", ""), "6.1.0-23-amd64",
	    "", DEBIAN_CLASSES " --hotkey=o", LINES, true, true },
	{ "the default is no Linux", D12("uefi-firmware", "", "", ""), BOOKWORM, "", DEBIAN_CLASSES,
	    LINES, true, true },
	{ "GRUB_DISABLE_SUBMENU",
	    { MENU_HEADER("0"),
		DEBIAN_ENTRY("", TITLE_12, UNRESTRICTED, "a", BOOKWORM, "")
		    DEBIAN_ENTRY("", TITLE_12 " (recovery mode)", "", "r", BOOKWORM, "")
			DEBIAN_ENTRY("", "Older", "", "o", "6.1.0-23-amd64", ""),
		MENU_FOOTER },
	    BOOKWORM, "", DEBIAN_CLASSES " --unrestricted", LINES, true, true },
	{ "without a header",
	    { "menuentry 'D' { set root='hd0,msdos1'\nlinux /boot/vmlinuz-" BOOKWORM " ro\n}\n" },
	    BOOKWORM, "", "", "\tset root='hd0,msdos1'\n", true, true },
	{ "Xen before it",
	    CUSTOM("{\nmultiboot2 /boot/xen.gz\nmodule2 /boot/vmlinuz-" BOOKWORM "\n}\n"), BOOKWORM,
	    "", DEBIAN_CLASSES, LINES, true, true },
	{ "only GRUB knows whether it is there",
	    { MENU_HEADER("0"),
		"if [ $grub_platform = efi ]; then\nmenuentry 'a' { " MINE " }\nfi\n"
		"menuentry 'b' --class b { " MINE " }\n",
		MENU_FOOTER },
	    BOOKWORM, "", "--class b", "", true, true },
};

static void read_stock(const char *const cfg[MENU_PARTS], const char *kernel, const char *saved,
    bool recordfail, bool savedefault, struct ri_grub_stock *s)
{
	struct ri_grub_stock_ask ask = { .saved_entry = ri_str(saved),
		.boots = { kernel, MENU_UUID, recordfail, savedefault } };
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	for (size_t i = 0; i < MENU_PARTS && cfg[i]; i++)
		ri_buf_add_str(&text, cfg[i]);
	ask.cfg = ri_buf_span(&text);
	check_ok(kernel, ri_grub_stock_read(&ask, s, &e), &e);
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock s = { 0 };
		RI_BUF kernel = { 0 };

		ri_buf_addf(&kernel, "/boot/vmlinuz-%s", good[i].kernel);
		read_stock(good[i].cfg, kernel.p, good[i].saved, good[i].recordfail,
		    good[i].savedefault, &s);
		check_span(good[i].name, ri_buf_span(&s.why), ri_str(""));
		assert_true(s.has_body && s.attributes.p);
		check_span(good[i].name, ri_buf_span(&s.attributes), ri_str(good[i].attributes));
		check_span(good[i].name, ri_buf_span(&s.body.before), ri_str(good[i].before));
		check_span(good[i].name, ri_buf_span(&s.body.after), ri_str(""));
		assert_string_equal(s.body.suffix, "");
	}
}

/* What cannot be understood is not there; the rest is. NULL: no options. */
static void test_not_understood(void **state)
{
	static const struct {
		const char *cfg[MENU_PARTS], *attributes, *why;
		bool has_body;
	} rows[] = {
		{ { "" }, NULL, "no entry of the guest's boots /boot/vmlinuz-" BOOKWORM, false },
		{ UBUNTU_MENU, NULL, "no entry of the guest's boots /boot/vmlinuz-" BOOKWORM,
		    false },
		{ { "menuentry 'a' { " MINE }, NULL,
		    "the guest's menu: line 2 of grub.cfg: a block or quote that is not closed",
		    false },
		{ CUSTOM("--unrestricted { terminal_output console\n" MINE "}\n"), "--unrestricted",
		    "the guest's default entry: a command that ramimg does not know: terminal_output",
		    false },
		{ CUSTOM("{ " MINE MINE "}\n"), "",
		    "the guest's default entry: it loads two kernels", false },
		{ CUSTOM("--unrestricted { search --fs-uuid --set=root 12-ab\n" MINE "}\n"),
		    "--unrestricted",
		    "the guest's default entry: it searches another file system than the kernel's: "
		    "12-ab",
		    false },
		{ CUSTOM("{ linux (hd0,gpt2)/boot/vmlinuz-" BOOKWORM "\n}\n"), "",
		    "the guest's default entry: its kernel's path is: (hd0,gpt2)/boot/vmlinuz-" BOOKWORM,
		    false },
		{ CUSTOM("--odd {\n" MINE "}\n"), NULL,
		    "the options of the guest's default entry: --odd is unknown to ramimg", true },
		{ CUSTOM("{ " MINE "} { }\n"), "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock s = { 0 };

		read_stock(rows[i].cfg, "/boot/vmlinuz-" BOOKWORM, "", true, true, &s);
		check_span(rows[i].why, ri_buf_span(&s.why), ri_str(rows[i].why));
		assert_int_equal(s.has_body, rows[i].has_body);
		assert_int_equal(s.attributes.p != NULL, rows[i].attributes != NULL);
		if (rows[i].attributes)
			check_span(rows[i].why, ri_buf_span(&s.attributes),
			    ri_str(rows[i].attributes));
	}
}

/* Of ramimg's block: its text, or what an edit made of it. */
static void test_same_access(void **state)
{
#define OURS(options) "menuentry 'RAM-D' --class d " options "--id ramimg-1 { " MINE "}\n"
	static const struct {
		const char *name, *cfg[MENU_PARTS], *block;
		int same;
	} rows[] = {
		{ "neither asks", D12("0", "", "", ""), OURS(""), 1 },
		{ "both for everybody", D12("0", UNRESTRICTED, "", ""), OURS(UNRESTRICTED), 1 },
		{ "both for somebody", D12("0", "--users a ", "", ""), OURS("--users a "), 1 },
		{ "ours asks", D12("0", UNRESTRICTED, "", ""), OURS(""), 0 },
		{ "ours does not ask", D12("0", "", "", ""), OURS(UNRESTRICTED), 0 },
		{ "for others", D12("0", "--users a ", "", ""), OURS("--users b "), 0 },
		{ "the submenu asks", D12(IDS_12, UNRESTRICTED, "--users me ", ""),
		    OURS(UNRESTRICTED), 0 },
		{ "as the submenu", D12(IDS_12, UNRESTRICTED, "--users me ", ""),
		    OURS("--users me "), 1 },
		{ "the guest's is not understood", CUSTOM("--odd {\n" MINE "}\n"), OURS(""), 1 },
		{ "ours is not understood", D12("0", "", "", ""), OURS("--odd "), 0 },
		{ "ours is two", D12("0", "", "", ""), OURS("") OURS(""), 0 },
		{ "ours has no end", D12("0", "", "", ""), "menuentry 'a' {", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock s = { 0 };
		struct ri_err e = { 0 };

		read_stock(rows[i].cfg, "/boot/vmlinuz-" BOOKWORM, "", true, true, &s);
		if (ri_grub_same_access(ri_str(rows[i].block), &s, &e) != rows[i].same)
			fail_msg("%s: not %d", rows[i].name, rows[i].same);
	}
}

/* What boots if nobody chooses; RAM or not is not the menu's to know. */
static void test_kernel(void **state)
{
	static const struct {
		const char *name, *cfg[MENU_PARTS], *saved, *kernel;
	} rows[] = {
		{ "the first", D12("0", "", "", ""), "", "vmlinuz-" BOOKWORM },
		{ "the older", D12("1>2", "", "", ""), "", "vmlinuz-6.1.0-23-amd64" },
		{ "saved", D12("${saved_entry}", "", "", ""), "1>2", "vmlinuz-6.1.0-23-amd64" },
		{ "saved, and gone", D12("${saved_entry}", "", "", ""), "none", "" },
		{ "a submenu", D12("1", "", "", ""), "", "" },
		{ "in a condition", D12("uefi-firmware", "", "", ""), "", "" },
		{ "boots none", CUSTOM("{\nchainloader +1\n}\n"), "", "" },
		{ "no menu", { "menuentry 'a' {", "", "" }, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF cfg = { 0 };
		RI_BUF name = { 0 };

		for (size_t k = 0; k < MENU_PARTS; k++)
			ri_buf_add_str(&cfg, rows[i].cfg[k]);
		const struct ri_grub_stock_ask ask = { .cfg = ri_buf_span(&cfg),
			.saved_entry = ri_str(rows[i].saved) };

		check_ok(rows[i].name, ri_grub_stock_kernel(&ask, &name, &e), &e);
		check_span(rows[i].name, ri_buf_span(&name), ri_str(rows[i].kernel));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_same_access),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
