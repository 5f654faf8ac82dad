// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The settings that count, for programs.
 */
#include "plan/job.h"

/** Append what `ramimg config show --json` prints; @vmid is the word that was asked for, or NULL. @return 0; -1 RI_E_NOMEM. */
int ri_report_config(const struct ri_job *job, const char *vmid, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
