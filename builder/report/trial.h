// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What ramimg says of a trial: for people, for programs, and for those that show the results of tests (JUnit's XML).
 */
#include "trial/checks.h"
#include "trial/machine.h"

/** A trial that is over; everything is borrowed. */
struct ri_trial_told {
	const char *target; /* as the administrator named it */
	const struct ri_trial_machine *m;
	const char *boot; /* "ram", "disk": what GRUB was told to boot; NULL: nothing */
	const struct ri_trial_checks *checks;
	int64_t ms;          /* that it took */
	const char *console; /* the file that has the console */
	unsigned least;      /* MiB, the least that it works with; 0: not searched for */
};

/** Append a table of the checks. @return 0; -1 RI_E_NOMEM. */
int ri_print_trial(const struct ri_trial_told *t, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/** Append what `ramimg test --json` prints (docs/json.md). @return 0; -1 RI_E_NOMEM. */
int ri_report_trial(const struct ri_trial_told *t, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Append a test suite as JUnit and those who read its files have it: a testcase for each check.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_junit_trial(const struct ri_trial_told *t, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
