// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of reading and making GRUB's files: each says so, and leaks nothing. */
#include "unit/oom.h"

#include "grub/bls.h"
#include "grub/defaults.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"
#include "grub/grubentry.h"
#include "grub/grubstock.h"
#include "grub/template.h"
#include "plan/templates.h"

#define CUSTOM "#!/bin/sh\nexec tail -n +3 $0\n# Own entries.\n"
#define CFG                                                                                        \
	"### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"                   \
	"   set default=\"${next_entry}\"\nelse\n   set default=\"0\"\nfi\n"                       \
	"### END /etc/grub.d/00_header ###\n\n### BEGIN /etc/grub.d/40_custom ###\n"               \
	"# Own entries.\n### END /etc/grub.d/40_custom ###\n"

static int custom(const void *arg, struct ri_err *e)
{
	static const char block[] = RI_GRUB_BEGIN "\nmenuentry 'x' {\n}\n" RI_GRUB_END "\n";
	RI_BUF put = { 0 };
	RI_BUF cfg = { 0 };
	RI_BUF set = { 0 };
	RI_BUF bare = { 0 };

	return ri_grub_custom_put(ri_str(arg), ri_str(block), &put, e) < 0 ||
		       ri_grub_cfg_put(LIT(CFG), ri_buf_span(&put), &cfg, e) < 0 ||
		       ri_grub_cfg_set_default(ri_buf_span(&cfg), ri_str("ramimg-1"), &set, e) <
			   0 ||
		       ri_grub_custom_drop(ri_buf_span(&put), &bare, e) < 0
		   ? -1
		   : 0;
}

static int variables(const void *arg, struct ri_err *e)
{
	const struct ri_shellfile files[] = { { "a", ri_str(arg) },
		{ "b", LIT("X=\"$X more\"\nif true; then\n\tY=1\nfi\nZ='a'\"b\"c\n") } };
	RI_BUF x = { 0 };
	RI_BUF z = { 0 };

	return ri_shellvars_get(files, 2, "X", &x, e) < 0 ||
		       ri_shellvars_get(files, 2, "Z", &z, e) < 0
		   ? -1
		   : 0;
}

/* One variable of a text in which whatever comes last may be the first that takes memory. */
static int first(const void *arg, struct ri_err *e)
{
	const struct ri_shellfile file = { "a", ri_str(arg) };
	RI_BUF x = { 0 };

	return ri_shellvars_get(&file, 1, "X", &x, e);
}

static void test_constructs(void **state)
{
	static const char *const texts[] = { "A=1\n", "A=1;\n", "A=1 & true\n", "A=1 | true\n",
		"A=(1 2)\n", "(A=1)\n", "{ A=1; }\n", ": ${A:=1}\n", ": \"${A=1}\"\n",
		"export A=1\n", "readonly A=1\n", "unset A\n", "read A\n",
		"for A in 1 2; do true; done\n", "if A=1; then true; fi\n", "A=1 >f\n",
		"f() { A=1; }\n", "A=1 && B=2\n", "true && A=1\n", "case $B in b) A=1;; esac\n",
		"getopts ab A\n", "local A=1\n", "A+=1\n" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_true(oom_each(texts[i], first, texts[i]) > 0);
}

static int words(const void *arg, struct ri_err *e)
{
	const struct ri_template_var vars[] = { { "A", "one" }, { "B", "two" } };
	RI_BUF line = { 0 };
	RI_BUF out = { 0 };

	return ri_grub_cmdline("UUID=x", "quiet splash", arg, "boot=ramimg toram noresume", &line,
		   e) < 0 ||
		       ri_template_expand(LIT("a @A@ b @B@\n"), vars, 2, &out, e) < 0
		   ? -1
		   : 0;
}

static int entry(const void *arg, struct ri_err *e)
{
	const struct ri_grub_templates t = { ri_asset_grub_entry_span(),
		ri_asset_grub_before_span(), ri_asset_grub_count_span(),
		ri_asset_grub_failed_span() };
	RI_BUF out = { 0 };

	return ri_grub_entry(arg, &t, &out, e);
}

static void test_entries(void **state)
{
	struct ri_grub_spec spec = { .id = "ramimg-0c1d",
		.os_name = "Debian",
		.os_id = "debian",
		.ptable = "gpt",
		.part = 1,
		.fstype = "ext4",
		.fs_module = "ext2",
		.fs_uuid = "6d9d5cd2-6a27-4b0e-8a0e-6f2f7f4b1c55",
		.kernel = "/boot/vmlinuz",
		.initrd = "/boot/initrd.img-ramboot",
		.cmdline = "root=UUID=x ro",
		.stock_default = "0" };
	size_t counting;

	(void)state;
	counting = oom_each("an entry that counts", entry, &spec);
	assert_true(counting > 8);
	spec.stock_default = NULL;
	spec.os_name = "";
	spec.lvm_hint = "lvmid/a/b";
	assert_true(oom_each("an entry", entry, &spec) > 5);
}

/* grub.cfg with an entry in a submenu of somebody's, which is the default. */
static int stock(const void *arg, struct ri_err *e)
{
	const struct ri_grub_stock_ask ask = { .cfg = ri_str(arg),
		.boots = { "/boot/vmlinuz-1", "12-ab", true, true } };
	RI_ON_EXIT(ri_grub_stock_free) struct ri_grub_stock s = { 0 };

	if (ri_grub_stock_read(&ask, &s, e) < 0)
		return -1;
	assert_true(s.why.n > 0 || (s.has_body && s.attributes.n > 0));
	return ri_grub_same_access(ri_str("menuentry 'a' --class c --users b { true\n}\n"), &s, e) <
		       0
		   ? -1
		   : 0;
}

#define SUBMENU(options, more)                                                                      \
	"set default=\"no matter\"\nmenuentry 'x' { linux /boot/vmlinuz-2\n}\nsubmenu 'm' " options \
	" {\nmenuentry 'y' --class c --unrestricted {\ninsmod gzio\nif [ a ]; then\nsearch -u "     \
	"12-ab\nfi\nlinux /boot/vmlinuz-1\ninitrd a b\nset gfxpayload=keep\n" more "}\n}\n"

static void test_stock(void **state)
{
	(void)state;
	assert_true(oom_each("users", stock, SUBMENU("--users a", "")) > 12);
	assert_true(oom_each("open", stock, SUBMENU("--unrestricted", "")) > 12);
	assert_true(oom_each("odd", stock, SUBMENU("--odd", "reboot\n")) > 8);
	assert_true(oom_each("none", stock, "menuentry 'x' { }\n") > 1);
	assert_true(oom_each("broken", stock, "menuentry 'x' {\n") > 0);
}

static int entry_file(const void *arg, struct ri_err *e)
{
	const struct ri_bls_spec spec = { ri_str(arg), "Fedora", "a.img", "b.img", "ro toram" };
	RI_BUF out = { 0 };
	RI_BUF options = { 0 };

	return ri_bls_entry(&spec, &out, e) < 0 ||
		       ri_bls_options(ri_str(arg), ri_str("ro"), &options, e) < 0
		   ? -1
		   : 0;
}

static void test_each(void **state)
{
	(void)state;
	assert_true(oom_each("an entry file", entry_file,
			"linux /a\ninitrd /a.img\noptions $kernelopts\ngrub_arg x\n") > 2);
	assert_true(oom_each("40_custom and grub.cfg", custom, CUSTOM) > 3);
	assert_true(oom_each("variables", variables, "X=1\nexport X\nW=$X\n") > 5);
	assert_true(oom_each("words", words, "console=ttyS0") > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_constructs),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_stock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
