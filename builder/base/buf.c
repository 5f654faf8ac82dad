// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>

bool ri_span_eq(struct ri_span a, struct ri_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool ri_span_eq_nocase(struct ri_span s, const char *word)
{
	if (s.n != strlen(word))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (lower(s.p[i]) != word[i])
			return false;
	return true;
}

bool ri_span_starts(struct ri_span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct ri_span ri_span_trim(struct ri_span s)
{
	while (s.n > 0 && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct ri_span ri_span_chomp(struct ri_span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

bool ri_span_line(struct ri_span *rest, struct ri_span *line)
{
	const char *lf;

	if (rest->n == 0)
		return false;
	lf = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = lf ? (size_t)(lf - rest->p) + 1 : rest->n;
	rest->p += line->n;
	rest->n -= line->n;
	return true;
}

char *ri_span_dup(struct ri_span s)
{
	return strndup(s.n ? s.p : "", s.n);
}

static bool reserve(struct ri_buf *b, size_t more)
{
	size_t need, cap;
	char *grown;

	if (b->oom)
		return false;
	if (__builtin_add_overflow(b->n, more, &need) || __builtin_add_overflow(need, 1, &need)) {
		b->oom = true;
		return false;
	}
	if (need <= b->cap)
		return true;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	grown = realloc(b->p, cap);
	if (!grown) {
		b->oom = true;
		return false;
	}
	b->p = grown;
	b->cap = cap;
	return true;
}

void ri_buf_add(struct ri_buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void ri_buf_add_span(struct ri_buf *b, struct ri_span s)
{
	ri_buf_add(b, s.p, s.n);
}

void ri_buf_add_str(struct ri_buf *b, const char *s)
{
	ri_buf_add(b, s, strlen(s));
}

void ri_buf_addf(struct ri_buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		b->oom = true;
	else if (reserve(b, (size_t)n)) {
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

int ri_buf_check(const struct ri_buf *b, struct ri_err *e)
{
	return b->oom ? ri_nomem(e) : 0;
}

char *ri_buf_steal(struct ri_buf *b)
{
	char *p;

	ri_buf_add(b, NULL, 0);
	if (b->oom)
		return NULL;
	p = b->p;
	*b = (struct ri_buf){ 0 };
	return p;
}

void ri_buf_free(struct ri_buf *b)
{
	free(b->p);
	*b = (struct ri_buf){ 0 };
}
