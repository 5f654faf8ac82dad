// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trial/least.h"

enum { STEP = RI_TRIAL_LEAST_STEP, LOW = 64 - RI_TRIAL_LEAST_STEP };

struct ri_trial_least ri_trial_least_begin(unsigned memory)
{
	return (struct ri_trial_least){ .low = LOW, .high = memory };
}

unsigned ri_trial_least_next(const struct ri_trial_least *l)
{
	unsigned middle;

	if (l->high < l->low || l->high - l->low <= STEP)
		return 0;
	middle = l->low + (l->high - l->low) / 2;
	return middle / STEP * STEP > l->low ? middle / STEP * STEP : l->low + STEP;
}

void ri_trial_least_tried(struct ri_trial_least *l, unsigned memory, bool works)
{
	*(works ? &l->high : &l->low) = memory;
}
