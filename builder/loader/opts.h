// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The command line: one table of options, from which parser and --help are made.
 */
#include "loader/load.h"

enum ri_command {
	RI_CMD_LOAD,
	RI_CMD_GIVEUP,
	RI_CMD_RELEASE,
	RI_CMD_CHECK,
	RI_CMD_WHERE,
	RI_CMD_HELP,
	RI_CMD_VERSION
};

struct ri_cmdline {
	enum ri_command command;
	const char *reason; /* of giveup */
	struct ri_load_opts o;
};

/** Parse @argv into @out, which points into it. @return 0; -1 RI_E_USAGE. */
int ri_cmdline_parse(int argc, char **argv, struct ri_cmdline *out, struct ri_err *e) RI_MUST_CHECK;
/** Append the text of --help. */
void ri_cmdline_help(struct ri_buf *out);
