// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/bash.h"

#include "pages/operand.h"

static const char head[] =
    "# bash completion for ramimg, made of its tables of commands and options. It takes bash-completion.\n"
    "_ramimg_candidates() {\n"
    "\tlocal word what\n"
    "\twhile IFS=$'\\t' read -r word what; do\n"
    "\t\t[[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$word\")\n"
    "\tdone < <(\"$ramimg\" candidates \"$1\" 2>/dev/null)\n"
    "}\n"
    "\n"
    "_ramimg_words() {\n"
    "\tCOMPREPLY+=($(compgen -W \"$1\" -- \"$cur\"))\n"
    "}\n"
    "\n"
    "_ramimg() {\n"
    "\tlocal cur prev words cword split command='' operands=0 i ramimg=$1\n"
    "\t_init_completion -s -n : || return\n";

/** Past what is on the line before the cursor: options, and the values that stand behind them. */
static const char scan[] = "\t\t-*) ;;\n"
			   "\t\t*)\n"
			   "\t\t\tif [[ ! $command ]]; then\n"
			   "\t\t\t\tcommand=${words[i]}\n"
			   "\t\t\telse\n"
			   "\t\t\t\t((operands++))\n"
			   "\t\t\tfi\n"
			   "\t\t\t;;\n"
			   "\t\tesac\n"
			   "\tdone\n";

static void pattern(const struct ri_opt_row *row, struct ri_buf *out)
{
	if (row->letter)
		ri_buf_addf(out, "-%c | ", row->letter);
	ri_buf_addf(out, "--%s", row->name);
}

/** The loop that finds the command, and how many words stand behind it. */
static void find_command(struct ri_buf *out)
{
	bool first = true;

	ri_buf_add_str(out, "\tfor ((i = 1; i < cword; i++)); do\n\t\tcase ${words[i]} in\n\t\t");
	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		if (!ri_opt_rows[i].arg)
			continue;
		if (!first)
			ri_buf_add_str(out, " | ");
		first = false;
		pattern(&ri_opt_rows[i], out);
	}
	ri_buf_add_str(out, ")\n"
			    "\t\t\t[[ ${words[i + 1]} == = ]] && ((i++))\n"
			    "\t\t\t((i++))\n"
			    "\t\t\t;;\n");
	ri_buf_add_str(out, scan);
}

static void value(const struct ri_opt_row *row, struct ri_buf *out)
{
	ri_buf_add_str(out, "\t");
	pattern(row, out);
	ri_buf_add_str(out, ")\n");
	if (row->words) {
		ri_buf_add_str(out, "\t\t_ramimg_words '");
		ri_words_add(row, out);
		ri_buf_add_str(out, "'\n");
	} else if (ri_operand_of_option(row) == RI_OPERAND_FILE) {
		ri_buf_add_str(out, "\t\t_filedir\n");
	} else if (ri_operand_of_option(row) == RI_OPERAND_DIR) {
		ri_buf_add_str(out, "\t\t_filedir -d\n");
	}
	ri_buf_add_str(out, "\t\treturn\n\t\t;;\n");
}

static void options(unsigned bit, struct ri_buf *out)
{
	ri_buf_add_str(out, "\t\t\t_ramimg_words '");
	for (size_t i = 0, n = 0; i < ri_opt_rows_n; i++)
		if ((ri_opt_rows[i].takers & bit) && ri_opt_rows[i].help)
			ri_buf_addf(out, "%s--%s", n++ > 0 ? " " : "", ri_opt_rows[i].name);
	ri_buf_add_str(out, "'\n");
}

static void names(const char *tabs, struct ri_buf *out)
{
	ri_buf_addf(out, "%s_ramimg_words '", tabs);
	for (size_t i = 0, n = 0; i < ri_commands_n; i++)
		if (ri_commands[i].summary)
			ri_buf_addf(out, "%s%s", n++ > 0 ? " " : "", ri_commands[i].name);
	ri_buf_add_str(out, "'\n");
}

static void operand(const struct ri_command *cmd, struct ri_buf *out)
{
	/* Behind the last word that a command takes there is nothing to be completed. */
	ri_buf_addf(out, "\t\t\t[[ $operands == %d ]] || return\n", cmd->verb ? 1 : 0);
	switch (ri_operand_of(cmd)) {
	case RI_OPERAND_TARGET:
		ri_buf_add_str(out, "\t\t\t_ramimg_candidates targets\n"
				    "\t\t\t_filedir\n"
				    "\t\t\t__ltrim_colon_completions \"$cur\"\n");
		break;
	case RI_OPERAND_VMID:
		ri_buf_add_str(out, "\t\t\t_ramimg_candidates vmids\n");
		break;
	case RI_OPERAND_COMMAND:
		names("\t\t\t", out);
		break;
	case RI_OPERAND_FILE:
	case RI_OPERAND_DIR:
	case RI_OPERAND_NONE:
		break;
	}
}

static void command(const struct ri_command *cmd, struct ri_buf *out)
{
	ri_buf_addf(out, "\t%s)\n\t\tif [[ $cur == -* ]]; then\n", cmd->name);
	options(cmd->bit, out);
	if (cmd->verb)
		ri_buf_addf(out, "\t\telif [[ $operands == 0 ]]; then\n\t\t\t_ramimg_words %s\n",
		    cmd->verb);
	ri_buf_add_str(out, "\t\telse\n");
	operand(cmd, out);
	ri_buf_add_str(out, "\t\tfi\n\t\t;;\n");
}

int ri_complete_bash(struct ri_buf *out, struct ri_err *e)
{
	ri_buf_add_str(out, head);
	find_command(out);
	ri_buf_add_str(out, "\tcase $prev in\n");
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if (ri_opt_rows[i].arg && ri_opt_rows[i].help)
			value(&ri_opt_rows[i], out);
	ri_buf_add_str(out, "\tesac\n\t$split && return\n\tcase $command in\n\t'')\n"
			    "\t\tif [[ $cur == -* ]]; then\n");
	options(RI_FOR_ALL, out);
	ri_buf_add_str(out, "\t\telse\n");
	names("\t\t\t", out);
	ri_buf_add_str(out, "\t\tfi\n\t\t;;\n");
	for (size_t i = 0; i < ri_commands_n; i++)
		if (ri_commands[i].summary)
			command(&ri_commands[i], out);
	ri_buf_add_str(out, "\tesac\n}\ncomplete -F _ramimg ramimg\n");
	return ri_buf_check(out, e);
}
