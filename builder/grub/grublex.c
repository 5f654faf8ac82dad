// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grublex.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static int control_byte(char c, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0, "byte 0x%02x is not allowed in a GRUB command",
	    (unsigned)(unsigned char)c);
}

/** Length of the variable's name at the start of @s: a name, a number or one of ?*@#. */
static size_t variable_name(struct ri_span s)
{
	size_t i = 0;

	if (s.n == 0)
		return 0;
	if (memchr("?*@#", s.p[0], 4))
		return 1;
	if (s.p[0] >= '0' && s.p[0] <= '9') {
		while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		return i;
	}
	while (i < s.n && is_name_char(s.p[i]))
		i++;
	return i;
}

/** Length of $name or ${name} at the start of @s, which begins with the $; 0 if it is neither. */
static size_t variable(struct ri_span s)
{
	size_t n;

	if (s.n < 2)
		return 0;
	if (s.p[1] != '{') {
		n = variable_name(ri_span_skip(s, 1));
		return n > 0 ? n + 1 : 0;
	}
	n = variable_name(ri_span_skip(s, 2));
	return n > 0 && n + 2 < s.n && s.p[n + 2] == '}' ? n + 3 : 0;
}

/** Length of the quoted text that @s begins with, including the closing quote. */
static int quoted(struct ri_span s, size_t *len, struct ri_err *e)
{
	char quote = s.p[0];
	size_t i = 1;

	while (i < s.n && s.p[i] != quote) {
		size_t step = 1;

		if (quote == '"' && s.p[i] == '\\' && i + 1 < s.n)
			i++; /* what follows is checked as a byte of its own */
		else if (quote == '"' && s.p[i] == '$')
			step = variable(ri_span_skip(s, i));
		if (step == 0)
			return ri_fail(e, RI_E_GUEST, 0, "a $ in quotes names no variable");
		if (is_control(s.p[i]))
			return control_byte(s.p[i], e);
		i += step;
	}
	if (i == s.n)
		return ri_fail(e, RI_E_GUEST, 0, "the quote %c is not closed", quote);
	*len = i + 1;
	return 0;
}

/** Length of the smallest piece of a word that @s begins with. */
static int piece(struct ri_span s, size_t *len, struct ri_err *e)
{
	*len = 1;
	switch (s.p[0]) {
	case '\'':
	case '"':
		return quoted(s, len, e);
	case '\\':
		if (s.n < 2)
			return ri_fail(e, RI_E_GUEST, 0, "a backslash at the end");
		*len = 2;
		return is_control(s.p[1]) ? control_byte(s.p[1], e) : 0;
	case '$':
		*len = variable(s);
		return *len > 0 ? 0 : ri_fail(e, RI_E_GUEST, 0, "a $ names no variable");
	case '{':
	case '}':
	case '|':
	case '&':
	case ';':
	case '<':
	case '>':
		return ri_fail(e, RI_E_GUEST, 0, "%c outside quotes", s.p[0]);
	default:
		return is_control(s.p[0]) ? control_byte(s.p[0], e) : 0;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int ri_grub_word(struct ri_span *rest, struct ri_span *word, struct ri_err *e)
{
	struct ri_span s = *rest, w;

	while (s.n > 0 && is_blank(s.p[0]))
		s = ri_span_skip(s, 1);
	*rest = s;
	if (s.n == 0)
		return 0;
	if (s.p[0] == '#')
		return ri_fail(e, RI_E_GUEST, 0, "a # starts a comment");
	while (s.n > 0 && !is_blank(s.p[0])) {
		size_t len;

		if (piece(s, &len, e) < 0)
			return -1;
		s = ri_span_skip(s, len);
	}
	w = ri_span(rest->p, rest->n - s.n);
	if (ri_span_eq(w, ri_str("[[")) || ri_span_eq(w, ri_str("]]")))
		return ri_fail(e, RI_E_GUEST, 0, "%.2s outside quotes", w.p);
	*word = w;
	*rest = s;
	return 1;
}
