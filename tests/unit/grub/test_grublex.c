// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grublex.h"

/* Each row was put behind `linux /v` in a menuentry and given to grub-script-check (2.06): GRUB
 * takes and refuses the same ones, but for those marked. */
static const struct {
	const char *in;
	const char *words[4];
} good[] = {
	{ "", { 0 } },
	{ " \t ", { 0 } },
	{ "quiet", { "quiet" } },
	{ "  quiet\tsplash ", { "quiet", "splash" } },
	{ "a='b c' d", { "a='b c'", "d" } },
	{ "\"a b\"c'd e'", { "\"a b\"c'd e'" } },
	{ "a\\ b c", { "a\\ b", "c" } },
	{ "memmap=4G\\$8G", { "memmap=4G\\$8G" } },
	{ "memmap=4G$8G", { "memmap=4G$8G" } }, /* a variable to GRUB, as in the stock entry */
	{ "${azAZ_09} $z9Z", { "${azAZ_09}", "$z9Z" } },
	{ "$vt_handoff ${a} $? ${1}", { "$vt_handoff", "${a}", "$?", "${1}" } },
	{ "\"x $a ${b}\"", { "\"x $a ${b}\"" } },
	{ "\"\\$ \\\" '\"", { "\"\\$ \\\" '\"" } },
	{ "'\\' '$ \" ;'", { "'\\'", "'$ \" ;'" } },
	{ "a#b", { "a#b" } },
	{ "if while --", { "if", "while", "--" } },
	{ "[ ] a[[b", { "[", "]", "a[[b" } },
	{ "\xc3\xa9=(hd0),*?`x`", { "\xc3\xa9=(hd0),*?`x`" } },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct ri_span rest = ri_str(good[i].in), word = { 0 };
		struct ri_err e = { 0 };

		for (size_t w = 0; w < 4 && good[i].words[w]; w++) {
			assert_int_equal(ri_grub_word(&rest, &word, &e), 1);
			check_span(good[i].in, word, ri_str(good[i].words[w]));
		}
		check_ok(good[i].in, ri_grub_word(&rest, &word, &e), &e);
		assert_int_equal(rest.n, 0);
	}
}

static const struct {
	struct ri_span in;
	const char *msg;
} bad[] = {
	{ BYTES("a$"), "a $ names no variable" },
	{ BYTES("$ b"), "a $ names no variable" },
	{ BYTES("${}"), "a $ names no variable" },
	{ BYTES("${a-b}"), "a $ names no variable" },
	{ BYTES("${a"), "a $ names no variable" },
	{ BYTES("$(x)"), "a $ names no variable" },
	{ BYTES("$\"x\""), "a $ names no variable" }, /* GRUB: a text to translate */
	{ BYTES("\"a$\""), "a $ in quotes names no variable" },
	{ BYTES("\"${a b}\""), "a $ in quotes names no variable" },
	{ BYTES("\"${"), "a $ in quotes names no variable" },
	{ BYTES("a'b"), "the quote ' is not closed" },
	{ BYTES("\"a"), "the quote \" is not closed" },
	{ BYTES("\"a\\\""), "the quote \" is not closed" },
	{ BYTES("\"a\\"), "the quote \" is not closed" },
	{ BYTES("a\\"), "a backslash at the end" }, /* GRUB: goes on in the next line */
	{ BYTES("a{b"), "{ outside quotes" },
	{ BYTES("}"), "} outside quotes" },
	{ BYTES("a|b"), "| outside quotes" },
	{ BYTES("&"), "& outside quotes" },
	{ BYTES("a;reboot"), "; outside quotes" }, /* GRUB: two commands */
	{ BYTES("<"), "< outside quotes" },
	{ BYTES("a>b"), "> outside quotes" },
	{ BYTES("[["), "[[ outside quotes" },
	{ BYTES("]] x"), "]] outside quotes" },
	{ BYTES("#x"), "a # starts a comment" }, /* GRUB: lost to the end of the line */
	{ BYTES("a\nb"), "byte 0x0a is not allowed in a GRUB command" },
	{ BYTES("a\r"), "byte 0x0d is not allowed in a GRUB command" },
	{ BYTES("'a\nb'"), "byte 0x0a is not allowed in a GRUB command" },
	{ BYTES("\"a\0b\""), "byte 0x00 is not allowed in a GRUB command" },
	{ BYTES("\"a\\\nb\""), "byte 0x0a is not allowed in a GRUB command" },
	{ BYTES("a\\\nb"), "byte 0x0a is not allowed in a GRUB command" },
	{ BYTES("\0"), "byte 0x00 is not allowed in a GRUB command" },
	{ BYTES("a\x7f"), "byte 0x7f is not allowed in a GRUB command" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_span rest = bad[i].in, word = { 0 };
		struct ri_err e = { 0 };

		check_err(bad[i].msg, ri_grub_word(&rest, &word, &e), &e, RI_E_GUEST, bad[i].msg);
	}
}

static void test_long_word(void **state)
{
	RI_BUF b = { 0 };
	struct ri_span rest, word;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 1 << 20; i++)
		ri_buf_add(&b, "x", 1);
	rest = ri_buf_span(&b);
	assert_int_equal(ri_grub_word(&rest, &word, &e), 1);
	assert_int_equal(word.n, 1 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
