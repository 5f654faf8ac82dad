// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/help.h"

#define COLUMNS 80
#define HELP_AT 26 /* where the explanations of options begin */

/** Append @text broken at blanks; the first line stands at column @at, the others at HELP_AT. */
static void wrap(struct ri_buf *out, size_t at, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > HELP_AT && at + 1 + n > COLUMNS) {
			ri_buf_addf(out, "\n%*s", HELP_AT, "");
			at = HELP_AT;
		} else if (at > HELP_AT) {
			ri_buf_add_str(out, " ");
			at++;
		}
		ri_buf_add(out, text, n);
		at += n;
		text += n;
		text += strspn(text, " ");
	}
	ri_buf_add_str(out, "\n");
}

const char *ri_opts_text(const struct ri_opt_row *row, unsigned bit)
{
	for (size_t i = 0; i < ri_opt_texts_n; i++)
		if ((ri_opt_texts[i].commands & bit) &&
		    strcmp(ri_opt_texts[i].name, row->name) == 0)
			return ri_opt_texts[i].help;
	return row->help;
}

static void option(struct ri_buf *out, const struct ri_opt_row *row, unsigned bit)
{
	char head[64];
	int n = 0;

	if (row->letter)
		n = snprintf(head, sizeof head, "  -%c, --%s", row->letter, row->name);
	else
		n = snprintf(head, sizeof head, "      --%s", row->name);
	if (row->arg && n > 0 && (size_t)n < sizeof head)
		snprintf(head + n, sizeof head - (size_t)n, " %s", row->arg);
	ri_buf_addf(out, "%-*s", HELP_AT, head);
	if (strlen(head) >= HELP_AT)
		ri_buf_addf(out, "\n%*s", HELP_AT, "");
	wrap(out, HELP_AT, ri_opts_text(row, bit));
}

static void options(struct ri_buf *out, unsigned bit)
{
	ri_buf_add_str(out, "\nOptions:\n");
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if ((ri_opt_rows[i].takers & bit) && ri_opt_rows[i].help)
			option(out, &ri_opt_rows[i], bit);
}

static void general(struct ri_buf *out)
{
	ri_buf_add_str(out,
	    "Usage: ramimg COMMAND [OPTIONS] TARGET\n"
	    "\n"
	    "Makes the disk of a Linux VM boot wholly into RAM. TARGET is an image file (raw,\n"
	    "qcow2 or vmdk) or a block device; on a Proxmox VE host also a volume\n"
	    "(vm-105-disk-1, local-lvm:vm-105-disk-1) or a VMID, meaning its boot disk.\n"
	    "\n"
	    "Commands:\n");
	for (size_t i = 0; i < ri_commands_n; i++) {
		if (!ri_commands[i].summary)
			continue;
		ri_buf_addf(out, "  %-*s", HELP_AT - 2, ri_commands[i].name);
		wrap(out, HELP_AT, ri_commands[i].summary);
	}
	options(out, RI_FOR_NONE);
	ri_buf_add_str(out,
	    "\n"
	    "`ramimg help COMMAND` or `ramimg COMMAND --help` lists the options of a command.\n"
	    "\n"
	    "Exit status: 0 done; 1 failed, TARGET unchanged; 2 usage or configuration;\n"
	    "3 refused (unsupported guest, does not fit, volume in use); 4 failed after the\n"
	    "commit to TARGET began (`ramimg recover TARGET` completes it).\n");
}

int ri_opts_help(const struct ri_command *cmd, struct ri_buf *out, struct ri_err *e)
{
	if (!cmd || !cmd->summary) {
		general(out);
	} else {
		ri_buf_addf(out, "Usage: ramimg %s%s%s [OPTIONS] %s\n\n", cmd->name,
		    cmd->verb ? " " : "", cmd->verb ? cmd->verb : "",
		    cmd->operand ? cmd->operand : "TARGET");
		ri_buf_add_str(out, cmd->help);
		options(out, cmd->bit);
	}
	return ri_buf_check(out, e);
}
