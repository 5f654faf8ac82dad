// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "cli/help.h"
#include "cli/opts.h"

#include <ctype.h>

#define WORDS(...)                                                                                 \
	{                                                                                          \
		"ramimg", __VA_ARGS__, NULL                                                        \
	}

static int count(char *const *argv)
{
	int n = 0;

	while (argv[n])
		n++;
	return n;
}

static int parse(const char *const *argv, struct ri_opts *o, const struct ri_command **cmd,
    struct ri_err *e)
{
	char *copy[16] = { 0 };
	int rc;

	/* The parser takes what main gets; it must not write to it. */
	for (size_t i = 0; argv[i]; i++)
		copy[i] = (char *)(uintptr_t)argv[i];
	rc = ri_opts_parse(count(copy), copy, o, cmd, e);
	for (size_t i = 0; argv[i]; i++)
		assert_ptr_equal(copy[i], argv[i]);
	return rc;
}

static void check_text(const char *name, const char *got, const char *want)
{
	if ((got == NULL) != (want == NULL) || (got && strcmp(got, want) != 0))
		fail_msg("%s: got %s, want %s", name, got ? got : "NULL", want ? want : "NULL");
}

static const struct {
	const char *argv[12], *cmd;
	struct ri_opts want;
} good[] = {
	{ WORDS("build", "d.raw"), "build", { .target = "d.raw", .compression = -1 } },
	{ WORDS("inspect", "d"), "inspect", { .target = "d", .compression = -1 } },
	{ WORDS("verify", "d"), "verify", { .target = "d", .compression = -1 } },
	{ WORDS("revert", "--force", "d"), "revert",
	    { .target = "d", .compression = -1, .force = true } },
	{ WORDS("recover", "d"), "recover", { .target = "d", .compression = -1 } },
	{ WORDS("build", "--out", "o", "--output=f", "d"), "build",
	    { .target = "d", .compression = -1, .out = "o", .output = "f" } },
	{ WORDS("build", "d", "-oo", "-O", "f", "-nvv"), "build",
	    { .target = "d",
		.compression = -1,
		.out = "o",
		.output = "f",
		.dry_run = true,
		.verbose = 2 } },
	{ WORDS("-v", "--config", "c", "build", "d", "--verbose"), "build",
	    { .target = "d", .compression = -1, .config = "c", .verbose = 2 } },
	{ WORDS("build", "--compression", "gzip", "d"), "build",
	    { .target = "d", .compression = RI_GZIP } },
	{ WORDS("build", "-z", "gzip", "-zzstd", "d"), "build",
	    { .target = "d", .compression = RI_ZSTD } },
	{ WORDS("build", "--format=vmdk", "--json", "-q", "d"), "build",
	    { .target = "d", .compression = -1, .format = "vmdk", .json = true, .quiet = true } },
	{ WORDS("inspect", "--compressed", "d"), "inspect",
	    { .target = "d", .compression = -1, .compressed = true } },
	{ WORDS("build", "--compressed", "-z", "lz4", "d"), "build",
	    { .target = "d", .compression = RI_LZ4, .compressed = true } },
	{ WORDS("build", "--", "-d"), "build", { .target = "-d", .compression = -1 } },
	{ WORDS("--", "build", "--json"), "build", { .target = "--json", .compression = -1 } },
	{ WORDS("build", "-"), "build", { .target = "-", .compression = -1 } },
	{ WORDS("build", "--out", "--json", "d"), "build",
	    { .target = "d", .compression = -1, .out = "--json" } },
	{ WORDS("build", "--out=a=b", "d"), "build",
	    { .target = "d", .compression = -1, .out = "a=b" } },
	{ WORDS("--help"), NULL, { .compression = -1, .help = true } },
	{ WORDS("-h"), NULL, { .compression = -1, .help = true } },
	{ WORDS("build", "--help"), "build", { .compression = -1, .help = true } },
	{ WORDS("help"), NULL, { .compression = -1, .help = true } },
	{ WORDS("help", "build"), "build", { .compression = -1, .help = true } },
	{ WORDS("-j", "help", "build", "d"), "build",
	    { .compression = -1, .help = true, .json = true, .target = "d" } },
	{ WORDS("help", "help"), "help", { .compression = -1, .help = true } },
	{ WORDS("help", "--help"), "help", { .compression = -1, .help = true } },
	{ WORDS("help", "--", "list"), "list", { .compression = -1, .help = true } },
	{ WORDS("build", "help"), "build", { .target = "help", .compression = -1 } },
	{ WORDS("-V"), NULL, { .compression = -1, .version = true } },
	{ WORDS("build", "--version", "d"), "build",
	    { .compression = -1, .version = true, .target = "d" } },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct ri_opts *w = &good[i].want;
		const struct ri_command *cmd = NULL;
		struct ri_err e = { 0 };
		struct ri_opts o;
		char name[16];

		snprintf(name, sizeof name, "row %zu", i);
		check_ok(name, parse(good[i].argv, &o, &cmd, &e), &e);
		check_text(name, cmd ? cmd->name : NULL, good[i].cmd);
		check_text(name, o.target, w->target);
		check_text(name, o.config, w->config);
		check_text(name, o.out, w->out);
		check_text(name, o.output, w->output);
		check_text(name, o.format, w->format);
		if (o.compression != w->compression || o.verbose != w->verbose)
			fail_msg("%s: compression %d, verbose %d", name, o.compression, o.verbose);
		if (o.dry_run != w->dry_run || o.json != w->json || o.quiet != w->quiet ||
		    o.compressed != w->compressed || o.force != w->force || o.help != w->help ||
		    o.version != w->version)
			fail_msg("%s: a flag differs", name);
	}
}

static const struct {
	const char *argv[8], *msg;
} bad[] = {
	{ { "ramimg", NULL }, "no command given" },
	{ WORDS("--json"), "no command given" },
	{ WORDS("biuld", "d"), "unknown command \"biuld\"; did you mean build?" },
	{ WORDS("frobnicate", "d"), "unknown command \"frobnicate\"" },
	{ WORDS(""), "unknown command \"\"" },
	{ WORDS("help", "biuld"), "unknown command \"biuld\"; did you mean build?" },
	{ WORDS("help", ""), "unknown command \"\"" },
	{ WORDS("helpp"), "unknown command \"helpp\"; did you mean help?" },
	{ WORDS("build"), "build needs a TARGET" },
	{ WORDS("build", "--"), "build needs a TARGET" },
	{ WORDS("build", ""), "TARGET must not be empty" },
	{ WORDS("build", "a", "b"), "build takes one TARGET, not both \"a\" and \"b\"" },
	{ WORDS("build", "a", "-q", ""), "build takes one TARGET, not both \"a\" and \"\"" },
	{ WORDS("build", "--dryrun", "a"), "unknown option --dryrun; did you mean --dry-run?" },
	{ WORDS("build", "--compresion=zstd", "a"),
	    "unknown option --compresion; did you mean --compression?" },
	{ WORDS("build", "--outp", "x"), "unknown option --outp; did you mean --out?" },
	{ WORDS("build", "--qqqq", "a"), "unknown option --qqqq" },
	{ WORDS("build", "--=x", "a"), "unknown option --" },
	{ WORDS("build", "-X", "a"), "unknown option -X" },
	{ WORDS("build", "-nX", "a"), "unknown option -X" },
	{ WORDS("build", "a", "--out"), "--out needs a value: --out DIR" },
	{ WORDS("build", "a", "-o"), "--out needs a value: --out DIR" },
	{ WORDS("build", "a", "--out="), "--out: DIR must not be empty" },
	{ WORDS("build", "a", "--out", ""), "--out: DIR must not be empty" },
	{ WORDS("build", "a", "--json=yes"), "--json takes no value" },
	{ WORDS("build", "a", "--compression", "xz"),
	    "--compression: \"xz\" is not one of gzip, zstd, lz4, auto" },
	{ WORDS("build", "a", "-f", "QCOW2"),
	    "--format: \"QCOW2\" is not one of raw, qcow2, vmdk" },
	{ WORDS("verify", "--force", "a"), "verify has no option --force" },
	{ WORDS("--dry-run", "revert", "a"), "revert has no option --dry-run" },
	{ WORDS("build", "-q", "-v", "a"), "--quiet and --verbose exclude each other" },
	/* The first mistake is named, also where help is asked for later. */
	{ WORDS("build", "--qqqq", "--help"), "unknown option --qqqq" },
};

/* What cannot be parsed asks for JSON all the same. */
static void test_ask_json(void **state)
{
	static const struct {
		const char *argv[8];
		bool asked;
	} rows[] = {
		{ { "ramimg", NULL }, false },
		{ { "--json", NULL }, false },
		{ WORDS("--json"), true },
		{ WORDS("build", "a", "b", "-j"), true },
		{ WORDS("build", "-Xqj"), true },
		{ WORDS("build", "-jo"), true },
		{ WORDS("build", "-ojob", "a", "b"), false },
		{ WORDS("build", "--reject"), false },
		{ WORDS("build", "job", "-", "b"), false },
		{ WORDS("build", "a", "--", "-j", "--json"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int argc = 0;

		while (rows[i].argv[argc])
			argc++;
		if (ri_opts_ask_json(argc, (char *const *)rows[i].argv) != rows[i].asked)
			fail_msg("row %zu", i);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct ri_command *cmd = NULL;
		struct ri_err e = { 0 };
		struct ri_opts o;

		check_err(bad[i].msg, parse(bad[i].argv, &o, &cmd, &e), &e, RI_E_USAGE, bad[i].msg);
	}
}

/** No two rows claim the same name, letter or field, and each has a taker and a text. */
static void test_table(void **state)
{
	(void)state;
	assert_true(ri_opt_rows_n < 64); /* the parser notes rows as bits */
	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		const struct ri_opt_row *r = &ri_opt_rows[i];

		assert_true(r->offset < sizeof(struct ri_opts));
		assert_true(r->takers != 0 && (r->takers & ~(unsigned)RI_FOR_ALL) == 0);
		assert_int_equal(r->arg != NULL, r->kind == RI_OPT_TEXT || r->kind == RI_OPT_WORD);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(ri_opt_rows[j].name, r->name);
			assert_int_not_equal(ri_opt_rows[j].offset, r->offset);
			if (r->letter && ri_opt_rows[j].letter == r->letter)
				fail_msg("-%c twice", r->letter);
		}
	}
	for (size_t i = 0; i < ri_commands_n; i++)
		assert_true(
		    (ri_commands[i].run || ri_commands[i].bit == RI_FOR_NONE) &&
		    (!ri_commands[i].summary || (*ri_commands[i].help && *ri_commands[i].summary)));
}

/** Every line of a help fits 80 columns, says something to its end, and is plain ASCII. */
static void check_lines(const char *name, struct ri_span text)
{
	struct ri_span line;

	assert_true(text.n > 0 && text.p[text.n - 1] == '\n');
	while (ri_span_line(&text, &line)) {
		if (line.n - 1 > 80)
			fail_msg("%s: %zu columns: %.*s", name, line.n - 1, (int)line.n, line.p);
		if (line.n > 1 && line.p[line.n - 2] == ' ')
			fail_msg("%s: blank at the end: %.*s", name, (int)line.n, line.p);
		for (size_t i = 0; i < line.n - 1; i++)
			if (!isprint((unsigned char)line.p[i]))
				fail_msg("%s: byte 0x%02x", name, (unsigned char)line.p[i]);
	}
}

/* A help is about its own command: of the others none is explained in it. */
static void check_own(const struct ri_command *cmd, const char *help)
{
	for (size_t i = 0; i < ri_commands_n; i++) {
		char head[64];

		snprintf(head, sizeof head, " %s:", ri_commands[i].name);
		if (strstr(help, head))
			fail_msg("%s: explains what%s does", cmd->name, head);
	}
}

/** Each text of some commands is of an option that they take, differs from the row's, and is the only one there. */
static void test_own_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ri_opt_texts_n; i++) {
		const struct ri_opt_text *t = &ri_opt_texts[i];
		bool found = false;

		for (size_t k = 0; k < ri_opt_rows_n; k++) {
			if (strcmp(ri_opt_rows[k].name, t->name) != 0)
				continue;
			found = true;
			assert_non_null(ri_opt_rows[k].help);
			assert_string_not_equal(ri_opt_rows[k].help, t->help);
			assert_int_equal(t->commands & ~ri_opt_rows[k].takers, 0);
		}
		assert_true(found);
		for (size_t k = 0; k < i; k++)
			assert_true(strcmp(ri_opt_texts[k].name, t->name) != 0 ||
				    (ri_opt_texts[k].commands & t->commands) == 0);
	}
}

static void test_help(void **state)
{
	RI_BUF general = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("general", ri_opts_help(NULL, &general, &e), &e);
	check_lines("general", ri_buf_span(&general));
	for (size_t c = 0; c < ri_commands_n; c++) {
		const struct ri_command *cmd = &ri_commands[c];
		RI_BUF help = { 0 };

		/* What ramimg starts itself is not told of. */
		if (!cmd->summary) {
			assert_null(strstr(general.p, cmd->name));
			continue;
		}
		if (!strstr(general.p, cmd->summary))
			fail_msg("%s is not in the general help", cmd->name);
		check_ok(cmd->name, ri_opts_help(cmd, &help, &e), &e);
		check_lines(cmd->name, ri_buf_span(&help));
		check_own(cmd, strstr(help.p, "\nOptions:\n"));
		for (size_t i = 0; i < ri_opt_rows_n; i++) {
			const struct ri_opt_row *r = &ri_opt_rows[i];
			char head[64];

			snprintf(head, sizeof head, " --%s%s%s", r->name, r->arg ? " " : "",
			    r->arg ? r->arg : "");
			/* Options for tests have no text and stand in the man page only. */
			if ((strstr(help.p, head) != NULL) !=
			    ((r->takers & cmd->bit) != 0 && r->help))
				fail_msg("%s:%s", cmd->name, head);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_ask_json),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_own_texts),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
