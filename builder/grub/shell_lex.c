// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/shell_lex.h"

enum { NESTING_MAX = 64 };

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t ri_shell_name(struct ri_span s)
{
	size_t n = 0;

	while (n < s.n && (is_alpha(s.p[n]) || (n > 0 && s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	return n;
}

static int open_end(char closer, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0, "a %c is missing before the end of the file", closer);
}

static int skip_until(struct ri_span s, size_t *i, char closer, int depth, struct ri_err *e);

/**
 * Move *@i past the construct that begins there and has its own rules inside; otherwise past one
 * byte.
 */
static int skip_piece(struct ri_span s, size_t *i, char within, int depth, struct ri_err *e)
{
	char c = s.p[*i], next = *i + 1 < s.n ? s.p[*i + 1] : '\0';
	const char *end;

	if (depth > NESTING_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "substitutions are nested too deeply");
	(*i)++;
	if (c == '\\') {
		*i += *i < s.n ? 1 : 0;
		return 0;
	}
	if (within == '`') /* its text is read again once it is cut out; only the next ` ends it */
		return 0;
	if (c == '#' && within == ')' && memchr(" \t\n;(", s.p[*i - 2], 5)) {
		end = memchr(s.p + *i, '\n', s.n - *i);
		*i = end ? (size_t)(end - s.p) : s.n;
		return 0;
	}
	if (c == '\'' && within != '"') {
		end = memchr(s.p + *i, '\'', s.n - *i);
		if (!end)
			return open_end('\'', e);
		*i = (size_t)(end - s.p) + 1;
		return 0;
	}
	if ((c == '"' || c == '`') && c != within)
		return skip_until(s, i, c, depth + 1, e);
	if (c == '(' && within == ')')
		return skip_until(s, i, ')', depth + 1, e);
	if (c == '$' && (next == '(' || next == '{')) {
		(*i)++;
		return skip_until(s, i, next == '(' ? ')' : '}', depth + 1, e);
	}
	return 0;
}

static int skip_until(struct ri_span s, size_t *i, char closer, int depth, struct ri_err *e)
{
	while (*i < s.n && s.p[*i] != closer)
		if (skip_piece(s, i, closer, depth, e) < 0)
			return -1;
	if (*i == s.n)
		return open_end(closer, e);
	(*i)++;
	return 0;
}

/** Take @n bytes off the text, counting lines. */
static struct ri_span take(struct ri_shell_lexer *lx, size_t n)
{
	struct ri_span taken = ri_span(lx->rest.p, n);

	for (size_t i = 0; i < n; i++)
		lx->line += taken.p[i] == '\n';
	lx->rest = ri_span_skip(lx->rest, n);
	return taken;
}

static void skip_blanks(struct ri_shell_lexer *lx)
{
	for (;;) {
		struct ri_span s = lx->rest;
		const char *lf;

		if (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t')) {
			take(lx, 1);
		} else if (s.n > 1 && s.p[0] == '\\' && s.p[1] == '\n') {
			take(lx, 2);
		} else if (s.n > 0 && s.p[0] == '#') {
			lf = memchr(s.p, '\n', s.n);
			take(lx, lf ? (size_t)(lf - s.p) : s.n);
		} else {
			return;
		}
	}
}

/** Whether @line ends the here-document: its end word without quotes, tabs in front where <<-. */
static bool ends_heredoc(struct ri_span line, const struct ri_shell_heredoc *h)
{
	struct ri_span end = h->end;

	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	while (h->tabs && line.n > 0 && line.p[0] == '\t')
		line = ri_span_skip(line, 1);
	for (; end.n > 0; end = ri_span_skip(end, 1)) {
		if (memchr("'\"\\", end.p[0], 3))
			continue;
		if (line.n == 0 || line.p[0] != end.p[0])
			return false;
		line = ri_span_skip(line, 1);
	}
	return line.n == 0;
}

/* A body that the file's end cuts off is taken as complete, as shells do. */
static void skip_heredocs(struct ri_shell_lexer *lx)
{
	for (size_t i = 0; i < lx->heredocs_n; i++) {
		struct ri_span rest, line;
		bool ended = false;

		while (!ended && (rest = lx->rest, ri_span_line(&rest, &line))) {
			ended = ends_heredoc(line, &lx->heredocs[i]);
			take(lx, line.n);
		}
	}
	lx->heredocs_n = 0;
}

static const struct {
	const char *text;
	enum ri_shell_kind kind;
} operators[] = {
	{ "\n", RI_SHELL_BREAK },
	{ ";;", RI_SHELL_BREAK },
	{ ";", RI_SHELL_BREAK },
	{ "&&", RI_SHELL_JOIN },
	{ "||", RI_SHELL_JOIN },
	{ "&", RI_SHELL_JOIN },
	{ "|", RI_SHELL_JOIN },
	{ "(", RI_SHELL_OPEN },
	{ ")", RI_SHELL_CLOSE },
	{ "<<<", RI_SHELL_REDIR },
	{ "<<-", RI_SHELL_REDIR },
	{ "<<", RI_SHELL_REDIR },
	{ "<>", RI_SHELL_REDIR },
	{ "<&", RI_SHELL_REDIR },
	{ "<", RI_SHELL_REDIR },
	{ ">>", RI_SHELL_REDIR },
	{ ">&", RI_SHELL_REDIR },
	{ ">|", RI_SHELL_REDIR },
	{ ">", RI_SHELL_REDIR },
};

static int add_heredoc(struct ri_shell_lexer *lx, struct ri_span op, struct ri_err *e)
{
	bool tabs = ri_span_eq(op, ri_str("<<-"));

	if (!tabs && !ri_span_eq(op, ri_str("<<")))
		return 0;
	if (lx->heredocs_n == RI_SHELL_HEREDOCS)
		return ri_fail(e, RI_E_GUEST, 0, "too many here-documents on one line");
	lx->heredocs[lx->heredocs_n++] = (struct ri_shell_heredoc){ .tabs = tabs };
	return 0;
}

/** Cut off an operator, if the text begins with one. @return 1, 0, -1. */
static int cut_operator(struct ri_shell_lexer *lx, struct ri_shell_token *out, struct ri_err *e)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
		if (!ri_span_starts(lx->rest, operators[i].text))
			continue;
		out->kind = operators[i].kind;
		out->text = take(lx, strlen(operators[i].text));
		if (out->text.p[0] == '\n')
			skip_heredocs(lx);
		return add_heredoc(lx, out->text, e) < 0 ? -1 : 1;
	}
	return 0;
}

static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || memchr("\n;&|()<>", c, 8) != NULL;
}

static int cut_word(struct ri_shell_lexer *lx, struct ri_shell_token *out, struct ri_err *e)
{
	struct ri_shell_heredoc *last;
	size_t n = 0;

	while (n < lx->rest.n && !ends_word(lx->rest.p[n]))
		if (skip_piece(lx->rest, &n, '\0', 0, e) < 0)
			return -1;
	out->kind = RI_SHELL_WORD;
	out->text = take(lx, n);
	if (memchr(out->text.p, '\0', n))
		return ri_fail(e, RI_E_GUEST, 0, "a NUL byte");
	if (lx->heredocs_n == 0)
		return 0;
	last = &lx->heredocs[lx->heredocs_n - 1];
	if (!last->end.p)
		last->end = out->text;
	return 0;
}

int ri_shell_next(struct ri_shell_lexer *lx, struct ri_shell_token *out, struct ri_err *e)
{
	int rc;

	skip_blanks(lx);
	*out = (struct ri_shell_token){ .kind = RI_SHELL_END, .line = lx->line };
	if (lx->rest.n == 0)
		return 0;
	rc = cut_operator(lx, out, e);
	if (rc == 0)
		rc = cut_word(lx, out, e);
	return rc < 0 ? ri_ctx(e, "line %zu", out->line) : 0;
}
