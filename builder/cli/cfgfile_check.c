// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/cfgfile_check.h"

#include <stdint.h>

struct scan {
	const char *p, *end;
	unsigned line;
};

/** Whether the text goes on with @word. */
static bool at(const struct scan *s, const char *word)
{
	return ri_span_starts(ri_span(s->p, (size_t)(s->end - s->p)), word);
}

static void step(struct scan *s)
{
	if (*s->p == '\n')
		s->line++;
	s->p++;
}

static void skip_line(struct scan *s)
{
	while (s->p < s->end && *s->p != '\n')
		s->p++;
}

static void skip_block(struct scan *s)
{
	s->p += 2;
	while (s->p < s->end && !at(s, "*/"))
		step(s);
	if (s->p < s->end)
		s->p += 2;
}

/** Past the string that begins here, its closing quote included. */
static int skip_string(struct scan *s, struct ri_err *e)
{
	s->p++;
	while (s->p < s->end && *s->p != '"') {
		if (at(s, "\\x00"))
			return ri_fail(e, RI_E_CONFIG, 0, "a text must not hold \\x00");
		if (*s->p == '\\' && s->p + 1 < s->end)
			step(s);
		step(s);
	}
	if (s->p < s->end)
		s->p++;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '*';
}

static void skip_name(struct scan *s)
{
	while (
	    s->p < s->end && (is_letter(*s->p) || is_digit(*s->p) || *s->p == '-' || *s->p == '_'))
		s->p++;
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/** Read the digits of a number to @base. @return false where it does not fit into 64 bits. */
static bool digits(struct scan *s, uint64_t base, uint64_t *out)
{
	bool fits = true;
	int d;

	*out = 0;
	for (; s->p < s->end && (d = hex_digit(*s->p)) >= 0 && (uint64_t)d < base; s->p++)
		if (__builtin_mul_overflow(*out, base, out) ||
		    __builtin_add_overflow(*out, (uint64_t)d, out))
			fits = false;
	return fits;
}

static int number(struct scan *s, struct ri_err *e)
{
	const char *start = s->p;
	uint64_t base = at(s, "0x") || at(s, "0X") ? 16 : 10, v;
	bool fits;

	if (base == 16)
		s->p += 2;
	fits = digits(s, base, &v);
	/* A floating-point number: no setting is one, and libconfig's type says so. */
	if (base == 10 && s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E')) {
		while (s->p < s->end && (hex_digit(*s->p) >= 0 || strchr(".+-", *s->p)))
			s->p++;
		return 0;
	}
	if (!fits || v > INT64_MAX)
		return ri_fail(e, RI_E_CONFIG, 0, "%.*s is too large", (int)(s->p - start), start);
	if (v > INT32_MAX && !at(s, "L"))
		return ri_fail(e, RI_E_CONFIG, 0,
		    "%.*s is too large for a plain number; put an L behind it, "
		    "or write a size as a text (\"4G\")",
		    (int)(s->p - start), start);
	while (at(s, "L"))
		s->p++;
	return 0;
}

static int token(struct scan *s, struct ri_err *e)
{
	if (*s->p == '#' || at(s, "//"))
		skip_line(s);
	else if (at(s, "/*"))
		skip_block(s);
	else if (*s->p == '"')
		return skip_string(s, e);
	else if (*s->p == '@')
		return ri_fail(e, RI_E_CONFIG, 0,
		    "@include is not followed: each file is read for itself");
	else if (is_letter(*s->p))
		skip_name(s);
	else if (is_digit(*s->p))
		return number(s, e);
	else
		step(s);
	return 0;
}

int ri_cfgscan(struct ri_span text, unsigned *line, struct ri_err *e)
{
	const char *from = text.n > 0 ? text.p : ""; /* nothing has no address */
	struct scan s = { from, from + text.n, 1 };
	const char *nul = memchr(from, '\0', text.n);

	if (nul) {
		for (; s.p < nul; step(&s))
			;
		*line = s.line;
		return ri_fail(e, RI_E_CONFIG, 0, "a NUL byte");
	}
	while (s.p < s.end) {
		if (token(&s, e) < 0) {
			*line = s.line;
			return -1;
		}
	}
	return 0;
}
