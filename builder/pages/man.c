// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pages/man.h"

#include "cli/help.h"
#include "pages/mdoc.h"

/** The first line of the pages, ".Dd November 28, 2026". */
static struct ri_span date_of(const struct ri_man_pieces *p)
{
	struct ri_span rest = p->overview, line = { 0 };

	return ri_span_line(&rest, &line) && ri_span_starts(line, ".Dd ") ? line : ri_str("");
}

static int head(const struct ri_man_pieces *p, const char *name, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span date = date_of(p);

	if (date.n == 0)
		return ri_fail(e, RI_E_CONFIG, 0,
		    "the overview does not begin with .Dd and a date");
	ri_buf_add_span(out, date);
	ri_buf_add_str(out, ".Dt RAMIMG-");
	for (const char *c = name; *c; c++)
		ri_buf_addf(out, "%c", *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	ri_buf_addf(out, " 1\n.Os\n.Sh NAME\n.Nm ramimg-%s\n", name);
	return 0;
}

static void operand(const char *text, struct ri_buf *out)
{
	if (!text)
		ri_buf_add_str(out, ".Ar TARGET\n");
	else if (text[0] == '[')
		ri_buf_addf(out, ".Op Ar %.*s\n", (int)strlen(text) - 2, text + 1);
	else
		ri_buf_addf(out, ".Ar %s\n", text);
}

/** Whether @line begins what is said of an option, whose name is @heading then. */
static bool is_heading(struct ri_span line, struct ri_span *heading)
{
	if (!ri_span_starts(line, ".\\\" "))
		return false;
	*heading = ri_span_trim(ri_span_skip(line, 4));
	return true;
}

/** What options.mdoc has under @heading. */
static void add_more(struct ri_span options, const char *heading, struct ri_buf *out)
{
	struct ri_span line, name;
	bool here = false;

	while (ri_span_line(&options, &line)) {
		if (is_heading(line, &name))
			here = ri_span_eq(name, ri_str(heading));
		else if (here)
			ri_buf_add_span(out, line);
	}
}

static void option(const struct ri_opt_row *row, const struct ri_command *cmd,
    struct ri_span options, struct ri_buf *out)
{
	const char *text = ri_opts_text(row, cmd->bit);
	char heading[100];

	ri_buf_add_str(out, ".It ");
	if (row->letter)
		ri_buf_addf(out, "Fl %c , ", row->letter);
	ri_buf_addf(out, "Fl Fl %s", row->name);
	if (row->arg)
		ri_buf_addf(out, " Ar %s", row->arg);
	ri_buf_addf(out, "\n%c", *text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
	ri_mdoc_prose(out, ri_str(text + 1));
	out->n--;
	ri_buf_add_str(out, ".\n");
	add_more(options, row->name, out);
	snprintf(heading, sizeof heading, "%s %s", row->name, cmd->name);
	add_more(options, heading, out);
}

static void options(const struct ri_command *cmd, struct ri_span more, struct ri_buf *out)
{
	ri_buf_add_str(out, ".Sh OPTIONS\n.Bl -tag -width Ds\n");
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if ((ri_opt_rows[i].takers & cmd->bit) && ri_opt_rows[i].help)
			option(&ri_opt_rows[i], cmd, more, out);
	ri_buf_add_str(out, ".El\n");
}

/** What stands in *@more before its first section, which is cut off there. */
static struct ri_span before_section(struct ri_span *more)
{
	struct ri_span rest = *more, line, first = *more;

	while (rest.n > 0) {
		struct ri_span at = rest;

		if (!ri_span_line(&rest, &line) || !ri_span_starts(line, ".Sh "))
			continue;
		first.n -= at.n;
		*more = at;
		return first;
	}
	more->n = 0;
	return first;
}

int ri_man_command(const struct ri_command *cmd, const struct ri_man_pieces *p, struct ri_span more,
    struct ri_buf *out, struct ri_err *e)
{
	struct ri_span first = before_section(&more);

	if (head(p, cmd->name, out, e) < 0)
		return -1;
	ri_buf_add_str(out, ".Nd ");
	ri_mdoc_words(out, ri_str(cmd->summary));
	ri_buf_addf(out, "\n.Sh SYNOPSIS\n.Nm ramimg\n.Cm %s%s%s\n.Op Ar OPTIONS\n", cmd->name,
	    cmd->verb ? " " : "", cmd->verb ? cmd->verb : "");
	operand(cmd->operand, out);
	ri_buf_add_str(out, ".Sh DESCRIPTION\n");
	ri_mdoc_prose(out, ri_str(cmd->help));
	ri_buf_add_span(out, first);
	options(cmd, p->options, out);
	ri_buf_add_span(out, more);
	ri_buf_add_str(out, ".Sh SEE ALSO\n.Xr ramimg 1 ,\n.Xr ramimg.conf 5\n");
	return ri_buf_check(out, e);
}

/** Whether options.mdoc speaks of an option of a command that there is. */
static bool is_known(struct ri_span heading)
{
	char want[100];

	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		const struct ri_opt_row *row = &ri_opt_rows[i];

		if (row->help && ri_span_eq(heading, ri_str(row->name)))
			return true;
		for (size_t c = 0; c < ri_commands_n; c++) {
			snprintf(want, sizeof want, "%s %s", row->name, ri_commands[c].name);
			if ((row->takers & ri_commands[c].bit) && row->help &&
			    ri_span_eq(heading, ri_str(want)))
				return true;
		}
	}
	return false;
}

static int check_options(struct ri_span options, struct ri_err *e)
{
	struct ri_span line, heading;

	while (ri_span_line(&options, &line))
		if (is_heading(line, &heading) && !is_known(heading))
			return ri_fail(e, RI_E_CONFIG, 0, "there is no option \"%.*s\"",
			    (int)(heading.n < 80 ? heading.n : 80), heading.p);
	return 0;
}

int ri_man_overview(const struct ri_man_pieces *p, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span rest = p->overview, line;
	bool listed = false;

	if (check_options(p->options, e) < 0)
		return ri_ctx(e, "options.mdoc");
	while (ri_span_line(&rest, &line)) {
		if (!ri_span_eq(ri_span_trim(line), ri_str("@COMMANDS@"))) {
			ri_buf_add_span(out, line);
			continue;
		}
		listed = true;
		for (size_t i = 0; i < ri_commands_n; i++) {
			if (!ri_commands[i].summary)
				continue;
			ri_buf_addf(out, ".It Xr ramimg-%s 1\n", ri_commands[i].name);
			ri_mdoc_prose(out, ri_str(ri_commands[i].summary));
		}
	}
	if (!listed)
		return ri_fail(e, RI_E_CONFIG, 0, "the overview has no line @COMMANDS@");
	return ri_buf_check(out, e);
}
