// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/zsh.h"

#include "cli/help.h"
#include "pages/operand.h"

static const char head[] =
    "#compdef ramimg\n"
    "# zsh completion for ramimg, made of its tables of commands and options.\n"
    "\n"
    "_ramimg_candidates() {\n"
    "\tlocal -a found\n"
    "\tlocal line word\n"
    "\tfor line in ${(f)\"$(_call_program candidates ramimg candidates $1 2>/dev/null)\"}; do\n"
    "\t\tword=${line%%$'\\t'*}\n"
    "\t\tfound+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
    "\tdone\n"
    "\t_describe -t $1 $1 found\n"
    "}\n"
    "\n"
    "_ramimg_vmids() {\n"
    "\t_ramimg_candidates vmids\n"
    "}\n"
    "\n"
    "_ramimg_targets() {\n"
    "\t_alternative 'targets:target: _ramimg_candidates targets' 'files:file:_files'\n"
    "}\n"
    "\n";

/** What is between brackets in a specification of _arguments; brackets and colons would end it. */
static void explain(const char *text, struct ri_buf *out)
{
	RI_BUF quoted = { 0 };

	ri_buf_add_str(&quoted, "[");
	for (const char *c = text; *c; c++)
		ri_buf_addf(&quoted, "%s%c", *c == '[' || *c == ']' || *c == ':' ? "\\" : "", *c);
	ri_buf_add_str(&quoted, "]");
	if (quoted.oom)
		out->oom = true;
	else
		for (const char *c = quoted.p; *c; c++)
			ri_buf_add_str(out, *c == '\'' ? "'\\''" : (char[]){ *c, '\0' });
}

static void value(const struct ri_opt_row *row, struct ri_buf *out)
{
	if (!row->arg)
		return;
	ri_buf_addf(out, ":%s:", row->arg);
	if (row->words) {
		ri_buf_add_str(out, "(");
		ri_words_add(row, out);
		ri_buf_add_str(out, ")");
	} else if (ri_operand_of_option(row) == RI_OPERAND_FILE) {
		ri_buf_add_str(out, "_files");
	} else if (ri_operand_of_option(row) == RI_OPERAND_DIR) {
		ri_buf_add_str(out, "_files -/");
	}
}

static void option(const struct ri_opt_row *row, unsigned bit, struct ri_buf *out)
{
	bool many = row->kind == RI_OPT_COUNT;
	const char *glue = row->arg ? "+" : "", *equals = row->arg ? "=" : "";

	ri_buf_add_str(out, "\t\t\t");
	if (row->letter && many)
		ri_buf_addf(out, "'*'{-%c,--%s}'", row->letter, row->name);
	else if (row->letter)
		ri_buf_addf(out, "'(-%c --%s)'{-%c%s,--%s%s}'", row->letter, row->name, row->letter,
		    glue, row->name, equals);
	else
		ri_buf_addf(out, "'--%s%s", row->name, equals);
	explain(bit == RI_FOR_ALL ? row->help : ri_opts_text(row, bit), out);
	value(row, out);
	ri_buf_add_str(out, "' \\\n");
}

static void options(unsigned bit, struct ri_buf *out)
{
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if ((ri_opt_rows[i].takers & bit) && ri_opt_rows[i].help)
			option(&ri_opt_rows[i], bit, out);
}

static void operand(const struct ri_command *cmd, struct ri_buf *out)
{
	int at = 1;

	if (cmd->verb)
		ri_buf_addf(out, "\t\t\t'%d:word:(%s)' \\\n", at++, cmd->verb);
	switch (ri_operand_of(cmd)) {
	case RI_OPERAND_TARGET:
		ri_buf_addf(out, "\t\t\t'%d:target:_ramimg_targets'\n", at);
		break;
	case RI_OPERAND_VMID:
		ri_buf_addf(out, "\t\t\t'%d:VMID:_ramimg_vmids'\n", at);
		break;
	case RI_OPERAND_COMMAND:
		ri_buf_addf(out, "\t\t\t'%d:command:_ramimg_commands'\n", at);
		break;
	case RI_OPERAND_FILE:
	case RI_OPERAND_DIR:
	case RI_OPERAND_NONE:
		ri_buf_add_str(out, "\t\t\t&& return\n");
		break;
	}
}

static void commands(struct ri_buf *out)
{
	ri_buf_add_str(out, "_ramimg_commands() {\n\tlocal -a commands=(\n");
	for (size_t i = 0; i < ri_commands_n; i++) {
		RI_BUF word = { 0 };

		if (!ri_commands[i].summary)
			continue;
		ri_buf_addf(&word, "%s:%s", ri_commands[i].name, ri_commands[i].summary);
		ri_buf_add_str(out, "\t\t");
		if (word.oom)
			out->oom = true;
		else
			ri_shell_quote(out, word.p, false);
		ri_buf_add_str(out, "\n");
	}
	ri_buf_add_str(out, "\t)\n\t_describe -t commands command commands\n}\n\n");
}

int ri_complete_zsh(struct ri_buf *out, struct ri_err *e)
{
	ri_buf_add_str(out, head);
	commands(out);
	ri_buf_add_str(out, "_ramimg() {\n"
			    "\tlocal context state state_descr line\n"
			    "\ttypeset -A opt_args\n"
			    "\t_arguments -C \\\n");
	options(RI_FOR_ALL, out); /* they may stand before the command, too */
	ri_buf_add_str(out, "\t\t\t'(-)1:command:_ramimg_commands' \\\n"
			    "\t\t\t'(-)*::argument:->argument'\n"
			    "\t[[ $state == argument ]] || return\n"
			    "\tcase $words[1] in\n");
	for (size_t i = 0; i < ri_commands_n; i++) {
		if (!ri_commands[i].summary)
			continue;
		ri_buf_addf(out, "\t%s)\n\t\t_arguments -s -S \\\n", ri_commands[i].name);
		options(ri_commands[i].bit, out);
		operand(&ri_commands[i], out);
		ri_buf_add_str(out, "\t\t;;\n");
	}
	ri_buf_add_str(out, "\tesac\n}\n\n_ramimg \"$@\"\n");
	return ri_buf_check(out, e);
}
