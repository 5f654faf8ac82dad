// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/shell_value.h"
#include "grub/shell_lex.h"

/** Where we are in a word. */
struct walk {
	struct ri_span rest;
	ri_shell_lookup *lookup;
	void *arg;
	struct ri_buf *out;
	bool quoted; /* between double quotes */
};

static struct ri_span cut(struct walk *w, size_t n)
{
	struct ri_span taken = ri_span(w->rest.p, n);

	w->rest = ri_span_skip(w->rest, n);
	return taken;
}

/* After a backslash, which between double quotes is special only before a few characters. */
static void escaped(struct walk *w)
{
	struct ri_span pair = cut(w, w->rest.n > 1 ? 2 : 1);

	if (pair.n == 2 && pair.p[1] == '\n')
		return;
	if (pair.n == 2 && (!w->quoted || memchr("$`\"\\", pair.p[1], 4)))
		pair = ri_span(pair.p + 1, 1);
	ri_buf_add_span(w->out, pair);
}

static const char *parameter(struct walk *w)
{
	struct ri_span s = ri_span_skip(w->rest, 1);
	bool braces = s.n > 0 && s.p[0] == '{';
	struct ri_span in = braces ? ri_span_skip(s, 1) : s;
	size_t n = ri_shell_name(in);

	if (ri_span_starts(s, "(("))
		return "arithmetic";
	if (ri_span_starts(s, "("))
		return "a command substitution";
	if (braces && (n == 0 || n == in.n || in.p[n] != '}'))
		return "a ${…} that is more than a name";
	if (n > 0) {
		cut(w, 1 + n + (braces ? 2 : 0));
		return w->lookup(w->arg, ri_span(in.p, n), w->out);
	}
	if (s.n > 0 && memchr("0123456789@*#?-$!", s.p[0], 17))
		return "a parameter of the shell";
	if (s.n > 0 && s.p[0] == '\'' && !w->quoted)
		return "a $'…' string";
	ri_buf_add_span(w->out, cut(w, 1));
	return NULL;
}

static const char *step(struct walk *w)
{
	const char *end;

	switch (w->rest.p[0]) {
	case '\\':
		escaped(w);
		return NULL;
	case '"':
		w->quoted = !w->quoted;
		cut(w, 1);
		return NULL;
	case '`':
		return "a command substitution";
	case '$':
		return parameter(w);
	case '\'':
		end = w->quoted ? NULL : memchr(w->rest.p + 1, '\'', w->rest.n - 1);
		if (!end)
			break;
		ri_buf_add(w->out, w->rest.p + 1, (size_t)(end - w->rest.p) - 1);
		cut(w, (size_t)(end - w->rest.p) + 1);
		return NULL;
	default:
		break;
	}
	ri_buf_add_span(w->out, cut(w, 1));
	return NULL;
}

const char *ri_shell_value(struct ri_span word, ri_shell_lookup *lookup, void *arg,
    struct ri_buf *out)
{
	struct walk w = { word, lookup, arg, out, false };
	const char *why = NULL;

	if (word.n > 0 && word.p[0] == '~')
		return "a ~ directory";
	while (w.rest.n > 0 && !why)
		why = step(&w);
	return why;
}
