// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "plan/rules.h"

static void test_check(void **state)
{
	static const struct {
		const char *pattern, *msg; /* NULL: fine */
	} rows[] = {
		{ "/a", NULL },
		{ "/a/", NULL },
		{ "/var/cache/*.deb", NULL },
		{ "/a/..b/.c./...", NULL },
		{ "/*", NULL },
		{ "", "the rule \"\" is not an absolute path" },
		{ "a", "the rule \"a\" is not an absolute path" },
		{ "*/a", "the rule \"*/a\" is not an absolute path" },
		{ "/", "the rule \"/\" would leave everything out" },
		{ "//", "the rule \"//\" has an empty component" },
		{ "//a", "the rule \"//a\" has an empty component" },
		{ "/a//b", "the rule \"/a//b\" has an empty component" },
		{ "/a//", "the rule \"/a//\" has an empty component" },
		{ "/./a", "the rule \"/./a\" has a \".\" component" },
		{ "/a/.", "the rule \"/a/.\" has a \".\" component" },
		{ "/a/../b", "the rule \"/a/../b\" has a \"..\" component" },
		{ "/a/..", "the rule \"/a/..\" has a \"..\" component" },
		{ "/a/../", "the rule \"/a/../\" has a \"..\" component" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		int rc = ri_rule_check(rows[i].pattern, &e);

		if (rows[i].msg)
			check_err(rows[i].pattern, rc, &e, RI_E_CONFIG, rows[i].msg);
		else
			check_ok(rows[i].pattern, rc, &e);
	}
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool want;
	} rows[] = {
		{ "/proc/", "/proc", false },
		{ "/proc/", "/proc/1", true },
		{ "/proc/", "/proc/1/fd/0", true },
		{ "/proc/", "/procx", false },
		{ "/proc/", "/a/proc/1", false },
		{ "/lost+found", "/lost+found", true },
		{ "/lost+found", "/lost+found/#12", true },
		{ "/lost+found", "/lost+foundx", false },
		{ "/lost+found", "/home/lost+found", false },
		{ "/boot/ram.tar.*", "/boot/ram.tar.gz", true },
		{ "/boot/ram.tar.*", "/boot/ram.tar.", true },
		{ "/boot/ram.tar.*", "/boot/ram.squashfs", false },
		{ "/boot/ram.tar.*", "/boot/ram.tar", false },
		{ "/boot/ram.tar.*", "/boot/ram.tar.d/x", true },
		{ "/home/*/.cache/", "/home/u/.cache", false },
		{ "/home/*/.cache/", "/home/u/.cache/a/b", true },
		{ "/home/*/.cache/", "/home/u/v/.cache/a", false },
		{ "/home/*", "/home", false },
		{ "/home/*", "/home/.hidden", true },
		{ "/a\\*", "/a*", true },
		{ "/a\\*", "/ab", false },
		{ "/a\\/b", "/a/b", true },
		{ "/swap[1]", "/swap1", true },
		{ "/*", "/", false },
		{ "/*", "/x/y", true },
		{ "/a/b/c", "/a/b", false },
		{ "/a/b/c", "/a", false },
		{ "/x\xff*", "/x\xff\n'\"", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_rules_free) struct ri_rules r = { 0 };
		struct ri_err e;
		const char *got;

		assert_int_equal(ri_strv_add(&r.patterns, "/never", &e), 0);
		assert_int_equal(ri_strv_add(&r.patterns, rows[i].pattern, &e), 0);
		got = ri_rules_match(&r, rows[i].path);
		if ((got != NULL) != rows[i].want)
			fail_msg("%s on %s: want %d", rows[i].pattern, rows[i].path, rows[i].want);
		if (got)
			assert_string_equal(got, rows[i].pattern);
	}
}

static void test_first_one_is_named(void **state)
{
	RI_ON_EXIT(ri_rules_free) struct ri_rules r = { 0 };
	struct ri_err e;

	(void)state;
	assert_null(ri_rules_match(&r, "/a"));
	assert_int_equal(ri_strv_add(&r.patterns, "/a*", &e), 0);
	assert_int_equal(ri_strv_add(&r.patterns, "/ab", &e), 0);
	assert_string_equal(ri_rules_match(&r, "/ab"), "/a*");
}

/* What must go, what must stay, by the built-in rules alone. */
static const char *const gone[] = {
	"/boot/initrd.img-6.1.0-9-amd64",
	"/boot/initrd.img",
	"/boot/initrd-6.4.0-150600.23-default",
	"/boot/initramfs-5.14.0-503.el9.x86_64.img",
	"/boot/ram.tar.gz",
	"/boot/ram.tar.zst",
	"/boot/ram.squashfs",
	"/boot/initrd.img-ramboot",
	"/boot/initrd.img-ramboot.new",
	"/proc/1",
	"/sys/block",
	"/dev/sda",
	"/run/lock",
	"/tmp/.x",
	"/var/tmp/x/y",
	"/lost+found",
	"/var/cache/apt/archives/a_1_amd64.deb",
	"/var/cache/apt/archives/partial/a.deb",
	"/var/lib/apt/lists/x",
	"/var/lib/ramimg",
	"/var/lib/ramimg/state.json",
	"/etc/fstab.ramimg-orig",
	"/swapfile",
	"/swap.img",
};
static const char *const stay[] = {
	"/",
	"/boot",
	"/boot/vmlinuz-6.1.0-9-amd64",
	"/boot/config-6.1.0-9-amd64",
	"/boot/grub/initrd.mod",
	"/boot/vmlinuz-6.1.0-9-amd64",
	"/proc",
	"/sys",
	"/dev",
	"/run",
	"/tmp",
	"/var/tmp",
	"/home/lost+found",
	"/etc/fstab",
	"/var/cache/apt/archives",
	"/var/cache/apt/archives/lock",
	"/var/cache/apt/archives/partial",
	"/var/lib/apt/lists",
	"/var/lib/apt/extended_states",
	"/var/lib/dpkg/status",
	"/home/u/tmp/x",
	"/swapfile2",
};

static void test_builtin(void **state)
{
	RI_ON_EXIT(ri_rules_free) struct ri_rules r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (const struct ri_rule_row *row = ri_rules_builtin; row->pattern; row++) {
		check_ok(row->pattern, ri_rule_check(row->pattern, &e), &e);
		assert_true(strlen(row->why) > 5);
		assert_int_equal(ri_strv_add(&r.patterns, row->pattern, &e), 0);
	}
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		if (!ri_rules_match(&r, gone[i]))
			fail_msg("%s would stay", gone[i]);
	for (size_t i = 0; i < sizeof stay / sizeof *stay; i++)
		if (ri_rules_match(&r, stay[i]))
			fail_msg("%s would go", stay[i]);
}

static void test_is_anothers(void **state)
{
	static const struct {
		const char *own, *other, *path;
		bool earlier, want; /* the other is the earlier one */
	} rows[] = {
		{ "/boot/initrd*", "/boot/initrd.img-r*", "/boot/initrd.img-r", true, true },
		{ "/boot/initrd*", "/boot/initrd.img-r*", "/boot/initrd.img-r", false, false },
		{ "/boot/initrd*", "/boot/initrd.img-r*", "/boot/initrd.img-6", true, false },
		{ "/boot/initrd*", "/boot/", "/boot/initrd.img-6", true, true },
		{ "/boot/initrd*", "/boot/", "/boot/initrd.img-6", false, true },
		{ "/boot/initrd*", "/boot", "/boot/initrd.img-6", false, true },
		{ "/boot/", "/boot/initrd*", "/boot", true, false },
		{ "/boot/", "/boot/initrd*", "/boot", false, false },
		{ "/boot", "/boot/", "/boot", true, false },
		{ "/boot/", "/boot", "/boot", false, true },
		{ "/boot/", "/boot/", "/boot", true, true },
		{ "/boot/", "/boot/", "/boot", false, false },
		{ "/boot/initrd*", "/boot/initrd*", "/boot/initrd.img-6", true, true },
		{ "/boot/initrd*", "/boot/initrd*", "/boot/initrd.img-6", false, false },
		{ "/var/lib/apt/lists/", "/var/", "/var/lib/apt/lists", false, true },
		{ "/var/lib/apt/lists/", "/var", "/var/lib/apt/lists", false, true },
		{ "/var/lib/apt/lists/", "/var/lib/a*", "/var/lib/apt/lists", false, true },
		{ "/var/lib/apt/lists/", "/var/lib/ap", "/var/lib/apt/lists", false, false },
		{ "/*", "/x", "/x", true, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_rules_free) struct ri_rules r = { 0 };
		struct ri_err e = { 0 };

		check_ok("first",
		    ri_strv_add(&r.patterns, rows[i].earlier ? rows[i].other : rows[i].own, &e),
		    &e);
		check_ok("second",
		    ri_strv_add(&r.patterns, rows[i].earlier ? rows[i].own : rows[i].other, &e),
		    &e);
		if (ri_rules_is_anothers(&r, rows[i].earlier, rows[i].path) != rows[i].want)
			fail_msg("%s beside %s, row %zu", rows[i].own, rows[i].other, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_is_anothers),
		cmocka_unit_test(test_first_one_is_named),
		cmocka_unit_test(test_builtin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
