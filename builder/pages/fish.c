// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/fish.h"

#include "cli/help.h"
#include "pages/operand.h"

static const char head[] =
    "# fish completion for ramimg, made of its tables of commands and options.\n"
    "complete -c ramimg -f\n";

static void value(const struct ri_opt_row *row, struct ri_buf *out)
{
	if (!row->arg)
		return;
	if (row->words) {
		ri_buf_add_str(out, " -x -a '");
		ri_words_add(row, out);
		ri_buf_add_str(out, "'");
	} else if (ri_operand_of_option(row) == RI_OPERAND_FILE) {
		ri_buf_add_str(out, " -r -F");
	} else if (ri_operand_of_option(row) == RI_OPERAND_DIR) {
		ri_buf_add_str(out, " -x -a '(__fish_complete_directories)'");
	} else {
		ri_buf_add_str(out, " -x");
	}
}

static void options(const char *when, unsigned bit, struct ri_buf *out)
{
	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		const struct ri_opt_row *row = &ri_opt_rows[i];

		if (!(row->takers & bit) || !row->help)
			continue;
		ri_buf_addf(out, "complete -c ramimg -n '%s'", when);
		if (row->letter)
			ri_buf_addf(out, " -s %c", row->letter);
		ri_buf_addf(out, " -l %s", row->name);
		value(row, out);
		ri_buf_add_str(out, " -d ");
		ri_shell_quote(out, bit == RI_FOR_ALL ? row->help : ri_opts_text(row, bit), true);
		ri_buf_add_str(out, "\n");
	}
}

static void names(const char *when, struct ri_buf *out)
{
	for (size_t i = 0; i < ri_commands_n; i++) {
		if (!ri_commands[i].summary)
			continue;
		ri_buf_addf(out, "complete -c ramimg -n '%s' -a %s -d ", when, ri_commands[i].name);
		ri_shell_quote(out, ri_commands[i].summary, true);
		ri_buf_add_str(out, "\n");
	}
}

static void command(const struct ri_command *cmd, struct ri_buf *out)
{
	char when[100], words[200];

	snprintf(when, sizeof when, "__fish_seen_subcommand_from %s", cmd->name);
	options(when, cmd->bit, out);
	snprintf(words, sizeof words, "%s", when);
	if (cmd->verb) {
		ri_buf_addf(out,
		    "complete -c ramimg -n '%s; and not __fish_seen_subcommand_from %s' -a %s\n",
		    when, cmd->verb, cmd->verb);
		snprintf(words, sizeof words, "%s; and __fish_seen_subcommand_from %s", when,
		    cmd->verb);
	}
	switch (ri_operand_of(cmd)) {
	case RI_OPERAND_TARGET:
		ri_buf_addf(out,
		    "complete -c ramimg -n '%s' -F -a '(ramimg candidates targets 2>/dev/null)'\n",
		    words);
		break;
	case RI_OPERAND_VMID:
		ri_buf_addf(out,
		    "complete -c ramimg -n '%s' -a '(ramimg candidates vmids 2>/dev/null)'\n",
		    words);
		break;
	case RI_OPERAND_COMMAND:
		names(words, out);
		break;
	case RI_OPERAND_FILE:
	case RI_OPERAND_DIR:
	case RI_OPERAND_NONE:
		break;
	}
}

int ri_complete_fish(struct ri_buf *out, struct ri_err *e)
{
	ri_buf_add_str(out, head);
	names("__fish_use_subcommand", out);
	options("__fish_use_subcommand", RI_FOR_ALL, out); /* they may stand before it, too */
	for (size_t i = 0; i < ri_commands_n; i++)
		if (ri_commands[i].summary)
			command(&ri_commands[i], out);
	return ri_buf_check(out, e);
}
