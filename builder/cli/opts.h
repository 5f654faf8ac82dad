// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The command line: one table of commands and one of options. The parser, the help, the man pages
 * and the tests all follow them.
 */
#include "cli/cmd_internal.h"

/** Commands as bits, for the column that says which commands take an option. */
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
	RI_FOR_DOCTOR = 1 << 10,
	RI_FOR_TEST = 1 << 11,
	RI_FOR_CONFIG = 1 << 12,
	RI_FOR_NONE = 1 << 13, /* without a command, or with "help": --help, --version */
	/* Those whose operand is a volume. */
	RI_FOR_VOLUMES = (RI_FOR_LIST - 1) | RI_FOR_TEST,
	/* Those that may start the appliance. */
	RI_FOR_APPLIANCE = RI_FOR_BUILD | RI_FOR_INSPECT | RI_FOR_VERIFY | RI_FOR_REVERT |
			   RI_FOR_DOCTOR | RI_FOR_TEST,
	RI_FOR_COMMANDS = RI_FOR_NONE - 1,
	RI_FOR_ALL = RI_FOR_COMMANDS | RI_FOR_NONE,
};

/** A row of the table of commands. */
struct ri_command {
	const char *name;
	unsigned bit;        /* RI_FOR_… */
	bool changes;        /* it writes to the volume */
	const char *verb;    /* the word that has to stand behind the name; NULL: none */
	const char *operand; /* instead of "TARGET"; in brackets if it is optional */
	const char *summary; /* its line in the general help; NULL: ramimg starts it itself, and the
				help leaves it out */
	const char *help;    /* the text of the command's own help */
	int (*run)(const struct ri_opts *o, const struct ri_job *job,
	    struct ri_err *e); /* NULL: "help", which the parser makes --help of */
};
extern const struct ri_command ri_commands[];
extern const size_t ri_commands_n;

enum ri_opt_kind {
	RI_OPT_FLAG,  /* bool */
	RI_OPT_COUNT, /* int, how often it was given */
	RI_OPT_TEXT,  /* const char * */
	RI_OPT_WORD,  /* int, the index in words */
};

/** A row of the table of options. */
struct ri_opt_row {
	const char *name; /* without the dashes */
	char letter;      /* 0: none */
	enum ri_opt_kind kind;
	size_t offset;   /* in struct ri_opts */
	unsigned takers; /* the RI_FOR_… of the commands that take it */
	const char *arg; /* the placeholder of its value in the help; NULL for flags and counts */
	const char *const *words; /* the values that it may have, NULL-terminated; NULL: any */
	const char *help;         /* NULL: only ramimg(1) has it, under TESTING */
};
extern const struct ri_opt_row ri_opt_rows[];
extern const size_t ri_opt_rows_n;

/** A row of the table of what an option's help says in some commands instead of its row's text. */
struct ri_opt_text {
	const char *name;  /* of the option */
	unsigned commands; /* RI_FOR_… */
	const char *help;
};
extern const struct ri_opt_text ri_opt_texts[];
extern const size_t ri_opt_texts_n;

/**
 * Parse the command line into @o, whose strings point into @argv. Options may be anywhere, even
 * before the command; "--" ends them. *@cmd is the command; NULL if there is none, which --help and
 * --version allow. With either of them nothing else has to be complete. "help COMMAND" is the same as
 * "COMMAND --help".
 * @return 0; -1 RI_E_USAGE.
 */
int ri_opts_parse(int argc, char *const *argv, struct ri_opts *o, const struct ri_command **cmd,
    struct ri_err *e) RI_MUST_CHECK;

/** Whether --json or -j is on a command line that could not be parsed, which may have stopped before it. */
bool ri_opts_ask_json(int argc, char *const *argv);
