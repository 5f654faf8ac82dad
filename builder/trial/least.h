// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The search for the least memory that a machine works with: halving, down to steps of 16 MiB.
 */
#include <stdbool.h>

#define RI_TRIAL_LEAST_STEP 16 /* MiB */

/** MiB, multiples of the step: `low` is too little, `high` works. */
struct ri_trial_least {
	unsigned low, high;
};

/** Begin where @memory MiB are known to work. No machine boots with less than 64. */
struct ri_trial_least ri_trial_least_begin(unsigned memory);
/** The memory to be tried next, or 0 where `high` is the answer. */
unsigned ri_trial_least_next(const struct ri_trial_least *l);
/** What came of it. */
void ri_trial_least_tried(struct ri_trial_least *l, unsigned memory, bool works);
