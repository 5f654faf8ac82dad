// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "cli/cfgfile_check.h"

static void test_passes(void **state)
{
	static const char *const cases[] = {
		"",
		"\n",
		"a = 2147483647;",
		"a = -2147483647;",
		"a = 0x7fffffff;",
		"a = 2147483648L;",
		"a = 9223372036854775807L;",
		"a = 0xFFFFFFFFFL;",
		"a = 99999999999.5; b = 1e30; c = 99999999999e2;",
		"a99999999999 = 1;",
		"a-99999999999 = 1;",
		"# 99999999999 @include \"x\"\n",
		"// 99999999999 @include \"x\"\n",
		"/* 99999999999\n@include \"x\"\n*/",
		"/* never closed 99999999999",
		"a = \"99999999999 @include\";",
		"a = \"\\\" 99999999999\";",
		"a = \"# not a comment\"; b = \"/* nor this\"; c = 1;",
		"a = \"\\\\\"; b = 1;",
		"a = \"\\x01\";",
		"a = \"never closed 99999999999",
		"a = \"\\",
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		unsigned line = 77;

		check_ok(cases[i], ri_cfgscan(ri_str(cases[i]), &line, &e), &e);
		assert_int_equal(line, 77);
	}
}

static void test_refuses(void **state)
{
#define INCLUDE "@include is not followed: each file is read for itself"
#define PLAIN(n)                                                                                   \
	n " is too large for a plain number; put an L behind it, or write a size as a text "       \
	  "(\"4G\")"
	static const struct {
		struct ri_span in;
		unsigned line;
		const char *msg;
	} cases[] = {
		{ BYTES("a = 2147483648;"), 1, PLAIN("2147483648") },
		{ BYTES("a = 4294967299;"), 1, PLAIN("4294967299") },
		{ BYTES("\n\n a =\n-4294967299;"), 4, PLAIN("4294967299") },
		{ BYTES("a = 0x100000003;"), 1, PLAIN("0x100000003") },
		{ BYTES("a = [1,\n2,\n99999999999]"), 3, PLAIN("99999999999") },
		{ BYTES("a = 9223372036854775808L;"), 1, "9223372036854775808 is too large" },
		{ BYTES("a = 99999999999999999999;"), 1, "99999999999999999999 is too large" },
		{ BYTES("@include \"x\"\n"), 1, INCLUDE },
		{ BYTES("a = 1;\n \t@include \"x\"\n"), 2, INCLUDE },
		{ BYTES("/* c */ @include \"x\"\n"), 1, INCLUDE },
		{ BYTES("a = \"x\n\";\n@include \"x\"\n"), 3, INCLUDE },
		{ BYTES("a = \"x\\\n\";\n@include \"x\"\n"), 3, INCLUDE },
		{ BYTES("a = 1;\nb\0 = 2;"), 2, "a NUL byte" },
		{ BYTES("a = \"x\\x00y\";"), 1, "a text must not hold \\x00" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		unsigned line = 0;
		int rc = ri_cfgscan(cases[i].in, &line, &e);

		check_err(cases[i].in.p, rc, &e, RI_E_CONFIG, cases[i].msg);
		if (line != cases[i].line)
			fail_msg("%s: line %u", cases[i].in.p, line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
