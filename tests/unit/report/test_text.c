// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What people read of a result. */
#include "unit/check.h"

#include "report/text.h"

/* Phases one after the other and side by side, and one that never ended. */
static void test_timings(void **state)
{
	struct ri_timings t = { 0 };
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	ri_timings_note(&t, "starting the appliance", 0, false, 1000);
	ri_timings_note(&t, "packing", 0, false, 1500);
	ri_timings_note(&t, "packing", 30000000, false, 2500);
	ri_timings_note(&t, "packing", 45000000, true, 3000);
	ri_timings_note(&t, "starting the appliance", 0, true, 26250);
	ri_timings_note(&t, "writing back", 7000000, false, 26250);
	ri_timings_note(&t, "writing back", 9000000, false, 27250);
	ri_timings_note(&t, "writing back", 0, true, 28250); /* its last figure holds */
	ri_timings_note(&t, "packing", 0, false, 30000);     /* again: another row */
	ri_timings_stop(&t, 31009);
	assert_int_equal(ri_print_timings(&t, &out, &e), 0);
	check_span("table", ri_buf_span(&out),
	    ri_str("phase                          seconds       bytes          rate\n"
		   "starting the appliance           25.25\n"
		   "packing                           1.50     45.0 MB     30.0 MB/s\n"
		   "writing back                      2.00      9.0 MB      4.5 MB/s\n"
		   "packing                           1.00  stopped\n"
		   "from first to last               30.00\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
