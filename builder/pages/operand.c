// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/operand.h"

enum ri_operand ri_operand_of(const struct ri_command *cmd)
{
	if (!cmd->operand || strstr(cmd->operand, "TARGET"))
		return RI_OPERAND_TARGET;
	if (strstr(cmd->operand, "VMID"))
		return RI_OPERAND_VMID;
	return strstr(cmd->operand, "COMMAND") ? RI_OPERAND_COMMAND : RI_OPERAND_NONE;
}

enum ri_operand ri_operand_of_option(const struct ri_opt_row *row)
{
	if (row->words || !row->arg)
		return RI_OPERAND_NONE;
	if (strcmp(row->arg, "FILE") == 0)
		return RI_OPERAND_FILE;
	return strcmp(row->arg, "DIR") == 0 ? RI_OPERAND_DIR : RI_OPERAND_NONE;
}

void ri_words_add(const struct ri_opt_row *row, struct ri_buf *out)
{
	for (size_t i = 0; row->words[i]; i++)
		ri_buf_addf(out, "%s%s", i > 0 ? " " : "", row->words[i]);
}

void ri_shell_quote(struct ri_buf *out, const char *text, bool fish)
{
	ri_buf_add_str(out, "'");
	for (const char *c = text; *c; c++) {
		if (*c == '\'')
			ri_buf_add_str(out, fish ? "\\'" : "'\\''");
		else if (*c == '\\' && fish)
			ri_buf_add_str(out, "\\\\");
		else
			ri_buf_add(out, c, 1);
	}
	ri_buf_add_str(out, "'");
}
