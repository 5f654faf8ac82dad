// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Configuration files: libconfig syntax, the settings of plan/job.h's table and nothing else.
 */
#include "plan/job.h"

#define RI_CFGFILE_MAX (1 << 20)

/**
 * Put the settings of @text over those in @job. @name stands for the file in messages.
 * On failure part of the settings may have been put; throw @job away.
 * @return 0; -1 RI_E_CONFIG, "NAME:LINE: PATH: why", RI_E_NOMEM.
 */
int ri_cfgfile_parse(const char *name, struct ri_span text, struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same for the file at @path, a regular one of at most RI_CFGFILE_MAX bytes. With @optional, a
 * missing file is not an error.
 * @return 0; -1 RI_E_CONFIG (also where it cannot be read), RI_E_NOMEM.
 */
int ri_cfgfile_read(const char *path, bool optional, struct ri_job *job,
    struct ri_err *e) RI_MUST_CHECK;
