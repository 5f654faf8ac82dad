// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where the settings of a job come from, and their values as a configuration has them.
 */
#include "plan/job.h"

/**
 * Note that @where ("FILE:LINE", "--kernel") has set @s in @job. What was noted before is forgotten.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_origin_set(struct ri_job *job, const struct ri_setting *s, const char *where,
    struct ri_err *e) RI_MUST_CHECK;
/** What was noted last; NULL where nothing was, which makes it the default. */
const char *ri_origin_of(const struct ri_job *job, const struct ri_setting *s);

/**
 * Append the value of @s in @job as a configuration has it (libconfig's manual, "The Configuration File Format"):
 * "gzip" in quotes, 3, true, "128M", [ "/srv/" ]. The caller calls ri_buf_check.
 */
void ri_setting_show(const struct ri_setting *s, const struct ri_job *job, struct ri_buf *out);
