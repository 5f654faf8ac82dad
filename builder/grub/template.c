// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/template.h"

static bool is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/** Length of the NAME in @NAME@ at the start of @s; 0 if it does not begin with one. */
static size_t name_at(struct ri_span s)
{
	size_t i = 1;

	while (i < s.n && is_name_char(s.p[i]))
		i++;
	return i < s.n && s.p[i] == '@' ? i - 1 : 0;
}

static const char *lookup(const struct ri_template_var *vars, size_t n, struct ri_span name)
{
	for (size_t i = 0; i < n; i++)
		if (ri_span_eq(ri_str(vars[i].name), name))
			return vars[i].value;
	return NULL;
}

int ri_template_expand(struct ri_span in, const struct ri_template_var *vars, size_t n,
    struct ri_buf *out, struct ri_err *e)
{
	while (in.n > 0) {
		const char *at = memchr(in.p, '@', in.n);
		size_t plain = at ? (size_t)(at - in.p) : in.n;
		size_t len;
		const char *value;

		ri_buf_add(out, in.p, plain);
		in = ri_span_skip(in, plain);
		if (in.n == 0)
			break;
		len = name_at(in);
		if (len == 0) {
			ri_buf_add(out, "@", 1);
			in = ri_span_skip(in, 1);
			continue;
		}
		value = lookup(vars, n, ri_span(in.p + 1, len));
		if (!value)
			return ri_fail(e, RI_E_CONFIG, 0, "@%.*s@: unknown name", (int)len,
			    in.p + 1);
		ri_buf_add_str(out, value);
		in = ri_span_skip(in, len + 2);
	}
	return ri_buf_check(out, e);
}
