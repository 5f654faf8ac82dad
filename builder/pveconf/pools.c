// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/pools.h"
#include "pveconf/section_config.h"

/* Cut the next field off a line of fields between colons. */
static struct ri_span field(struct ri_span *rest)
{
	const char *colon = rest->n > 0 ? memchr(rest->p, ':', rest->n) : NULL;
	size_t n = colon ? (size_t)(colon - rest->p) : rest->n;
	struct ri_span f = ri_span(rest->p, n);

	*rest = ri_span_skip(*rest, n + (colon ? 1 : 0));
	return ri_span_trim(f);
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

/* Up to three names with "/" between them. */
static bool is_name(struct ri_span s)
{
	size_t parts = 1, n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' && n > 0) {
			parts++;
			n = 0;
		} else if (name_char(s.p[i])) {
			n++;
		} else {
			return false;
		}
	}
	return n > 0 && parts <= 3;
}

/* A number in decimal; leading zeros say nothing (int($vmid)). */
static bool is_number(struct ri_span s, unsigned vmid)
{
	unsigned long long n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || n > vmid)
			return false;
		n = n * 10 + (unsigned)(s.p[i] - '0');
	}
	return s.n > 0 && n == vmid;
}

int ri_pool_of(struct ri_span user_cfg, unsigned vmid, char **pool, struct ri_err *e)
{
	struct ri_span line, name, list, word;

	*pool = NULL;
	while (ri_span_line(&user_cfg, &line)) {
		if (!ri_span_eq(field(&line), ri_str("pool")))
			continue;
		name = field(&line);
		field(&line); /* the comment */
		list = field(&line);
		if (!is_name(name))
			continue;
		while (ri_section_word(&list, &word))
			if (is_number(word, vmid)) {
				*pool = ri_span_dup(name);
				return *pool ? 0 : ri_nomem(e);
			}
	}
	return 0;
}
