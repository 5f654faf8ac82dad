// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the shells complete; tests/install asks the shells themselves. */
#include "unit/pages/pieces.h"

#include "pages/bash.h"
#include "pages/fish.h"
#include "pages/operand.h"
#include "pages/zsh.h"

static void test_operands(void **state)
{
	(void)state;
	assert_int_equal(ri_operand_of(command_called("build")), RI_OPERAND_TARGET);
	assert_int_equal(ri_operand_of(command_called("doctor")), RI_OPERAND_TARGET);
	assert_int_equal(ri_operand_of(command_called("list")), RI_OPERAND_VMID);
	assert_int_equal(ri_operand_of(command_called("config")), RI_OPERAND_VMID);
	assert_int_equal(ri_operand_of(command_called("help")), RI_OPERAND_COMMAND);
	assert_int_equal(ri_operand_of(command_called("candidates")), RI_OPERAND_NONE);
}

static void test_values(void **state)
{
	static const char *const words[] = { "a", NULL };
	static const struct {
		struct ri_opt_row row;
		enum ri_operand want;
	} cases[] = {
		{ { .arg = "FILE" }, RI_OPERAND_FILE },
		{ { .arg = "DIR" }, RI_OPERAND_DIR },
		{ { .arg = "NODE" }, RI_OPERAND_NONE },
		{ { .arg = "FILE", .words = words }, RI_OPERAND_NONE },
		{ { .arg = NULL }, RI_OPERAND_NONE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(ri_operand_of_option(&cases[i].row), cases[i].want);
}

static void test_quotes(void **state)
{
	static const struct {
		const char *in, *shell, *fish;
	} cases[] = {
		{ "", "''", "''" },
		{ "a b$(c)", "'a b$(c)'", "'a b$(c)'" },
		{ "it's", "'it'\\''s'", "'it\\'s'" },
		{ "a\\b", "'a\\b'", "'a\\\\b'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_BUF shell = { 0 };
		RI_BUF fish = { 0 };

		ri_shell_quote(&shell, cases[i].in, false);
		ri_shell_quote(&fish, cases[i].in, true);
		check_span("shell", ri_buf_span(&shell), ri_str(cases[i].shell));
		check_span("fish", ri_buf_span(&fish), ri_str(cases[i].fish));
	}
}

/** What ramimg starts itself, and options for tests, are offered nowhere. */
static void test_hidden(void **state)
{
	int (*const all[])(struct ri_buf * out, struct ri_err * e) = { ri_complete_bash,
		ri_complete_zsh, ri_complete_fish };

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		check_ok("completion", all[i](&out, &e), &e);
		need(&out, "check-migrate");
		need(&out, "untested");
		assert_false(has(&out, "read-direct"));
		assert_false(has(&out, "parse-tar"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
