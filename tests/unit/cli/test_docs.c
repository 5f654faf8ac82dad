// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "plan/job.h"
#include "plan/rules.h"

/*
 * The documentation against the tables that the program goes by.
 */

/** A page below docs/ as a C string in @page. */
static void read_page(const char *path, char page[static 100000])
{
	RI_FILE FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		fail_msg("%s cannot be read", path);
	n = fread(page, 1, 99999, f);
	assert_true(n > 0 && n < 99999);
	page[n] = '\0';
}

static void need(const char *page, const char *want)
{
	if (!strstr(page, want))
		fail_msg("lacks [%s]", want);
}

/** configuration.md has a row for every setting, with its range, and for every built-in rule. */
static void test_configuration(void **state)
{
	static char page[100000];
	char want[300];

	(void)state;
	read_page(SOURCE_DIR "/docs/configuration.md", page);
	for (size_t i = 0; i < ri_settings_n; i++) {
		const struct ri_setting *s = &ri_settings[i];

		if (s->kind == RI_SET_INT)
			snprintf(want, sizeof want, "\n| `%s` | %lld..%lld |", s->path, s->min,
			    s->max);
		else
			snprintf(want, sizeof want, "\n| `%s` | ", s->path);
		need(page, want);
	}
	for (const struct ri_rule_row *r = ri_rules_builtin; r->pattern; r++) {
		snprintf(want, sizeof want, "\n| `%s` | %s |\n", r->pattern, r->why);
		need(page, want);
	}
}

/** The page has a row whose first column is @name in backquotes and whose last is the status of @code. */
static void need_status(const char *page, const char *name, enum ri_code code)
{
	const char *row, *end;
	char want[100];

	snprintf(want, sizeof want, "\n| `%s` | ", name);
	need(page, want);
	row = strstr(page, want) + 1;
	end = strchr(row, '\n');
	assert_non_null(end);
	snprintf(want, sizeof want, " | %d |", ri_err_exit_status(code));
	check_span(name, ri_span(end - strlen(want), strlen(want)), ri_str(want));
}

/** json.md has a row for every code's word with the status that it leads to. */
static void test_json_errors(void **state)
{
	static char page[100000];

	(void)state;
	read_page(SOURCE_DIR "/docs/json.md", page);
	for (int code = RI_OK + 1; code <= RI_E_LAST; code++)
		need_status(page, ri_err_word((enum ri_code)code), (enum ri_code)code);
}

/** errors.md has a row for every code with the status that it leads to. */
static void test_errors(void **state)
{
	static const struct {
		enum ri_code code;
		const char *name;
	} codes[] = {
		{ RI_E_USAGE, "RI_E_USAGE" },
		{ RI_E_MISSING, "RI_E_MISSING" },
		{ RI_E_CONFIG, "RI_E_CONFIG" },
		{ RI_E_UNSUPPORTED, "RI_E_UNSUPPORTED" },
		{ RI_E_GUEST, "RI_E_GUEST" },
		{ RI_E_BUSY, "RI_E_BUSY" },
		{ RI_E_BUDGET, "RI_E_BUDGET" },
		{ RI_E_IO, "RI_E_IO" },
		{ RI_E_VERIFY, "RI_E_VERIFY" },
		{ RI_E_NOMEM, "RI_E_NOMEM" },
		{ RI_E_CANCELLED, "RI_E_CANCELLED" },
		{ RI_E_COMMIT, "RI_E_COMMIT" },
	};
	static char page[100000];

	(void)state;
	/* Each code of the enum, from the first failure to the last. */
	assert_int_equal(sizeof codes / sizeof *codes, RI_E_LAST - RI_OK);
	read_page(SOURCE_DIR "/docs/errors.md", page);
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		need_status(page, codes[i].name, codes[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_json_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
