// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/opts.h"

static void defaults_are_the_boot_s(void **state)
{
	char *argv[] = { "ramload", "load", NULL };
	struct ri_err e = { 0 };
	struct ri_cmdline c;

	(void)state;
	check_ok("load", ri_cmdline_parse(2, argv, &c, &e), &e);
	assert_int_equal(c.command, RI_CMD_LOAD);
	assert_string_equal(c.o.manifest, "/ramimg/manifest");
	assert_string_equal(c.o.root, "/root");
	assert_string_equal(c.o.aside, "/run/ramimg/disk");
	assert_string_equal(c.o.status, "/run/ramimg/status");
	assert_string_equal(c.o.mountinfo, "/proc/self/mountinfo");
	assert_null(c.o.archive_root);
	assert_null(c.o.archive);
	assert_false(c.o.no_mount);
}

static void both_spellings_of_options(void **state)
{
	char *argv[] = { "ramload", "giveup", "why not", "--root", "/r", "--status=/s=1",
		"--no-mount", NULL };
	struct ri_err e = { 0 };
	struct ri_cmdline c;

	(void)state;
	check_ok("giveup", ri_cmdline_parse(7, argv, &c, &e), &e);
	assert_int_equal(c.command, RI_CMD_GIVEUP);
	assert_string_equal(c.reason, "why not");
	assert_string_equal(c.o.root, "/r");
	assert_string_equal(c.o.status, "/s=1");
	assert_true(c.o.no_mount);
}

static const struct {
	char *argv[5];
	const char *msg;
} wrong[] = {
	{ { "ramload" }, "no command; see ramload --help" },
	{ { "ramload", "lode" }, "no command \"lode\"; see ramload --help" },
	{ { "ramload", "load", "--rot=/x" }, "no option \"--rot=/x\"; see ramload --help" },
	{ { "ramload", "load", "--roo" }, "no option \"--roo\"; see ramload --help" },
	{ { "ramload", "load", "--=x" }, "no option \"--=x\"; see ramload --help" },
	{ { "ramload", "load", "/root" }, "no option \"/root\"; see ramload --help" },
	{ { "ramload", "load", "--root" }, "--root needs a DIR" },
	{ { "ramload", "load", "--no-mount=1" }, "no option \"--no-mount=1\"; see ramload --help" },
	{ { "ramload", "giveup" }, "giveup needs a REASON" },
};

static void wrong_command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct ri_err e = { 0 };
		struct ri_cmdline c;
		char *argv[5];
		int argc = 0;

		while (wrong[i].argv[argc]) {
			argv[argc] = wrong[i].argv[argc];
			argc++;
		}
		check_err(wrong[i].msg, ri_cmdline_parse(argc, argv, &c, &e), &e, RI_E_USAGE,
		    wrong[i].msg);
	}
}

static void help_names_everything_within_80_columns(void **state)
{
	static const char *const words[] = { "load", "giveup REASON", "release", "check", "where",
		"--help", "--version", "--root DIR", "--no-mount", "exit status" };
	struct ri_span rest, line;
	RI_BUF help = { 0 };

	(void)state;
	ri_cmdline_help(&help);
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strstr(help.p, words[i]))
			fail_msg("no \"%s\" in the help", words[i]);
	rest = ri_buf_span(&help);
	while (ri_span_line(&rest, &line))
		if (line.n > 81)
			fail_msg("too long: %.*s", (int)line.n, line.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_the_boot_s),
		cmocka_unit_test(both_spellings_of_options),
		cmocka_unit_test(wrong_command_lines),
		cmocka_unit_test(help_names_everything_within_80_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
