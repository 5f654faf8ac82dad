// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/glob.h"

/* The classes as the C locale has them (ASCII), whatever locale the program is in. */
static bool is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}
static bool is_lower(int c)
{
	return c >= 'a' && c <= 'z';
}
static bool is_alpha(int c)
{
	return is_upper(c) || is_lower(c);
}
static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}
static bool is_alnum(int c)
{
	return is_alpha(c) || is_digit(c);
}
static bool is_xdigit(int c)
{
	return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}
static bool is_blank(int c)
{
	return c == ' ' || c == '\t';
}
static bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static bool is_cntrl(int c)
{
	return c < ' ' || c == 127;
}
static bool is_print(int c)
{
	return c >= ' ' && c < 127;
}
static bool is_graph(int c)
{
	return c > ' ' && c < 127;
}
static bool is_punct(int c)
{
	return is_graph(c) && !is_alnum(c);
}

static const struct {
	const char *name;
	bool (*has)(int c);
} classes[] = {
	{ "[:alnum:]", is_alnum },
	{ "[:alpha:]", is_alpha },
	{ "[:blank:]", is_blank },
	{ "[:cntrl:]", is_cntrl },
	{ "[:digit:]", is_digit },
	{ "[:graph:]", is_graph },
	{ "[:lower:]", is_lower },
	{ "[:print:]", is_print },
	{ "[:punct:]", is_punct },
	{ "[:space:]", is_space },
	{ "[:upper:]", is_upper },
	{ "[:xdigit:]", is_xdigit },
};

/** Cut one byte off @s, which has one, and drop a backslash before it; -1 if that was the last. */
static int cut_literal(struct ri_span *s)
{
	int c;

	if (s->p[0] == '\\')
		*s = ri_span_skip(*s, 1);
	if (s->n == 0)
		return -1;
	c = (unsigned char)s->p[0];
	*s = ri_span_skip(*s, 1);
	return c;
}

/**
 * Cut a class like [:digit:] off @s. @return -1 if @s does not begin with one, else whether it
 * contains @c.
 */
static int cut_class(struct ri_span *s, unsigned char c)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		size_t n = strlen(classes[i].name);

		if (!ri_span_starts(*s, classes[i].name))
			continue;
		*s = ri_span_skip(*s, n);
		return classes[i].has(c) != 0;
	}
	return -1;
}

/** Cut "x" or "x-y" off @s. @return -1 where it ends or a slash stands, else whether it has @c. */
static int cut_range(struct ri_span *s, unsigned char c)
{
	int from = cut_literal(s), to = from;

	if (s->n >= 2 && s->p[0] == '-' && s->p[1] != ']') {
		*s = ri_span_skip(*s, 1);
		to = cut_literal(s);
	}
	if (from < 0 || to < 0 || from == '/' || to == '/')
		return -1;
	return c >= from && c <= to;
}

/**
 * A bracket expression, of which @s begins behind the "[". On a real one *@s moves behind its "]".
 * @return -1 if it is not one, else whether it contains @c.
 */
static int bracket(struct ri_span *s, unsigned char c)
{
	struct ri_span in = *s;
	bool negated = in.n > 0 && (in.p[0] == '!' || in.p[0] == '^');
	bool found = false, first = true;

	if (negated)
		in = ri_span_skip(in, 1);
	for (; in.n > 0 && (first || in.p[0] != ']'); first = false) {
		int has = cut_class(&in, c);

		if (has < 0)
			has = cut_range(&in, c);
		if (has < 0)
			return -1;
		found = found || has;
	}
	if (in.n == 0)
		return -1;
	*s = ri_span_skip(in, 1);
	return found != negated;
}

/** Cut what matches one byte off *@pattern (no star). @return whether it matches @c. */
static bool match_one(struct ri_span *pattern, unsigned char c)
{
	struct ri_span rest = ri_span_skip(*pattern, 1);
	int has;

	switch (pattern->p[0]) {
	case '?':
		*pattern = rest;
		return c != '/';
	case '[':
		has = bracket(&rest, c);
		if (has < 0)
			break;
		*pattern = rest;
		return has && c != '/';
	default:
		return cut_literal(pattern) == c;
	}
	*pattern = rest;
	return c == '[';
}

bool ri_glob_match(struct ri_span pattern, struct ri_span path)
{
	/* Where to go on when the last star takes one byte more. Earlier ones need no second try: what
	 * stands between two stars is best matched as early as possible. */
	struct ri_span star = { 0 }, taken = { 0 };

	while (path.n > 0 || pattern.n > 0) {
		if (pattern.n > 0 && pattern.p[0] == '*') {
			pattern = ri_span_skip(pattern, 1);
			star = pattern;
			taken = path;
			continue;
		}
		if (pattern.n > 0 && path.n > 0 && match_one(&pattern, (unsigned char)path.p[0])) {
			path = ri_span_skip(path, 1);
			continue;
		}
		if (!star.p || taken.n == 0 || taken.p[0] == '/')
			return false;
		taken = ri_span_skip(taken, 1);
		path = taken;
		pattern = star;
	}
	return true;
}
