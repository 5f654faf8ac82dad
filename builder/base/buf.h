// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A view of bytes (ri_span) and a growable buffer (ri_buf).
 */
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/** Bytes owned by somebody else. They may contain NULs and need not end in one. */
struct ri_span {
	const char *p;
	size_t n;
};

/**
 * Growable bytes, always followed by a NUL that is not counted. Zero-initialise it. Running out
 * of memory sticks: later appends do nothing and ri_buf_check reports it once.
 */
struct ri_buf {
	char *p;
	size_t n, cap;
	bool oom;
};

static inline struct ri_span ri_span(const char *p, size_t n)
{
	return (struct ri_span){ p, n };
}

/** @s without its first @n bytes. */
static inline struct ri_span ri_span_skip(struct ri_span s, size_t n)
{
	return n == 0 ? s : (struct ri_span){ s.p + n, s.n - n };
}

/** The bytes of a C string, without its NUL. */
static inline struct ri_span ri_str(const char *s)
{
	return (struct ri_span){ s, strlen(s) };
}

/** What @b holds now; valid until the next append. */
static inline struct ri_span ri_buf_span(const struct ri_buf *b)
{
	return (struct ri_span){ b->p ? b->p : "", b->n };
}

bool ri_span_eq(struct ri_span a, struct ri_span b);
/** Whether @s equals @word (lower case), ignoring the case of ASCII letters. */
bool ri_span_eq_nocase(struct ri_span s, const char *word);
/** Whether @s begins with the C string @prefix. */
bool ri_span_starts(struct ri_span s, const char *prefix);
/** @s without leading and trailing blanks (space, tab, CR, LF). */
struct ri_span ri_span_trim(struct ri_span s);
/** The line without its line end: LF, CR LF, or a lone CR at the very end. */
struct ri_span ri_span_chomp(struct ri_span line);
/**
 * Cut the first line, its LF included, off *@rest into *@line. The last line may lack an LF.
 * @return false when *@rest was empty.
 */
bool ri_span_line(struct ri_span *rest, struct ri_span *line);
/** The C string copy of @s (up to a NUL inside), for free(); NULL when out of memory. */
char *ri_span_dup(struct ri_span s);

void ri_buf_add(struct ri_buf *b, const void *p, size_t n);
void ri_buf_add_span(struct ri_buf *b, struct ri_span s);
void ri_buf_add_str(struct ri_buf *b, const char *s);
void ri_buf_addf(struct ri_buf *b, const char *fmt, ...) RI_PRINTF(2, 3);
/** @return 0, or -1 with RI_E_NOMEM when an append had failed. */
int ri_buf_check(const struct ri_buf *b, struct ri_err *e) RI_MUST_CHECK;
/**
 * Hand the bytes over as a C string for free() and leave @b empty; NULL only when out of memory.
 */
char *ri_buf_steal(struct ri_buf *b);
/** Release the memory and make @b empty again. */
void ri_buf_free(struct ri_buf *b);

#define RI_BUF RI_ON_EXIT(ri_buf_free) struct ri_buf
