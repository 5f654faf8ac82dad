// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/shell_walk.h"
#include "grub/shell_lex.h"

enum { DEPTH_MAX = 64, PENDING_MAX = 64 };

/** What the first word of a command says about the words after it. */
enum command { OTHER, SPECIAL, EXPORT, UNSET, READ, SOURCE, EVAL, LEAVE, FOR, FUNCTION };

struct walk {
	struct ri_shell_lexer lx;
	const struct ri_shell_events *ev;
	/* What closes each open construct: ')' '}' 'i' for fi, 'd' for done, 'c' for esac. */
	char open[DEPTH_MAX];
	size_t depth;
	enum command command;
	bool at_start;  /* the next word may be an assignment or a reserved word */
	bool is_target; /* the next word is a redirection's */
	bool joined;    /* behind &&, || or | */
	bool goes_on;   /* right behind one of these: a newline ends nothing */
	bool left;      /* behind an exit or return */
	/* Assignments; they hold unless a command follows them. */
	struct ri_shell_token pending[PENDING_MAX];
	size_t pending_n;
};

static bool inside(const struct walk *w, char closer)
{
	return memchr(w->open, closer, w->depth) != NULL;
}

static int enter(struct walk *w, char closer, struct ri_err *e)
{
	if (w->depth == DEPTH_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "commands are nested too deeply");
	w->open[w->depth++] = closer;
	return 0;
}

static int leave(struct walk *w, char closer, struct ri_span word, struct ri_err *e)
{
	if (w->depth == 0 || w->open[w->depth - 1] != closer)
		return ri_fail(e, RI_E_GUEST, 0, "\"%.*s\" closes nothing", (int)word.n, word.p);
	w->depth--;
	return 0;
}

/** Why the current code may not be executed; NULL if it always is. */
static const char *unsure(const struct walk *w)
{
	if (inside(w, '}'))
		return "a function or group";
	if (w->depth > 0)
		return "a condition, loop or subshell";
	if (w->joined)
		return "&&, || or a pipe";
	return w->left ? "code behind an exit or return" : NULL;
}

static int assign(struct walk *w, struct ri_span word, size_t line, const char *how,
    struct ri_err *e)
{
	struct ri_span name = ri_span(word.p, ri_shell_name(word));

	if (!how)
		how = unsure(w);
	if (!how && word.p[name.n] == '+')
		how = "+=";
	if (how)
		return w->ev->touch(w->ev->arg, name, line, how, inside(w, '}'), e);
	return w->ev->assign(w->ev->arg, word, line, e);
}

/** Execute the pending assignments; @how: what makes them doubtful. */
static int flush(struct walk *w, const char *how, struct ri_err *e)
{
	size_t n = w->pending_n;

	w->pending_n = 0;
	for (size_t i = 0; i < n; i++)
		if (assign(w, w->pending[i].text, w->pending[i].line, how, e) < 0)
			return -1;
	return 0;
}

static bool is_assignment(struct ri_span word)
{
	size_t n = ri_shell_name(word);

	return n > 0 && n < word.n &&
	       (word.p[n] == '=' || (word.p[n] == '+' && n + 1 < word.n && word.p[n + 1] == '='));
}

/** ${NAME=…} and ${NAME:=…} anywhere in a word set NAME. */
static int find_defaults(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	for (size_t i = 0; i + 2 < t->text.n; i++) {
		struct ri_span in = ri_span_skip(t->text, i + 2);
		size_t n;

		if (t->text.p[i] != '$' || t->text.p[i + 1] != '{')
			continue;
		n = ri_shell_name(in);
		if (n > 0 &&
		    (ri_span_starts(ri_span_skip(in, n), "=") ||
			ri_span_starts(ri_span_skip(in, n), ":=")) &&
		    w->ev->touch(w->ev->arg, ri_span(in.p, n), t->line, "a ${…=…}", false, e) < 0)
			return -1;
	}
	return 0;
}

static const struct {
	const char *word;
	char opens, closes; /* a construct */
	bool at_start;      /* what follows is a command's start again */
	enum command command;
} reserved[] = {
	{ "if", 'i', 0, true, OTHER },
	{ "then", 0, 0, true, OTHER },
	{ "elif", 0, 0, true, OTHER },
	{ "else", 0, 0, true, OTHER },
	{ "fi", 0, 'i', true, OTHER },
	{ "while", 'd', 0, true, OTHER },
	{ "until", 'd', 0, true, OTHER },
	{ "for", 'd', 0, false, FOR },
	{ "select", 'd', 0, false, FOR },
	{ "do", 0, 0, true, OTHER },
	{ "done", 0, 'd', true, OTHER },
	{ "case", 'c', 0, false, OTHER },
	{ "esac", 0, 'c', true, OTHER },
	{ "{", '}', 0, true, OTHER },
	{ "}", 0, '}', true, OTHER },
	{ "!", 0, 0, true, OTHER },
	{ "time", 0, 0, true, OTHER },
	{ "function", 0, 0, false, FUNCTION },
};

/** @return 1 where the token was a reserved word, 0, -1. */
static int reserved_word(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
		if (!ri_span_eq(t->text, ri_str(reserved[i].word)))
			continue;
		if (reserved[i].opens && enter(w, reserved[i].opens, e) < 0)
			return -1;
		if (reserved[i].closes && leave(w, reserved[i].closes, t->text, e) < 0)
			return -1;
		w->at_start = reserved[i].at_start;
		w->command = reserved[i].command;
		return 1;
	}
	return 0;
}

static const struct {
	const char *word;
	enum command command;
} builtins[] = {
	{ "export", EXPORT },
	{ "readonly", EXPORT },
	{ "declare", EXPORT },
	{ "typeset", EXPORT },
	{ "local", EXPORT },
	{ "unset", UNSET },
	{ "read", READ },
	{ "getopts", READ },
	{ ".", SOURCE },
	{ "source", SOURCE },
	{ "eval", EVAL },
	{ "exit", LEAVE },
	{ "return", LEAVE },
	{ ":", SPECIAL },
};

/** The first word of a command. Assignments in front of it stay in force for some builtins only. */
static int start_command(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	w->at_start = false;
	w->command = OTHER;
	for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
		if (ri_span_eq(t->text, ri_str(builtins[i].word)))
			w->command = builtins[i].command;
	if (w->command == OTHER)
		w->pending_n = 0;
	if (flush(w, "a command behind it", e) < 0)
		return -1;
	if (w->command == LEAVE && !inside(w, '}') && !inside(w, ')'))
		w->left = true;
	if (w->command == EVAL)
		return w->ev->anything(w->ev->arg, t->line, "eval", false, e);
	return 0;
}

/** Files that set no GRUB_… variable on any system. */
static bool is_release_file(struct ri_span path)
{
	return ri_span_eq(path, ri_str("/etc/os-release")) ||
	       ri_span_eq(path, ri_str("/usr/lib/os-release")) ||
	       ri_span_eq(path, ri_str("/etc/lsb-release"));
}

/** A name that a builtin sets or unsets. */
static int named_argument(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	size_t n = ri_shell_name(t->text);
	const char *how = w->command == FOR ? "a for loop" : w->command == READ ? "read" : "unset";
	struct ri_span name = ri_span(t->text.p, n);

	if (ri_span_eq(t->text, ri_str("-f")))
		w->command = OTHER; /* unset -f: functions */
	if (ri_span_starts(t->text, "-"))
		return 0;
	if (w->command == EXPORT && is_assignment(t->text))
		return assign(w, t->text, t->line, NULL, e);
	if (n < t->text.n)
		return w->ev->anything(w->ev->arg, t->line, "a name that is not plain", false, e);
	if (w->command == EXPORT)
		return 0;
	if (w->command == UNSET && !unsure(w))
		return w->ev->unset(w->ev->arg, name, t->line, e);
	return w->ev->touch(w->ev->arg, name, t->line, how, inside(w, '}'), e);
}

static int argument(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	enum command command = w->command;

	switch (command) {
	case EXPORT:
	case UNSET:
	case READ:
		return named_argument(w, t, e);
	case FOR:
		if (named_argument(w, t, e) < 0)
			return -1;
		w->command = OTHER;
		return 0;
	case SOURCE:
		w->command = OTHER;
		return w->ev->anything(w->ev->arg, t->line, "a file that is sourced",
		    is_release_file(t->text), e);
	case FUNCTION:
		w->command = OTHER;
		w->at_start = true;
		return 0;
	case OTHER:
	case SPECIAL:
	case EVAL:
	case LEAVE:
		break;
	}
	return 0;
}

/** Whether @word is the number in front of a redirection: 2>file. */
static bool is_fd(const struct walk *w, struct ri_span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	return w->lx.rest.n > 0 && memchr("<>", w->lx.rest.p[0], 2);
}

static int take_word(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	int rc;

	if (find_defaults(w, t, e) < 0)
		return -1;
	if (w->is_target || is_fd(w, t->text)) {
		w->is_target = false;
		return 0;
	}
	if (!w->at_start)
		return argument(w, t, e);
	rc = w->pending_n > 0 ? 0 : reserved_word(w, t, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (!is_assignment(t->text))
		return start_command(w, t, e);
	if (w->pending_n == PENDING_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "too many assignments in one command");
	w->pending[w->pending_n++] = *t;
	return 0;
}

static int end_command(struct walk *w, const char *how, struct ri_err *e)
{
	w->at_start = true;
	w->is_target = false;
	w->command = OTHER;
	return flush(w, how, e);
}

static int take_open(struct walk *w, struct ri_err *e)
{
	/* Behind NAME= it is an array; behind a command's name, a function's definition. */
	if (end_command(w, "an array", e) < 0)
		return -1;
	return enter(w, ')', e);
}

static int take_close(struct walk *w, struct ri_span text, struct ri_err *e)
{
	if (w->depth > 0 && w->open[w->depth - 1] == 'c') {
		w->pending_n = 0; /* it was a pattern of a case */
		return end_command(w, NULL, e);
	}
	return end_command(w, NULL, e) < 0 ? -1 : leave(w, ')', text, e);
}

static int take_join(struct walk *w, struct ri_span text, struct ri_err *e)
{
	bool subshell = text.n == 1; /* a pipe, or the background */

	if (end_command(w, subshell ? "a pipe or the background" : NULL, e) < 0)
		return -1;
	w->joined = !ri_span_eq(text, ri_str("&"));
	w->goes_on = w->joined;
	return 0;
}

static int take_break(struct walk *w, struct ri_span text, struct ri_err *e)
{
	bool goes_on = w->goes_on && ri_span_eq(text, ri_str("\n"));

	if (end_command(w, NULL, e) < 0)
		return -1;
	w->joined = goes_on;
	w->goes_on = goes_on;
	return 0;
}

static int take(struct walk *w, const struct ri_shell_token *t, struct ri_err *e)
{
	switch (t->kind) {
	case RI_SHELL_WORD:
		w->goes_on = false;
		return take_word(w, t, e);
	case RI_SHELL_OPEN:
		w->goes_on = false;
		return take_open(w, e);
	case RI_SHELL_CLOSE:
		return take_close(w, t->text, e);
	case RI_SHELL_JOIN:
		return take_join(w, t->text, e);
	case RI_SHELL_REDIR:
		w->is_target = true;
		return 0;
	case RI_SHELL_BREAK:
	case RI_SHELL_END:
		return take_break(w, t->text, e);
	}
	return 0;
}

int ri_shell_walk(struct ri_span text, const struct ri_shell_events *ev, struct ri_err *e)
{
	struct walk w = { .lx = { .rest = text, .line = 1 }, .ev = ev, .at_start = true };
	struct ri_shell_token t;

	do {
		if (ri_shell_next(&w.lx, &t, e) < 0)
			return -1;
		if (take(&w, &t, e) < 0)
			return ri_ctx(e, "line %zu", t.line);
	} while (t.kind != RI_SHELL_END);
	if (w.depth > 0)
		return ri_fail(e, RI_E_GUEST, 0,
		    "a command is not complete at the end of the file");
	return 0;
}
