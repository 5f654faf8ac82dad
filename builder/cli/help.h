// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * `ramimg --help` and the help of each command, made from the tables of options and commands.
 */
#include "cli/opts.h"

/**
 * Append the help of @cmd or, if that is NULL, the general help. No line is longer than 80 columns.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_opts_help(const struct ri_command *cmd, struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/** What the option @row does in the command of @bit, as its help says. NULL: the help leaves it out. */
const char *ri_opts_text(const struct ri_opt_row *row, unsigned bit);
