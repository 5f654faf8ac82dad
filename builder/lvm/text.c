// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lvm/text.h"

#include <ctype.h>

#define DEPTH_MAX 8        /* four levels are in use */
#define NODES_MAX 1000000u /* a volume has a dozen; the text itself is bounded too */

struct scan {
	struct ri_span rest, all;
	struct ri_lvmtext *t;
	struct ri_err *e;
};

static int bad(struct scan *s, const char *what)
{
	size_t line = 1;

	for (const char *p = s->all.p; p < s->rest.p; p++)
		line += *p == '\n';
	return ri_fail(s->e, RI_E_UNSUPPORTED, 0, "line %zu of LVM's metadata: %s", line, what);
}

static char peek(const struct scan *s)
{
	return s->rest.n > 0 ? s->rest.p[0] : '\0';
}

static void skip_blanks(struct scan *s)
{
	for (;;) {
		while (s->rest.n > 0 && isspace((unsigned char)s->rest.p[0]))
			s->rest = ri_span_skip(s->rest, 1);
		if (peek(s) != '#')
			return;
		while (s->rest.n > 0 && s->rest.p[0] != '\n')
			s->rest = ri_span_skip(s->rest, 1);
	}
}

static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->rest.n == 0 || s->rest.p[0] != c)
		return false;
	s->rest = ri_span_skip(s->rest, 1);
	return true;
}

/* Append a node inside @parent, whose last node so far is @last. 0: failure. */
static uint32_t add_node(struct scan *s, uint32_t parent, uint32_t last, struct ri_span key)
{
	struct ri_lvmtext *t = s->t;
	uint32_t at = (uint32_t)t->n;

	if (t->n >= NODES_MAX)
		return (void)bad(s, "the text has too many nodes"), 0;
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct ri_lvmtext_node *v = reallocarray(t->v, cap, sizeof *v);

		if (!v)
			return (void)ri_nomem(s->e), 0;
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n++] = (struct ri_lvmtext_node){ .kind = RI_LVMTEXT_SECTION, .key = key };
	if (last != RI_LVMTEXT_NONE)
		t->v[last].next = at;
	else if (at != 0)
		t->v[parent].child = at;
	return at;
}

/* A backslash makes the next byte part of the string: the description contains command lines. */
static int parse_string(struct scan *s, struct ri_lvmtext_node *n)
{
	size_t len = 0;

	while (len < s->rest.n && s->rest.p[len] != '"')
		len += s->rest.p[len] == '\\' ? 2 : 1;
	if (len >= s->rest.n)
		return bad(s, "a string without an end");
	n->kind = RI_LVMTEXT_STRING;
	n->string = ri_span(s->rest.p, len);
	s->rest = ri_span_skip(s->rest, len + 1);
	return 0;
}

static int parse_number(struct scan *s, struct ri_lvmtext_node *n)
{
	struct ri_span from = s->rest;
	bool whole = true;

	n->kind = RI_LVMTEXT_NUMBER;
	while (isdigit((unsigned char)peek(s)) || peek(s) == '.' || peek(s) == '-') {
		if (!isdigit((unsigned char)peek(s)))
			whole = false;
		else if (whole && (__builtin_mul_overflow(n->number, 10u, &n->number) ||
				      __builtin_add_overflow(n->number, (uint64_t)(peek(s) - '0'),
					  &n->number)))
			return bad(s, "a number that is too large");
		s->rest = ri_span_skip(s->rest, 1);
	}
	if (s->rest.n == from.n)
		return bad(s, "neither a string nor a number");
	if (!whole) {
		n->kind = RI_LVMTEXT_STRING;
		n->string = ri_span(from.p, from.n - s->rest.n);
	}
	return 0;
}

static int parse_scalar(struct scan *s, uint32_t at)
{
	struct ri_lvmtext_node n = s->t->v[at];

	if ((take(s, '"') ? parse_string(s, &n) : parse_number(s, &n)) < 0)
		return -1;
	s->t->v[at] = n;
	return 0;
}

static int parse_list(struct scan *s, uint32_t list)
{
	uint32_t last = RI_LVMTEXT_NONE;

	s->t->v[list].kind = RI_LVMTEXT_LIST;
	while (!take(s, ']')) {
		if (last != RI_LVMTEXT_NONE && !take(s, ','))
			return bad(s, "a list without an end");
		if (last != RI_LVMTEXT_NONE && take(s, ']'))
			return 0; /* a comma behind the last one is allowed */
		last = add_node(s, list, last, (struct ri_span){ 0 });
		if (last == 0 || parse_scalar(s, last) < 0)
			return -1;
	}
	return 0;
}

static struct ri_span take_key(struct scan *s)
{
	size_t n = 0;

	while (n < s->rest.n &&
	       (isalnum((unsigned char)s->rest.p[n]) || strchr("_+.-/", s->rest.p[n])) &&
	       s->rest.p[n] != '\0')
		n++;
	s->rest = ri_span_skip(s->rest, n);
	return ri_span(s->rest.p - n, n);
}

static int parse_section(struct scan *s, uint32_t section, unsigned depth)
{
	uint32_t last = RI_LVMTEXT_NONE;

	if (depth > DEPTH_MAX)
		return bad(s, "sections in sections without an end");
	for (;;) {
		struct ri_span key;
		int rc;

		if (depth > 0 && take(s, '}'))
			return 0;
		skip_blanks(s);
		if (s->rest.n == 0)
			return depth == 0 ? 0 : bad(s, "a section without an end");
		key = take_key(s);
		if (key.n == 0)
			return bad(s, "no name where one should be");
		last = add_node(s, section, last, key);
		if (last == 0)
			return -1;
		if (take(s, '{'))
			rc = parse_section(s, last, depth + 1);
		else if (!take(s, '='))
			rc = bad(s, "a name without a value");
		else
			rc = take(s, '[') ? parse_list(s, last) : parse_scalar(s, last);
		if (rc < 0)
			return -1;
	}
}

int ri_lvmtext_parse(struct ri_span text, struct ri_lvmtext *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
	struct scan s = { text, text, &t, e };

	/* The text on a disk ends in a NUL. */
	if (text.n > 0 && text.p[text.n - 1] == '\0')
		s.rest.n--;
	add_node(&s, 0, RI_LVMTEXT_NONE, (struct ri_span){ 0 });
	if (!t.v || parse_section(&s, 0, 0) < 0)
		return -1;
	*out = t;
	t = (struct ri_lvmtext){ 0 };
	return 0;
}

void ri_lvmtext_free(struct ri_lvmtext *t)
{
	free(t->v);
	*t = (struct ri_lvmtext){ 0 };
}

const struct ri_lvmtext_node *ri_lvmtext_first(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *of)
{
	return of->child != RI_LVMTEXT_NONE ? &t->v[of->child] : NULL;
}

const struct ri_lvmtext_node *ri_lvmtext_next(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *n)
{
	return n->next != RI_LVMTEXT_NONE ? &t->v[n->next] : NULL;
}

const struct ri_lvmtext_node *ri_lvmtext_get(const struct ri_lvmtext *t,
    const struct ri_lvmtext_node *in, const char *key, enum ri_lvmtext_kind kind)
{
	for (const struct ri_lvmtext_node *n = ri_lvmtext_first(t, in); n;
	     n = ri_lvmtext_next(t, n))
		if (n->kind == kind && ri_span_eq(n->key, ri_str(key)))
			return n;
	return NULL;
}
