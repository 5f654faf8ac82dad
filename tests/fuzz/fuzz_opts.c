// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A command line: a word a line. */
#include "fuzz.h"
#include "cli/opts.h"

enum { WORDS = 64 };

/* Each text that is taken is one of the words, or the rest of one. */
static void check_text(const char *text, int argc, char *const *argv)
{
	bool found = text == NULL;

	for (int i = 1; i < argc && !found; i++)
		found = text >= argv[i] && text <= argv[i] + strlen(argv[i]);
	FUZZ_CHECK(found);
}

static void check(const struct ri_opts *o, const struct ri_command *cmd, int argc,
    char *const *argv)
{
	check_text(o->config, argc, argv);
	check_text(o->out, argc, argv);
	check_text(o->output, argc, argv);
	check_text(o->format, argc, argv);
	check_text(o->pve_root, argc, argv);
	check_text(o->target, argc, argv);
	FUZZ_CHECK(o->compression >= -1 && o->compression < 16);
	if (o->help || o->version)
		return;
	FUZZ_CHECK(cmd && !(o->quiet && o->verbose > 0));
	FUZZ_CHECK(o->target ? *o->target : cmd->operand && *cmd->operand == '[');
	/* An option is only taken by a command that knows it. */
	FUZZ_CHECK(!o->output || (cmd->bit & RI_FOR_BUILD));
	FUZZ_CHECK(!o->assume_ram || (cmd->bit & RI_FOR_DETACH));
	FUZZ_CHECK(!(o->undo || o->discard) || (cmd->bit & RI_FOR_RECOVER));
}

/* The words are as they were, and mean the same again. */
static void check_again(int argc, char **argv, const struct ri_opts *o,
    const struct ri_command *cmd)
{
	const struct ri_command *again_cmd = NULL;
	struct ri_opts again;
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_opts_parse(argc, argv, &again, &again_cmd, &e), &e));
	FUZZ_CHECK(again_cmd == cmd && again.target == o->target && again.verbose == o->verbose);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_FREE char *text = ri_span_dup(fuzz_input(data, size));
	char program[] = "ramimg", *argv[WORDS + 1] = { program }, *rest = text;
	const struct ri_command *cmd = NULL;
	struct ri_opts o;
	struct ri_err e = { 0 };
	int argc = 1;

	FUZZ_CHECK(text);
	while (rest && argc < WORDS) {
		argv[argc++] = strsep(&rest, "\n");
		if (rest && *rest == '\0')
			break;
	}
	argv[argc] = NULL;
	if (!fuzz_ok(ri_opts_parse(argc, argv, &o, &cmd, &e), &e))
		return 0;
	check(&o, cmd, argc, argv);
	check_again(argc, argv, &o, cmd);
	return 0;
}
