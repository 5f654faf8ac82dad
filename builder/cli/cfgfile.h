// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Configuration files: libconfig syntax, the settings of plan/job.h's table and nothing else.
 */
#include "plan/job.h"

#define RI_CFGFILE_MAX (1 << 20) /* bytes of a file */

/**
 * Override the settings in @job by those in @text, with "NAME:LINE" as where each comes from
 * (plan/origin.h). @name stands for the file in messages, too. After a
 * failure some of them may have been set, so @job is to be thrown away.
 * @return 0; -1 RI_E_CONFIG "NAME:LINE: PATH: why", RI_E_NOMEM.
 */
int ri_cfgfile_parse(const char *name, struct ri_span text, struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same for @path, which must be a regular file of at most RI_CFGFILE_MAX bytes. If it is
 * @optional, a missing file is not an error.
 * @return 0; -1 RI_E_CONFIG (also if it cannot be read), RI_E_NOMEM.
 */
int ri_cfgfile_read(const char *path, bool optional, struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
