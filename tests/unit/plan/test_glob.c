// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "plan/glob.h"

#include <ctype.h>
#include <fnmatch.h>

static const struct {
	const char *pattern, *path;
	bool want;
} rows[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "a", "", false },
	{ "/a/b", "/a/b", true },
	{ "/a/b", "/a/bc", false },
	{ "*", "", true },
	{ "**", "abc", true },
	{ "/a/*", "/a/b", true },
	{ "/a/*", "/a/.b", true },
	{ "/a/*", "/a/", true },
	{ "/a/*", "/a/b/c", false },
	{ "/*/c", "/a/b/c", false },
	{ "/a?c", "/a/c", false },
	{ "/a[/]c", "/a/c", false },
	{ "/a[!x]c", "/a/c", false },
	{ "*.deb", "a.deb.deb", true },
	{ "*a*b*", "xxaxxbxx", true },
	{ "*a*b", "aabab", true },
	{ "*a*b", "aabac", false },
	{ "[abc]", "b", true },
	{ "[a-c]x", "bx", true },
	{ "[!a-c]", "b", false },
	{ "[^a-c]", "d", true },
	{ "[]a]", "]", true },
	{ "[!]a]", "]", false },
	{ "[a-]", "-", true },
	{ "[z-a]", "m", false },
	{ "[\\]]", "]", true },
	{ "[[:digit:]_]", "7", true },
	{ "[![:alpha:]]", "7", true },
	{ "[[:nope:]]", "x", false },
	{ "[abc", "[abc", true },
	{ "[b]", "[b]", false },
	{ "a[/]c", "a[/]c", true },
	{ "a[+-/]c", "a.c", false },
	{ "a[+-/]c", "a[+-/]c", true },
	{ "[a-zA-Z0-9_]", "z", true },
	{ "[[:upper:][:lower:]]", "Z", true },
	{ "[", "[", true },
	{ "[\\", "[", false },
	{ "[\\", "[\\", false },
	{ "[a-\\", "[a-", false },
	{ "a[/b]c", "abc", false },
	{ "a[/b]c", "a[/b]c", true },
	{ "a[", "ab", false },
	{ "\\*", "*", true },
	{ "\\*", "a", false },
	{ "\\a", "a", true },
	{ "a\\", "a", false },
	{ "?", "\xff", true },
	{ "[\xf0-\xff]", "\xff", true },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ri_glob_match(ri_str(rows[i].pattern), ri_str(rows[i].path)) != rows[i].want)
			fail_msg("[%s] on [%s]: want %d", rows[i].pattern, rows[i].path,
			    rows[i].want);
}

static size_t draw(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(*seed >> 33) % below;
}

static char draw_char(uint64_t *seed, const char *alphabet)
{
	return alphabet[draw(seed, strlen(alphabet))];
}

/* fnmatch is the judge, on patterns where POSIX leaves no choice (no slash within brackets). */
static void test_against_fnmatch(void **state)
{
	uint64_t seed = 1;
	int matched = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		char pattern[9] = "", path[9] = "";
		bool want;

		for (size_t i = 0; i < 8; i++) {
			pattern[i] = draw_char(&seed, i % 2 ? "ab*?[]" : "ab*?/]!-");
			path[i] = draw_char(&seed, "ab/]");
		}
		pattern[1 + draw(&seed, 8)] = '\0';
		path[1 + draw(&seed, 8)] = '\0';
		if (strchr(pattern, '[') && strchr(strchr(pattern, '['), '/'))
			continue;
		want = fnmatch(pattern, path, FNM_PATHNAME) == 0;
		matched += want;
		if (ri_glob_match(ri_str(pattern), ri_str(path)) != want)
			fail_msg("[%s] on [%s]: fnmatch says %d", pattern, path, want);
	}
	assert_true(matched > 1000);
}

/* Patterns that cost a backtracking matcher its life. */
static void test_no_explosion(void **state)
{
	RI_BUF pattern = { 0 };
	RI_BUF path = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		ri_buf_add_str(&pattern, "*a");
	ri_buf_add_str(&pattern, "b");
	for (int i = 0; i < 100000; i++)
		ri_buf_add_str(&path, "a");
	assert_false(ri_glob_match(ri_buf_span(&pattern), ri_buf_span(&path)));
}

/* Each class on each byte, against the C library in the C locale, which a program starts in. */
static void test_classes(void **state)
{
	static const struct {
		const char *pattern;
		int (*has)(int c);
	} classes[] = {
		{ "[[:alnum:]]", isalnum },
		{ "[[:alpha:]]", isalpha },
		{ "[[:blank:]]", isblank },
		{ "[[:cntrl:]]", iscntrl },
		{ "[[:digit:]]", isdigit },
		{ "[[:graph:]]", isgraph },
		{ "[[:lower:]]", islower },
		{ "[[:print:]]", isprint },
		{ "[[:punct:]]", ispunct },
		{ "[[:space:]]", isspace },
		{ "[[:upper:]]", isupper },
		{ "[[:xdigit:]]", isxdigit },
	};

	(void)state;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		for (int c = 0; c < 256; c++) {
			char byte = (char)c;

			/* No set matches a slash (FNM_PATHNAME). */
			if (c == '/')
				continue;
			if (ri_glob_match(ri_str(classes[i].pattern), ri_span(&byte, 1)) !=
			    (classes[i].has(c) != 0))
				fail_msg("%s on byte %d", classes[i].pattern, c);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_against_fnmatch),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_no_explosion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
