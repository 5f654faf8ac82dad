// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Manual pages, made from the tables that the program and its help go by, and from what is written by hand in docs/man.
 */
#include "cli/opts.h"

/** What is written by hand. */
struct ri_man_pieces {
	struct ri_span
	    overview; /* ramimg.1.in: its first line is the date of all pages, @COMMANDS@ a line in it */
	struct ri_span settings; /* ramimg.conf.5.in, with a line @SETTINGS@ */
	struct ri_span options;  /* options.mdoc: more on options; see ri_man_command */
	struct ri_span example;  /* configs/ramimg.conf, whose comments explain the settings */
};

/** Append ramimg(1). @return 0; -1 RI_E_CONFIG: a piece is not as it should be; RI_E_NOMEM. */
int ri_man_overview(const struct ri_man_pieces *p, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the page of @cmd. @more is written by hand: what stands before its first .Sh goes to the description, the rest
 * to the end. In options.mdoc a line `.\" NAME` or `.\" NAME COMMAND` begins what is said of an option beyond its help, of
 * that command or of all; it is a fault to name one that there is not.
 * @return as ri_man_overview.
 */
int ri_man_command(const struct ri_command *cmd, const struct ri_man_pieces *p, struct ri_span more,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;
