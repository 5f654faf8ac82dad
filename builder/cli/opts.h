// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The command line: one table of commands, one of options; parser, help, man page and tests all go
 * by them.
 */
#include "cli/cmd_internal.h"

/** Commands as bits, for the options' column of who takes them. */
enum {
	RI_FOR_BUILD = 1 << 0,
	RI_FOR_INSPECT = 1 << 1,
	RI_FOR_VERIFY = 1 << 2,
	RI_FOR_REVERT = 1 << 3,
	RI_FOR_RECOVER = 1 << 4,
	RI_FOR_LIST = 1 << 5,
	RI_FOR_STATUS = 1 << 6,
	RI_FOR_DETACH = 1 << 7,
	RI_FOR_ATTACH = 1 << 8,
	RI_FOR_CHECK_MIGRATE = 1 << 9,
	RI_FOR_NONE = 1 << 10, /* without a command: --help, --version */
	/* Those whose operand is a volume. */
	RI_FOR_VOLUMES = RI_FOR_LIST - 1,
	RI_FOR_COMMANDS = RI_FOR_NONE - 1,
	RI_FOR_ALL = RI_FOR_COMMANDS | RI_FOR_NONE,
};

struct ri_command {
	const char *name;
	unsigned bit;
	bool changes;        /* it writes to the volume */
	const char *operand; /* instead of "TARGET"; in brackets where it is not needed */
	const char *summary; /* one line of the general help; NULL: ramimg starts it itself, and it
				is not told of */
	const char *help;    /* the text of the command's own help */
	int (*run)(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e);
};
extern const struct ri_command ri_commands[];
extern const size_t ri_commands_n;

enum ri_opt_kind {
	RI_OPT_FLAG,  /* bool */
	RI_OPT_COUNT, /* int, how often */
	RI_OPT_TEXT,  /* const char * */
	RI_OPT_WORD,  /* int, the index in words */
};

struct ri_opt_row {
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	enum ri_opt_kind kind;
	size_t offset;   /* in struct ri_opts */
	unsigned takers; /* RI_FOR_ bits */
	const char *arg; /* what stands for the value in the help; NULL for flags and counts */
	const char *const *words; /* what a value may be, NULL-terminated; NULL: anything */
	const char *help;         /* NULL: only the man page tells of it, under TESTING */
};
extern const struct ri_opt_row ri_opt_rows[];
extern const size_t ri_opt_rows_n;

/**
 * Read the command line into @o, whose strings then belong to @argv. Options may stand anywhere,
 * before the command too; "--" ends them. *@cmd is the command, NULL without one (then
 * --help or --version was given). With --help or --version nothing else has to be complete.
 * @return 0; -1 RI_E_USAGE.
 */
int ri_opts_parse(int argc, char *const *argv, struct ri_opts *o, const struct ri_command **cmd,
    struct ri_err *e) RI_MUST_CHECK;
