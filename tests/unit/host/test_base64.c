// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "host/base64.h"

/* The test vectors of RFC 4648, section 10, and what is not base64. */
static void test_decode(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: refused */
	} cases[] = {
		{ "", "" },
		{ "Zg==", "f" },
		{ "Zm8=", "fo" },
		{ "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" },
		{ "Zm9v\nYmE=\n", "fooba" },
		{ "Zm9vYmFy", "foobar" },
		{ "Zg", NULL },
		{ "Zg=", NULL },
		{ "Zm9v*", NULL },
		{ "Zg==Zg==", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		int rc = ri_base64_decode(cases[i].in, &out, &e);

		if (cases[i].want) {
			check_ok(cases[i].in, rc, &e);
			check_span(cases[i].in, ri_buf_span(&out), ri_str(cases[i].want));
		} else {
			check_err(cases[i].in, rc, &e, RI_E_IO, "not base64, or cut short");
			assert_int_equal(out.n, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
