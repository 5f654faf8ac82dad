// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/suggest.h"

static void test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		size_t want;
	} cases[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "build", "build", 0 },
		{ "biuld", "build", 1 },
		{ "buld", "build", 1 },
		{ "bbuild", "build", 1 },
		{ "built", "build", 1 },
		{ "ca", "abc", 3 },
		{ "kitten", "sitting", 3 },
	};
	char longest[66];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (ri_suggest_distance(cases[i].a, cases[i].b) != cases[i].want ||
		    ri_suggest_distance(cases[i].b, cases[i].a) != cases[i].want)
			fail_msg("%s, %s: %zu", cases[i].a, cases[i].b,
			    ri_suggest_distance(cases[i].a, cases[i].b));
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	assert_true(ri_suggest_distance(longest, "a") == SIZE_MAX);
	assert_true(ri_suggest_distance("a", longest) == SIZE_MAX);
	assert_int_equal(ri_suggest_distance(longest + 1, "a"), 63);
}

static void test_better(void **state)
{
	static const struct {
		const char *typed, *known;
		bool want;
	} cases[] = {
		{ "biuld", "build", true },
		{ "bu", "build", true }, /* its beginning */
		{ "b", "build", false },
		{ "", "build", false },
		{ "", "ab", false },
		{ "xyz", "ab", false },
		{ "frce", "force", true },
		{ "fro", "out", false },
		{ "xx", "out", false },
		{ "detach", "revert", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t best = SIZE_MAX;

		if (ri_suggest_better(cases[i].typed, cases[i].known, &best) != cases[i].want)
			fail_msg("%s, %s", cases[i].typed, cases[i].known);
	}
}

/** The nearest of several stays, whatever their order. */
static void test_best_stays(void **state)
{
	size_t best = SIZE_MAX;

	(void)state;
	assert_true(ri_suggest_better("outpt", "out", &best));
	assert_true(ri_suggest_better("outpt", "output", &best));
	assert_false(ri_suggest_better("outpt", "out", &best));
	assert_int_equal(best, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_better),
		cmocka_unit_test(test_best_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
