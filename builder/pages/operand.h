// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the shells complete: of which kind a command's operand and an option's value are.
 */
#include "cli/opts.h"

enum ri_operand {
	RI_OPERAND_NONE,
	RI_OPERAND_TARGET, /* a VMID, a volume, a file */
	RI_OPERAND_VMID,
	RI_OPERAND_COMMAND,
	RI_OPERAND_FILE,
	RI_OPERAND_DIR,
};

/** Of what a command is for. */
enum ri_operand ri_operand_of(const struct ri_command *cmd);
/** Of an option's value, unless it is one of the row's words. */
enum ri_operand ri_operand_of_option(const struct ri_opt_row *row);

/** Append the words that an option's value is one of, with blanks between them. */
void ri_words_add(const struct ri_opt_row *row, struct ri_buf *out);

/** Append @text between single quotes, as shells have it; in fish a backslash is one there, too. */
void ri_shell_quote(struct ri_buf *out, const char *text, bool fish);
