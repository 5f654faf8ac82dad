// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubtoken.h"

/* W a word, ; a break, { } braces, ! broken: what a text's tokens are, and the words of it. */
static const struct {
	const char *in, *kinds, *words;
} texts[] = {
	{ "", "", "" },
	{ " \t\r", "", "" },
	{ "a b\tc\r\n", "WWW;", "a|b|c|" },
	{ "a;b\n", "W;W;", "a|b|" },
	{ "a\\\nb \\\n c", "WW", "a\\\nb|c|" },
	{ "# a { ' \" \nb", ";W", "b|" },
	{ "a#b #c", "W", "a#b|" },
	{ "a{b}c", "W{W}W", "a|b|c|" },
	{ "'a {;\n#' \"}\\\"'\"", "WW", "'a {;\n#'|\"}\\\"'\"|" },
	{ "a'b c'\"d e\"\\ f", "W", "a'b c'\"d e\"\\ f|" },
	{ "${a}$b$ \"${c}\"", "WW", "${a}$b$|\"${c}\"|" },
	{ "\\{ \\}", "WW", "\\{|\\}|" },
	{ "a |", "W!", "a|" },
	{ "a&b", "W!", "a|" },
	{ "<", "!", "" },
	{ "a>b", "W!", "a|" },
	{ "b 'a", "W!", "b|" },
	{ "\"a\\\"", "!", "" },
	{ "${a", "!", "" },
	{ "a\\", "!", "" },
};

static void test_tokens(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ri_span rest = ri_str(texts[i].in), text;
		RI_BUF kinds = { 0 };
		RI_BUF words = { 0 };
		enum ri_grub_kind kind;

		do {
			kind = ri_grub_token(&rest, &text);
			if (kind != RI_GRUB_FINISH)
				ri_buf_add(&kinds, &"W;{} !"[kind], 1);
			if (kind != RI_GRUB_WORD)
				continue;
			ri_buf_add_span(&words, text);
			ri_buf_add(&words, "|", 1);
		} while (kind != RI_GRUB_FINISH && kind != RI_GRUB_BROKEN);
		check_span(texts[i].in, ri_buf_span(&kinds), ri_str(texts[i].kinds));
		check_span(texts[i].in, ri_buf_span(&words), ri_str(texts[i].words));
	}
}

/* NULL: only GRUB knows. */
static const struct {
	const char *word, *bare;
} words[] = {
	{ "", "" },
	{ "a", "a" },
	{ "'a b'c\"d e\"", "a bcd e" },
	{ "a\\ b\\'", "a b'" },
	{ "'a\\b$c\"'", "a\\b$c\"" },
	{ "\"a\\$b\\\"c\\\\d\\e'\"", "a$b\"c\\d\\e'" },
	{ "a\\$b", "a$b" },
	{ "$a", NULL },
	{ "\"x${a}\"", NULL },
	{ "'Bob'\\''s'", "Bob's" },
};

static void test_unquote(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct ri_err e = { 0 };
		RI_BUF bare = { 0 };
		int rc = ri_grub_unquote(ri_str(words[i].word), &bare, &e);

		check_ok(words[i].word, words[i].bare ? rc - 1 : rc, &e);
		if (words[i].bare)
			check_span(words[i].word, ri_buf_span(&bare), ri_str(words[i].bare));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_unquote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
