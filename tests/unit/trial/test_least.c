// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The search for the least memory. */
#include "unit/check.h"
#include "trial/least.h"

static void test_search(void **state)
{
	(void)state;
	/* From any memory that works, whatever the least is: it is found, in few steps, and works itself. */
	for (unsigned from = 64; from < 5000; from += 37) {
		for (unsigned least = 1; least <= from; least += 29) {
			struct ri_trial_least l = ri_trial_least_begin(from);
			unsigned memory, steps = 0;

			while ((memory = ri_trial_least_next(&l)) != 0) {
				if (memory % RI_TRIAL_LEAST_STEP != 0 || memory >= l.high ||
				    memory <= l.low || memory < 64 || ++steps > 10)
					fail_msg("from %u, least %u: %u of %u to %u, step %u", from,
					    least, memory, l.low, l.high, steps);
				ri_trial_least_tried(&l, memory, memory >= least);
			}
			if (l.high < least ||
			    (l.high >= least + RI_TRIAL_LEAST_STEP && l.high > 64))
				fail_msg("from %u, least %u: %u", from, least, l.high);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
