// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/osrelease.h"

static const struct {
	const char *name;
	struct ri_span in;
	const char *id, *os, *pretty, *version;
} cases[] = {
	{ "Debian 12",
	    BYTES(
		"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"
		"VERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n"
		"HOME_URL=\"https://www.debian.org/\"\n"),
	    "debian", "Debian GNU/Linux", "Debian GNU/Linux 12 (bookworm)", "12" },
	{ "empty", BYTES(""), "linux", "Linux", "", "" },
	{ "no values", BYTES("ID=\nNAME=\"\"\n"), "linux", "Linux", "", "" },
	{ "sid has no version", BYTES("ID=debian\nNAME=\"Debian GNU/Linux\"\n"), "debian",
	    "Debian GNU/Linux", "", "" },
	{ "CRLF and no final newline", BYTES("ID=debian\r\nNAME='X Y'\r\nVERSION_ID=1"), "debian",
	    "X Y", "", "1" },
	{ "comments, blanks, other lines",
	    BYTES("# ID=no\n\n  ID=yes\nwhat is this\nMY_ID=no\nID =no\nNAME\n=\n"), "yes", "Linux",
	    "", "" },
	{ "the last one counts", BYTES("ID=a\nID=b\n"), "b", "Linux", "", "" },
	{ "quotes",
	    BYTES("NAME=\"a\\\"b\\$c\\`d\\\\e\\f\"\nPRETTY_NAME='a\\b\"c'\nID=a\\ b'c'\"d\" e\n"),
	    "a bcd", "a\"b$c`d\\e\\f", "a\\b\"c", "" },
	{ "nothing is expanded", BYTES("NAME=\"$HOME `id` $(id)\"\n"), "linux", "$HOME `id` $(id)",
	    "", "" },
	{ "open quotes end with the line", BYTES("NAME=\"a b\nID='x\nVERSION_ID=\"1\\"), "x", "a b",
	    "", "1\\" },
	{ "bytes", BYTES("NAME=\"\xc3\xa9\xff\x01\"\n"), "linux", "\xc3\xa9\xff\x01", "", "" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease o = { 0 };
		struct ri_err e = { 0 };

		check_ok(cases[i].name, ri_osrelease_parse(cases[i].in, &o, &e), &e);
		assert_string_equal(o.id, cases[i].id);
		assert_string_equal(o.name, cases[i].os);
		assert_string_equal(o.pretty_name, cases[i].pretty);
		assert_string_equal(o.version_id, cases[i].version);
	}
}

static void test_nul(void **state)
{
	struct ri_osrelease o = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("NUL", ri_osrelease_parse(LIT("ID=a\0b\n"), &o, &e), &e, RI_E_GUEST,
	    "a NUL byte in os-release");
	assert_null(o.id);
}

static void test_huge_line(void **state)
{
	RI_ON_EXIT(ri_osrelease_free) struct ri_osrelease o = { 0 };
	RI_BUF in = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&in, "NAME=\"");
	for (int i = 0; i < 1 << 20; i++)
		ri_buf_add_str(&in, "n");
	check_ok("huge", ri_osrelease_parse(ri_buf_span(&in), &o, &e), &e);
	assert_int_equal(strlen(o.name), 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_huge_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
