// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/opts.h"

#include "base/suggest.h"
#include "plan/next_boot.h"

/*
 * Not getopt_long: it prints by itself, takes "--out" for "--output" by way of abbreviation, and
 * knows nothing of commands. One pass over argv; what an option may be used with is checked at the
 * end, when the command is known.
 */
struct parser {
	char *const *argv;
	int argc, i;
	struct ri_opts *o;
	const struct ri_command *cmd;
	const struct ri_command
	    *help;               /* the command of that name, which the next word is asked of */
	bool verb;               /* the command's was given */
	unsigned long long seen; /* rows that were given, as bits */
};

static const struct ri_command *find_command(const char *name)
{
	for (size_t i = 0; i < ri_commands_n; i++)
		if (strcmp(ri_commands[i].name, name) == 0)
			return &ri_commands[i];
	return NULL;
}

static int unknown_command(const char *name, struct ri_err *e)
{
	const char *meant = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < ri_commands_n; i++)
		if (ri_commands[i].summary && ri_suggest_better(name, ri_commands[i].name, &best))
			meant = ri_commands[i].name;
	if (meant)
		return ri_fail(e, RI_E_USAGE, 0, "unknown command \"%.200s\"; did you mean %s?",
		    name, meant);
	return ri_fail(e, RI_E_USAGE, 0, "unknown command \"%.200s\"", name);
}

static int unknown_option(const char *name, size_t n, struct ri_err *e)
{
	char typed[72];
	const char *meant = NULL;
	size_t best = SIZE_MAX;

	snprintf(typed, sizeof typed, "%.*s", (int)(n < 70 ? n : 70), name);
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if (ri_suggest_better(typed, ri_opt_rows[i].name, &best))
			meant = ri_opt_rows[i].name;
	if (meant)
		return ri_fail(e, RI_E_USAGE, 0, "unknown option --%s; did you mean --%s?", typed,
		    meant);
	return ri_fail(e, RI_E_USAGE, 0, "unknown option --%s", typed);
}

static int set_word(const struct ri_opt_row *row, const char *value, int *index, struct ri_err *e)
{
	RI_BUF all = { 0 };

	for (int i = 0; row->words[i]; i++) {
		if (strcmp(row->words[i], value) == 0) {
			*index = i;
			return 0;
		}
		ri_buf_addf(&all, "%s%s", i > 0 ? ", " : "", row->words[i]);
	}
	if (ri_buf_check(&all, e) < 0)
		return -1;
	return ri_fail(e, RI_E_USAGE, 0, "--%s: \"%.200s\" is not one of %s", row->name, value,
	    all.p);
}

/** Put the option's @value, NULL for one that takes none, where its row says. */
static int set(struct parser *p, const struct ri_opt_row *row, const char *value, struct ri_err *e)
{
	char *field = (char *)p->o + row->offset;
	int index = 0;

	p->seen |= 1ULL << (row - ri_opt_rows);
	if (value && *value == '\0')
		return ri_fail(e, RI_E_USAGE, 0, "--%s: %s must not be empty", row->name, row->arg);
	if (row->words && set_word(row, value, &index, e) < 0)
		return -1;
	switch (row->kind) {
	case RI_OPT_FLAG:
		*(bool *)field = true;
		break;
	case RI_OPT_COUNT:
		++*(int *)field;
		break;
	case RI_OPT_TEXT:
		*(const char **)field = value;
		break;
	case RI_OPT_WORD:
		*(int *)field = index;
		break;
	}
	return 0;
}

/** The value of an option that takes one: the rest of its own word, or the next word. */
static int take_value(struct parser *p, const struct ri_opt_row *row, const char *attached,
    struct ri_err *e)
{
	if (attached)
		return set(p, row, attached, e);
	if (p->i + 1 >= p->argc)
		return ri_fail(e, RI_E_USAGE, 0, "--%s needs a value: --%s %s", row->name,
		    row->name, row->arg);
	return set(p, row, p->argv[++p->i], e);
}

static int long_option(struct parser *p, const char *word, struct ri_err *e)
{
	const char *eq = strchr(word, '=');
	size_t n = eq ? (size_t)(eq - word) : strlen(word);

	for (size_t i = 0; i < ri_opt_rows_n; i++) {
		const struct ri_opt_row *row = &ri_opt_rows[i];

		if (strlen(row->name) != n || memcmp(row->name, word, n) != 0)
			continue;
		if (row->arg)
			return take_value(p, row, eq ? eq + 1 : NULL, e);
		if (eq)
			return ri_fail(e, RI_E_USAGE, 0, "--%s takes no value", row->name);
		return set(p, row, NULL, e);
	}
	return unknown_option(word, n, e);
}

static const struct ri_opt_row *find_letter(char c)
{
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if (c != '\0' && ri_opt_rows[i].letter == c)
			return &ri_opt_rows[i];
	return NULL;
}

/** "-nv", "-o DIR", "-oDIR"; @word begins behind the dash. */
static int letters(struct parser *p, const char *word, struct ri_err *e)
{
	for (; *word; word++) {
		const struct ri_opt_row *row = find_letter(*word);

		if (!row)
			return ri_fail(e, RI_E_USAGE, 0, "unknown option -%c", *word);
		if (row->arg)
			return take_value(p, row, word[1] ? word + 1 : NULL, e);
		if (set(p, row, NULL, e) < 0)
			return -1;
	}
	return 0;
}

static int wrong_verb(const struct ri_command *cmd, struct ri_err *e)
{
	return ri_fail(e, RI_E_USAGE, 0, "%s needs the word \"%s\" behind it: ramimg %s %s",
	    cmd->name, cmd->verb, cmd->name, cmd->verb);
}

/** A word that is not an option: the command first, which may stand behind "help", its verb, then the target. */
static int operand(struct parser *p, const char *word, struct ri_err *e)
{
	if (!p->cmd) {
		const struct ri_command *found = find_command(word);

		if (!found)
			return unknown_command(word, e);
		*(found->run || p->help ? &p->cmd : &p->help) = found;
		return 0;
	}
	if (p->cmd->verb && !p->verb) {
		p->verb = true;
		return strcmp(word, p->cmd->verb) == 0 ? 0 : wrong_verb(p->cmd, e);
	}
	if (p->o->target)
		return ri_fail(e, RI_E_USAGE, 0,
		    "%s takes one TARGET, not both \"%.200s\" and \"%.200s\"", p->cmd->name,
		    p->o->target, word);
	if (*word == '\0')
		return ri_fail(e, RI_E_USAGE, 0, "TARGET must not be empty");
	p->o->target = word;
	return 0;
}

/** "help" alone is --help alone, "help COMMAND" is "COMMAND --help", and with --help it is asked of itself. */
static void resolve_help(struct parser *p)
{
	if (p->help && !p->cmd && p->o->help)
		p->cmd = p->help;
	p->o->help = p->o->help || p->help;
}

/** What only shows once everything was read. */
static int check(const struct parser *p, struct ri_err *e)
{
	const struct ri_opts *o = p->o;
	unsigned bit = p->cmd ? p->cmd->bit : RI_FOR_NONE;

	if (o->help || o->version)
		return 0;
	if (!p->cmd)
		return ri_fail(e, RI_E_USAGE, 0, "no command given");
	for (size_t i = 0; i < ri_opt_rows_n; i++)
		if ((p->seen >> i & 1) && !(ri_opt_rows[i].takers & bit))
			return ri_fail(e, RI_E_USAGE, 0, "%s has no option --%s", p->cmd->name,
			    ri_opt_rows[i].name);
	if (p->cmd->verb && !p->verb)
		return wrong_verb(p->cmd, e);
	if (!o->target && !(p->cmd->operand && p->cmd->operand[0] == '['))
		return ri_fail(e, RI_E_USAGE, 0, "%s needs a %s", p->cmd->name,
		    p->cmd->operand ? p->cmd->operand : "TARGET");
	if (o->quiet && o->verbose > 0)
		return ri_fail(e, RI_E_USAGE, 0, "--quiet and --verbose exclude each other");
	if (o->slim && !o->output)
		return ri_fail(e, RI_E_USAGE, 0,
		    "--slim removes the root from a new image: name it with --output");
	if (o->diskless && o->no_artifacts && !o->iso)
		return ri_fail(e, RI_E_USAGE, 0,
		    "--diskless leaves files among the artifacts, and --no-artifacts keeps none");
	if (o->no_artifacts && o->out)
		return ri_fail(e, RI_E_USAGE, 0, "--no-artifacts and --out exclude each other");
	if (o->least_ram && o->boot == RI_BOOT_DISK)
		return ri_fail(e, RI_E_USAGE, 0,
		    "--least-ram is about a root in RAM, and --boot disk boots none");
	if (o->no_artifacts && o->sign)
		return ri_fail(e, RI_E_USAGE, 0,
		    "--sign signs manifest.json, which --no-artifacts does not keep");
	return 0;
}

int ri_opts_parse(int argc, char *const *argv, struct ri_opts *o, const struct ri_command **cmd,
    struct ri_err *e)
{
	struct parser p = { .argv = argv, .argc = argc, .o = o };
	bool operands_only = false;
	int rc = 0;

	*o = (struct ri_opts){ .compression = -1, .kvm = -1, .boot = RI_BOOT_ANY };
	for (p.i = 1; p.i < argc && rc == 0; p.i++) {
		const char *word = argv[p.i];

		if (operands_only || word[0] != '-' || word[1] == '\0')
			rc = operand(&p, word, e);
		else if (word[1] != '-')
			rc = letters(&p, word + 1, e);
		else if (word[2] != '\0')
			rc = long_option(&p, word + 2, e);
		else
			operands_only = true;
	}
	resolve_help(&p);
	*cmd = p.cmd;
	return rc < 0 ? -1 : check(&p, e);
}

/** Whether a word is letters of options with @letter among them, and not only in the value of one of the others. */
static bool has_letter(const char *word, char letter)
{
	if (word[0] != '-' || word[1] == '-')
		return false;
	for (const char *c = word + 1; *c; c++) {
		const struct ri_opt_row *row = find_letter(*c);

		if (*c == letter || (row && row->arg))
			return *c == letter;
	}
	return false;
}

bool ri_opts_ask_json(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0 || has_letter(argv[i], 'j'))
			return true;
	return false;
}
