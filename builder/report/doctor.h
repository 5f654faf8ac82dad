// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What `ramimg doctor` says, for people and for programs.
 */
#include "doctor/doctor.h"
#include "doctor/start.h"

/** Append the table, and below it each remedy; @start NULL: the appliance was not started. */
int ri_print_doctor(const struct ri_doctor *d, const struct ri_doctor_start *start,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
/** The same as JSON (docs/json.md). @return 0; -1 RI_E_NOMEM. */
int ri_report_doctor(const struct ri_doctor *d, const struct ri_doctor_start *start,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
