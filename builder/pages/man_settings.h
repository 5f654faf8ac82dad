// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The manual page of the settings.
 */
#include "pages/man.h"
#include "plan/job.h"

/**
 * Append ramimg.conf(5): each setting with what it may be, its default, and the comment above it in the example.
 * @return as ri_man_overview; also RI_E_CONFIG where a setting has no comment.
 */
int ri_man_settings(const struct ri_man_pieces *p, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
