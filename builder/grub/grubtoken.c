// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubtoken.h"

/** Blanks, lines that go on in the next one, and a comment up to its line's end. */
static struct ri_span skip_blanks(struct ri_span s)
{
	for (;;) {
		if (s.n > 0 && memchr(" \t\r", s.p[0], 3))
			s = ri_span_skip(s, 1);
		else if (s.n > 1 && s.p[0] == '\\' && s.p[1] == '\n')
			s = ri_span_skip(s, 2);
		else
			break;
	}
	if (s.n > 0 && s.p[0] == '#') {
		const char *end = memchr(s.p, '\n', s.n);

		s = ri_span_skip(s, end ? (size_t)(end - s.p) : s.n);
	}
	return s;
}

/** Length of the quoted text at the start of @s with both quotes; 0 if it is not closed. */
static size_t quoted(struct ri_span s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == s.p[0])
			return i + 1;
		if (s.p[0] == '"' && s.p[i] == '\\')
			i++;
	}
	return 0;
}

/** Length of the smallest piece of a word at the start of @s; 0 for one that never ends. */
static size_t piece(struct ri_span s)
{
	const char *end;

	switch (s.p[0]) {
	case '\'':
	case '"':
		return quoted(s);
	case '\\':
		return s.n > 1 ? 2 : 0;
	case '$':
		if (s.n < 2 || s.p[1] != '{')
			return 1;
		end = memchr(s.p, '}', s.n);
		return end ? (size_t)(end - s.p) + 1 : 0;
	default:
		return 1;
	}
}

static enum ri_grub_kind word(struct ri_span *s)
{
	while (s->n > 0 && !memchr(" \t\r\n;{}|&<>", s->p[0], 11)) {
		size_t n = piece(*s);

		if (n == 0)
			return RI_GRUB_BROKEN;
		*s = ri_span_skip(*s, n);
	}
	return RI_GRUB_WORD;
}

enum ri_grub_kind ri_grub_token(struct ri_span *rest, struct ri_span *text)
{
	struct ri_span s = skip_blanks(*rest), at = s;
	enum ri_grub_kind kind = RI_GRUB_FINISH;

	if (s.n > 0) {
		switch (s.p[0]) {
		case '\n':
		case ';':
			kind = RI_GRUB_BREAK;
			break;
		case '{':
			kind = RI_GRUB_OPEN;
			break;
		case '}':
			kind = RI_GRUB_CLOSE;
			break;
		case '|':
		case '&':
		case '<':
		case '>':
			kind = RI_GRUB_BROKEN;
			break;
		default:
			kind = word(&s);
		}
		if (kind == RI_GRUB_BREAK || kind == RI_GRUB_OPEN || kind == RI_GRUB_CLOSE)
			s = ri_span_skip(s, 1);
	}
	*text = ri_span(at.p, at.n - s.n);
	*rest = s;
	return kind;
}

int ri_grub_unquote(struct ri_span w, struct ri_buf *out, struct ri_err *e)
{
	char quote = 0;

	for (size_t i = 0; i < w.n; i++) {
		char c = w.p[i];

		if (quote == 0 && (c == '\'' || c == '"')) {
			quote = c;
			continue;
		}
		if (quote != 0 && c == quote) {
			quote = 0;
			continue;
		}
		if (c == '$' && quote != '\'')
			return 0;
		/* Inside of double quotes a backslash is one, but before these. */
		if (c == '\\' && quote != '\'' && i + 1 < w.n &&
		    (quote == 0 || memchr("$\"\\", w.p[i + 1], 3)))
			c = w.p[++i];
		ri_buf_add(out, &c, 1);
	}
	return ri_buf_check(out, e) < 0 ? -1 : 1;
}
