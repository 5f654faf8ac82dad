// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Manual pages against the tables that they are made of; tests/install compares them with what the program prints. */
#include "unit/pages/pieces.h"

#include "cli/help.h"
#include "pages/mdoc.h"

static void check_options(const struct ri_command *cmd, const struct ri_buf *page)
{
	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		const struct ri_opt_row *r = &ri_opt_rows[i];
		bool takes = (r->takers & cmd->bit) && r->help;
		char want[100];
		int k = 0;

		if (r->letter)
			k = snprintf(want, sizeof want, "\n.It Fl %c , Fl Fl %s", r->letter,
			    r->name);
		else
			k = snprintf(want, sizeof want, "\n.It Fl Fl %s", r->name);
		snprintf(want + k, sizeof want - (size_t)k, "%s%s\n", r->arg ? " Ar " : "",
		    r->arg ? r->arg : "");
		if (has(page, want) != takes)
			fail_msg("%s: [%s] is %s there", cmd->name, want, takes ? "not" : "");
	}
}

/** Each command's page has its options and no others. */
static void test_commands(void **state)
{
	RI_ON_EXIT(pieces_free) struct pieces s = { 0 };
	struct ri_err e = { 0 };
	size_t n = 0;

	(void)state;
	pieces_read(&s);
	for (size_t i = 0; i < ri_commands_n; i++) {
		RI_BUF page = { 0 };

		if (!ri_commands[i].summary)
			continue;
		check_ok(ri_commands[i].name,
		    ri_man_command(&ri_commands[i], &s.p, ri_str(""), &page, &e), &e);
		check_options(&ri_commands[i], &page);
		n++;
	}
	assert_true(n > 10);
}

/** What is written by hand stands where it belongs. */
static void test_pieces(void **state)
{
	static const char options[] =
	    ".\\\" force\nAll.\n.\\\" force build\nBuild.\n.\\\" force revert\nRevert.\n";
	const struct ri_man_pieces p = { .overview = ri_str(".Dd May 1, 2026\n@COMMANDS@\n"),
		.options = ri_str(options) };
	struct ri_err e = { 0 };
	RI_BUF page = { 0 };
	RI_BUF other = { 0 };

	(void)state;
	check_ok("build",
	    ri_man_command(command_called("build"), &p, ri_str(".Pp\nMore.\n.Sh EXAMPLES\nOne.\n"),
		&page, &e),
	    &e);
	assert_true(
	    ri_span_starts(ri_buf_span(&page), ".Dd May 1, 2026\n.Dt RAMIMG-BUILD 1\n.Os\n"));
	need(&page, ".Nm ramimg\n.Cm build\n.Op Ar OPTIONS\n.Ar TARGET\n.Sh DESCRIPTION\n");
	need(&page, "\n.Pp\nMore.\n.Sh OPTIONS\n");
	need(&page,
	    "Replace FILE of \\-\\-output and of \\-\\-iso if it exists.\nAll.\nBuild.\n.It ");
	need(&page, ".El\n.Sh EXAMPLES\nOne.\n.Sh SEE ALSO\n");
	assert_false(has(&page, "Revert."));
	check_ok("config",
	    ri_man_command(command_called("config"), &p, ri_str("One.\n"), &other, &e), &e);
	need(&other, ".Nm ramimg\n.Cm config show\n.Op Ar OPTIONS\n.Op Ar VMID\n");
	need(&other, "\nOne.\n.Sh OPTIONS\n");
}

/** A piece that nobody would see is a fault. */
static void test_faults(void **state)
{
	const struct ri_span good = ri_str(".Dd May 1, 2026\n@COMMANDS@\n");
	static const char no_such[] = ".\\\" launch build\nx\n";
	static const char hidden[] = ".\\\" pve-root\nx\n";
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("unknown",
	    ri_man_overview(&(struct ri_man_pieces){ .overview = good, .options = ri_str(no_such) },
		&out, &e),
	    &e, RI_E_CONFIG, "options.mdoc: there is no option \"launch build\"");
	check_err("hidden",
	    ri_man_overview(&(struct ri_man_pieces){ .overview = good, .options = ri_str(hidden) },
		&out, &e),
	    &e, RI_E_CONFIG, "options.mdoc: there is no option \"pve-root\"");
	check_err("commands",
	    ri_man_overview(&(struct ri_man_pieces){ .overview = ri_str(".Dd x\n") }, &out, &e), &e,
	    RI_E_CONFIG, "the overview has no line @COMMANDS@");
	check_err("date",
	    ri_man_command(&ri_commands[0], &(struct ri_man_pieces){ .overview = ri_str("x\n") },
		ri_str(""), &out, &e),
	    &e, RI_E_CONFIG, "the overview does not begin with .Dd and a date");
	check_err("settings",
	    ri_man_settings(&(struct ri_man_pieces){ .settings = ri_str("x\n") }, &out, &e), &e,
	    RI_E_CONFIG, "the page of the settings has no line @SETTINGS@");
	check_err("comment",
	    ri_man_settings(
		&(struct ri_man_pieces){ .settings = ri_str("@SETTINGS@\n"),
		    .example = ri_str("root:\n{\n\t# A.\n\tform = 1;\n\tupper = 2;\n") },
		&out, &e),
	    &e, RI_E_CONFIG, "root.upper has no comment in the example");
}

/** Each setting with its default and the comment above it, what is indented there as it is. */
static void test_settings(void **state)
{
	RI_ON_EXIT(pieces_free) struct pieces s = { 0 };
	struct ri_err e = { 0 };
	RI_BUF page = { 0 };
	char want[100];

	(void)state;
	pieces_read(&s);
	check_ok("settings", ri_man_settings(&s.p, &page, &e), &e);
	for (size_t i = 0; i < ri_settings_n; i++) {
		snprintf(want, sizeof want, "\n.It Cm %s No = ", ri_settings[i].path);
		need(&page, want);
	}
	need(&page, "\n.It Cm archive.gzip_level No = 2\nA whole number, 0 to 3.\n"
		    "0 (fastest) to 3 (smallest).\n.It ");
	need(&page,
	    "\n.It Cm archive.keep No = \\&[ \\&]\nA list of texts.\n"
	    "Built-in rules that shall not apply, written as \\(garamimg build \\-\\-dry-run\\(ga prints them:\n"
	    ".Bd -literal -offset indent\nkeep = [ \"/var/tmp/\" ];\n.Ed\n.It ");
	need(&page, "\n.It Cm detach.config No = \\(dqpending\\(dq\n"
		    "\\(dqpending\\(dq, \\(dqunused\\(dq or \\(dqby-hand\\(dq.\n");
}

/** No text becomes a request, and each character is itself. */
static void test_escapes(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", "\n" },
		{ ".Sh NAME", "\\&.Sh NAME\n" },
		{ "a .b", "a \\&.b\n" },
		{ "'x' `y` \\fB ~ ^", "\\&\\(aqx\\(aq \\(gay\\(ga \\efB \\(ti \\(ha\n" },
		{ "read-only --dry-run -n", "read-only \\-\\-dry-run \\-n\n" },
		{ "One.\nTwo. three. 4.\n Five, A. B", "One.\nTwo. three. 4.\nFive, A.\nB\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		RI_BUF out = { 0 };

		ri_mdoc_prose(&out, ri_str(cases[i].in));
		check_span(cases[i].in, ri_buf_span(&out), ri_str(cases[i].want));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
