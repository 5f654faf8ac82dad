// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/fstab.h"

/* One line each: the entry that is on it, or none. */
static const struct {
	struct ri_span in;
	const char *spec, *file, *type, *opts;
} lines[] = {
	{ BYTES("UUID=1 / ext4 rw 0 1\n"), "UUID=1", "/", "ext4", "rw" },
	{ BYTES("  \tUUID=1\t/ \text4  rw\n"), "UUID=1", "/", "ext4", "rw" },
	{ BYTES("proc /proc proc"), "proc", "/proc", "proc", "" },
	{ BYTES("proc /proc proc\r\n"), "proc", "/proc", "proc", "" },
	{ BYTES("a b c d # e\n"), "a", "b", "c", "d" },
	{ BYTES("a\\040b /c\\011d e f\n"), "a\\040b", "/c\\011d", "e", "f" },
	{ BYTES("a b#c #d e\n"), "a", "b#c", "#d", "e" },
	{ BYTES(""), NULL, NULL, NULL, NULL },
	{ BYTES("\n"), NULL, NULL, NULL, NULL },
	{ BYTES(" \t\r\n"), NULL, NULL, NULL, NULL },
	{ BYTES("# UUID=1 / ext4 rw\n"), NULL, NULL, NULL, NULL },
	{ BYTES("\t #a b c d\n"), NULL, NULL, NULL, NULL },
	{ BYTES("UUID=1 /\n"), NULL, NULL, NULL, NULL },
	{ BYTES("UUID=1"), NULL, NULL, NULL, NULL },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct ri_fstab_entry en;
		size_t pos = 0, lineno = 0;
		bool got = ri_fstab_next(lines[i].in, &pos, &lineno, &en);

		assert_int_equal(got, lines[i].spec != NULL);
		assert_int_equal(pos, lines[i].in.n);
		if (!got)
			continue;
		check_span("spec", en.spec, ri_str(lines[i].spec));
		check_span("file", en.file, ri_str(lines[i].file));
		check_span("type", en.type, ri_str(lines[i].type));
		check_span("opts", en.opts, ri_str(lines[i].opts));
		assert_int_equal(en.line, 1);
	}
}

static void test_line_numbers(void **state)
{
	struct ri_span text = LIT("# a\n\na b c\n\r\nd e f g\n");
	struct ri_fstab_entry en;
	size_t pos = 0, lineno = 0;

	(void)state;
	assert_true(ri_fstab_next(text, &pos, &lineno, &en));
	assert_int_equal(en.line, 3);
	assert_true(ri_fstab_next(text, &pos, &lineno, &en));
	assert_int_equal(en.line, 5);
	assert_false(ri_fstab_next(text, &pos, &lineno, &en));
}

static void test_unescape(void **state)
{
	static const struct {
		struct ri_span in, want;
	} rows[] = {
		{ BYTES(""), BYTES("") },
		{ BYTES("/mnt/a\\040b\\011\\012\\134x"), BYTES("/mnt/a b\t\n\\x") },
		{ BYTES("\\057\\377"), BYTES("/\xff") },
		{ BYTES("\\04"), BYTES("\\04") },
		{ BYTES("\\400\\048\\"), BYTES("\\400\\048\\") },
		{ BYTES("a\\000b"), BYTES("a\\000b") },
		{ BYTES("a\0b"), BYTES("a\0b") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };

		ri_fstab_unescape(rows[i].in, &out);
		check_span("unescape", ri_buf_span(&out), rows[i].want);
	}
}

static void test_is_root(void **state)
{
	static const struct {
		const char *line;
		bool root;
	} rows[] = {
		{ "a / b", true },
		{ "a // b", true },
		{ "a \\057 b", true },
		{ "a /. b", false },
		{ "a /x b", false },
		{ "a none b", false },
		{ "a / swap", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_fstab_entry en;
		size_t pos = 0, lineno = 0;

		assert_true(ri_fstab_next(ri_str(rows[i].line), &pos, &lineno, &en));
		assert_int_equal(ri_fstab_is_root(&en), rows[i].root);
	}
}

/* Of entries and of swap files; comments do not count. */
static void test_most(void **state)
{
	RI_BUF text = { 0 };
	RI_STRV paths = { 0 };
	struct ri_err e = { 0 };
	int rc;

	(void)state;
	for (size_t i = 0; i < RI_FSTAB_ENTRIES_MAX; i++)
		ri_buf_add_str(&text, "# a comment\n\nLABEL=x /x ext4\n");
	check_ok("as many as there may be", ri_fstab_check(ri_buf_span(&text), &e), &e);
	ri_buf_add_str(&text, "LABEL=x /x ext4\n");
	rc = ri_fstab_check(ri_buf_span(&text), &e);
	check_err("too many", rc, &e, RI_E_BUDGET,
	    "more than 1000 entries, which is the most; line 3001 is one too many");
	text.n = 0;
	for (size_t i = 0; i < RI_FSTAB_SWAPFILES_MAX; i++)
		ri_buf_add_str(&text, "/s none swap sw\n/dev/sda2 none swap sw\n");
	e = (struct ri_err){ 0 };
	check_ok("swap files", ri_fstab_swapfiles(ri_buf_span(&text), &paths, &e), &e);
	assert_int_equal(paths.n, 32);
	ri_buf_add_str(&text, "/s none swap sw\n");
	rc = ri_fstab_swapfiles(ri_buf_span(&text), &paths, &e);
	check_err("too many swap files", rc, &e, RI_E_BUDGET,
	    "more than 32 swap files, which is the most; that in line 65 is one too many");
}

static void test_swapfiles(void **state)
{
	RI_STRV out = { 0 };
	struct ri_err e = { 0 };
	int rc = ri_fstab_swapfiles(LIT("/swapfile none swap sw\n"
					"#/old none swap sw\n"
					"/dev/sda2 none swap sw\n"
					"UUID=1 none swap sw\n"
					"/a\\040b swap swap\r\n"
					"/x / ext4 swap\n"
					"relative none swap sw\n"
					"/last[1] none swap"),
	    &out, &e);

	(void)state;
	check_ok("swap", rc, &e);
	assert_int_equal(out.n, 3);
	assert_string_equal(out.v[0], "/swapfile");
	assert_string_equal(out.v[1], "/a b");
	assert_string_equal(out.v[2], "/last[1]");
}

/* By the words of mount(8) and of findmnt --tab-file, which undoes the same. */
static void test_options_and_points(void **state)
{
	static const struct {
		const char *line, *point;
		bool noauto;
	} cases[] = {
		{ "UUID=1 /data/ ext4 noauto 0 0", "/data", true },
		{ "UUID=1 //srv///data// ext4 rw,noauto 0 0", "/srv/data", true },
		{ "UUID=1 /a\\040b/ ext4 noauto,nofail", "/a b", true },
		{ "UUID=1 /a\\057b ext4 x-noauto,noautox", "/a/b", false },
		{ "UUID=1 /a\\134040b ext4 noauto", "/a\\040b", true },
		{ "UUID=1 / ext4", "/", false },
		{ "UUID=1 // ext4 ,noauto,", "/", true },
		{ "UUID=1 none swap noauto", "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_fstab_entry en, again;
		size_t pos = 0, line = 0;
		RI_BUF at = { 0 };

		assert_true(ri_fstab_next(ri_str(cases[i].line), &pos, &line, &en));
		ri_fstab_point(&en, &at);
		check_span(cases[i].line, ri_buf_span(&at), ri_str(cases[i].point));
		assert_int_equal(ri_fstab_has_option(&en, "noauto"), cases[i].noauto);
		assert_int_equal(ri_fstab_find(ri_str(cases[i].line), cases[i].point, &again),
		    cases[i].point[0] != '\0');
	}
}

static void test_option(void **state)
{
	static const char *const want[] = { "rw", "a=\"x,y\"", "b" };
	struct ri_span list = LIT(",rw,,a=\"x,y\",b,"), option;
	size_t n = 0;

	(void)state;
	for (; ri_fstab_option(&list, &option); n++)
		check_span("option", option, ri_str(want[n]));
	assert_int_equal(n, 3);
}

static void test_hex(void **state)
{
	char c = '-';

	(void)state;
	assert_true(ri_fstab_hex(LIT("a\\x2Fb"), 1, &c) && c == '/');
	assert_true(ri_fstab_hex(LIT("\\xfe"), 0, &c) && c == '\xfe');
	assert_true(ri_fstab_hex(LIT("\\x09"), 0, &c) && c == '\t');
	assert_false(ri_fstab_hex(LIT("\\x2"), 0, &c));
	assert_false(ri_fstab_hex(LIT("\\x2g"), 0, &c));
	assert_false(ri_fstab_hex(LIT("\\x00"), 0, &c));
	assert_false(ri_fstab_hex(LIT("\\040"), 0, &c));
	assert_false(ri_fstab_hex(LIT("/x20"), 0, &c));
}

static void test_fields(void **state)
{
	(void)state;
	assert_int_equal(ri_fstab_fields(LIT("")), 0);
	assert_int_equal(ri_fstab_fields(LIT("  # a b c\n")), 0);
	assert_int_equal(ri_fstab_fields(LIT("a\tb \n")), 2);
	assert_int_equal(ri_fstab_fields(LIT(" a b c d 0 1 # x\r\n")), 8);
}

static void test_find(void **state)
{
	const struct ri_span text =
	    LIT("UUID=1 / ext4\nUUID=2 /data// ext4 ro\nUUID=3 /data ext4 rw\n");
	struct ri_fstab_entry en;

	(void)state;
	assert_true(ri_fstab_find(text, "//data/", &en));
	check_span("the first", en.spec, ri_str("UUID=2"));
	assert_false(ri_fstab_find(text, "/dat", &en));
	assert_false(ri_fstab_find(text, "data", &en));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_line_numbers),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_is_root),
		cmocka_unit_test(test_options_and_points),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_swapfiles),
		cmocka_unit_test(test_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
