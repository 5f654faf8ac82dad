// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/template.h"

static const struct ri_template_var vars[] = {
	{ "A", "first" },
	{ "LONG_NAME_2", "@A@ 'x'" },
	{ "AZ_09", "" },
	{ "EMPTY", "" },
};

static const struct {
	const char *in, *want;
} good[] = {
	{ "", "" },
	{ "no places\n", "no places\n" },
	{ "@A@", "first" },
	{ "<@A@>@A@", "<first>first" },
	{ "@LONG_NAME_2@", "@A@ 'x'" }, /* a value is not expanded again */
	{ "[@EMPTY@]", "[]" },
	{ "[@AZ_09@]", "[]" },
	{ "a@b", "a@b" },
	{ "@", "@" },
	{ "@@", "@@" },
	{ "@@A@@", "@first@" },
	{ "@a@", "@a@" },
	{ "@A", "@A" },
	{ "@A b@", "@A b@" },
	{ "@A@A@", "firstA@" },
	{ "root@HOST now", "root@HOST now" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_template_expand(ri_str(good[i].in), vars, sizeof vars / sizeof *vars,
		    &out, &e);

		check_ok(good[i].in, rc, &e);
		check_span(good[i].in, ri_buf_span(&out), ri_str(good[i].want));
	}
}

static void test_unknown(void **state)
{
	static const struct {
		const char *in, *msg;
	} bad[] = {
		{ "x @NO@ y", "@NO@: unknown name" },
		{ "@A@@B@", "@B@: unknown name" },
		{ "@_@", "@_@: unknown name" },
		{ "@7@", "@7@: unknown name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_template_expand(ri_str(bad[i].in), vars, sizeof vars / sizeof *vars,
		    &out, &e);

		check_err(bad[i].in, rc, &e, RI_E_CONFIG, bad[i].msg);
	}
}

static void test_appends_and_passes_nuls(void **state)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&out, "before ");
	check_ok("nuls",
	    ri_template_expand(LIT("\0@\0@A@\0"), vars, sizeof vars / sizeof *vars, &out, &e), &e);
	check_span("nuls", ri_buf_span(&out), LIT("before \0@\0first\0"));
}

static void test_out_of_memory_is_told(void **state)
{
	struct ri_buf out = { .oom = true };
	struct ri_err e = { 0 };

	(void)state;
	check_err("oom",
	    ri_template_expand(ri_str("x"), vars, sizeof vars / sizeof *vars, &out, &e), &e,
	    RI_E_NOMEM, "out of memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_appends_and_passes_nuls),
		cmocka_unit_test(test_out_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
