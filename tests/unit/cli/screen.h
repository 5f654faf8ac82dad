// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What a terminal shows of what is written to it, as far as the console uses one: it wraps at its edge, and where it
 * becomes narrower, wraps anew or cuts off.
 */
#include "unit/check.h"

#define SCREEN_ROWS 40
#define SCREEN_WIDE 100

struct screen {
	size_t columns, row, col; /* the cursor may stand behind the last column */
	struct screen_row {
		char text[SCREEN_WIDE];
		size_t n;
		bool wrapped; /* it goes on in the next */
	} rows[SCREEN_ROWS];
};

static inline void screen_erase_below(struct screen *s)
{
	for (size_t i = s->row + 1; i < SCREEN_ROWS; i++)
		s->rows[i] = (struct screen_row){ 0 };
}

static inline void screen_put(struct screen *s, char c)
{
	struct screen_row *r = &s->rows[s->row];

	if (s->col == s->columns) {
		r->wrapped = true;
		s->row++;
		s->col = 0;
		assert_true(s->row < SCREEN_ROWS);
		r = &s->rows[s->row];
	}
	while (r->n < s->col)
		r->text[r->n++] = ' ';
	r->text[s->col++] = c;
	if (r->n < s->col)
		r->n = s->col;
}

/* ESC [ NUMBER LETTER at @p. @return its last byte. */
static inline const char *screen_sequence(struct screen *s, const char *p)
{
	struct screen_row *r = &s->rows[s->row];
	char *end = NULL;
	unsigned long n = strtoul(p + 2, &end, 10);

	assert_int_equal(p[1], '[');
	if (*end == 'A') {
		assert_true((n > 0 ? n : 1) <= s->row);
		s->row -= n > 0 ? n : 1;
		return end;
	}
	assert_true(*end == 'K' || *end == 'J');
	if (r->n > s->col)
		r->n = s->col;
	r->wrapped = false;
	if (*end == 'J')
		screen_erase_below(s);
	return end;
}

/** Show @text, in which no sequence is cut in two. */
static inline void screen_write(struct screen *s, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\033')
			p = screen_sequence(s, p);
		else if (*p == '\r')
			s->col = 0;
		else if (*p == '\n')
			assert_true(++s->row < SCREEN_ROWS);
		else
			screen_put(s, *p);
	}
}

/** The terminal is resized: one that wraps joins what it had wrapped and wraps it anew, another cuts off. */
static inline void screen_resize(struct screen *s, size_t columns, bool wraps)
{
	static struct screen old;
	size_t cursor = s->row, col = s->col;

	old = *s;
	*s = (struct screen){ .columns = columns };
	for (size_t i = 0; i <= cursor; i++) {
		const struct screen_row *r = &old.rows[i];
		size_t n = !wraps && r->n > columns ? columns : r->n;

		for (size_t k = 0; k < n; k++)
			screen_put(s, r->text[k]);
		if (i < cursor && !r->wrapped) {
			s->row++;
			s->col = 0;
		}
	}
	/* It was behind all that stands in its row, or at the row's beginning. */
	assert_true(col == old.rows[cursor].n);
}

/** All that is there, each row with an LF. */
static inline const char *screen_text(const struct screen *s, char out[static 4096])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i <= s->row; i++)
		at += (size_t)snprintf(out + at, 4096 - at, "%.*s\n", (int)s->rows[i].n,
		    s->rows[i].text);
	return out;
}
