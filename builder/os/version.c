// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Version order as GNU sort -V has it ("Version sort ordering" in the coreutils manual): stretches
 * without digits compare byte by byte with letters before other characters and ~ before all, even
 * the end; stretches of digits compare as numbers; suffixes like .tar.gz count only in a second pass.
 */
#include "os/version.h"
#include "base/buf.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** Where a byte of a stretch without digits sorts; a digit or the end of the text ends it. */
static int rank(struct ri_span s)
{
	if (s.n == 0)
		return -1;
	if (is_digit(s.p[0]))
		return 0;
	if (s.p[0] == '~')
		return -2;
	return (unsigned char)s.p[0] + (is_alpha(s.p[0]) ? 0 : 256);
}

static void skip(struct ri_span *s)
{
	if (s->n > 0)
		*s = ri_span_skip(*s, 1);
}

static bool at_digit(struct ri_span s)
{
	return s.n > 0 && is_digit(s.p[0]);
}

static int cmp_text(struct ri_span *a, struct ri_span *b)
{
	while ((a->n > 0 && !at_digit(*a)) || (b->n > 0 && !at_digit(*b))) {
		int diff = rank(*a) - rank(*b);

		if (diff != 0)
			return diff;
		skip(a);
		skip(b);
	}
	return 0;
}

/** Numbers of any length: the longer one is larger, else the first digit that differs decides. */
static int cmp_number(struct ri_span *a, struct ri_span *b)
{
	int first = 0;

	while (a->n > 0 && a->p[0] == '0')
		skip(a);
	while (b->n > 0 && b->p[0] == '0')
		skip(b);
	while (at_digit(*a) && at_digit(*b)) {
		if (first == 0)
			first = a->p[0] - b->p[0];
		skip(a);
		skip(b);
	}
	if (at_digit(*a) || at_digit(*b))
		return at_digit(*a) ? 1 : -1;
	return first;
}

static int cmp_parts(struct ri_span a, struct ri_span b)
{
	while (a.n > 0 || b.n > 0) {
		int diff = cmp_text(&a, &b);

		if (diff == 0)
			diff = cmp_number(&a, &b);
		if (diff != 0)
			return diff;
	}
	return 0;
}

static bool is_suffix_char(char c)
{
	return is_alpha(c) || is_digit(c) || c == '~';
}

/** @s without its longest end of the form (\.[A-Za-z~][A-Za-z0-9~]*)*, which may be all of it. */
static struct ri_span without_suffix(struct ri_span s)
{
	size_t keep = s.n, i = s.n;

	while (i > 0) {
		while (i > 0 && is_suffix_char(s.p[i - 1]))
			i--;
		/* i - 1 must be the dot, and what stands behind it no digit */
		if (i == 0 || i == keep || s.p[i - 1] != '.' || is_digit(s.p[i]))
			break;
		i--;
		keep = i;
	}
	return ri_span(s.p, keep);
}

/** Names that begin with a dot sort first: "." itself, "..", then the others. */
static int dot_class(struct ri_span s)
{
	if (s.n == 0)
		return 0;
	if (s.p[0] != '.')
		return 4;
	if (s.n == 1)
		return 1;
	return s.n == 2 && s.p[1] == '.' ? 2 : 3;
}

int ri_version_cmp(const char *a, const char *b)
{
	struct ri_span sa = ri_str(a), sb = ri_str(b);
	struct ri_span pa = without_suffix(sa), pb = without_suffix(sb);
	int diff = dot_class(sa) - dot_class(sb);

	if (diff == 0)
		diff = cmp_parts(pa, pb);
	if (diff == 0)
		diff = cmp_parts(sa, sb);
	return diff != 0 ? diff : strcmp(a, b);
}
