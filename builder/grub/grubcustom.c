// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Our block in /etc/grub.d/40_custom.
 */
#include "grub/grubcustom.h"
#include "grub/grubcfg.h"

/** Offsets of our lines in a text; all 0 if it contains none. */
struct marks {
	size_t note;  /* of RI_GRUB_NOTE, or of the begin line if the note is missing */
	size_t begin; /* of the begin line */
	size_t end;   /* behind the end line */
	bool noted;
};

/** Walk through a text's markers, line by line. */
struct scan {
	struct marks m;
	size_t at, lineno;
	size_t noted_line, begin_line; /* 0: none open */
};

static bool line_is(struct ri_span line, const char *want)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	return ri_span_eq(line, ri_str(want));
}

static int alone(size_t lineno, const char *mark, const char *partner, struct ri_err *e)
{
	return ri_fail(e, RI_E_GUEST, 0,
	    "line %zu: \"%s\" stands without its \"%s\"; repair or remove it by hand", lineno, mark,
	    partner);
}

static int scan_begin(struct scan *s, struct ri_err *e)
{
	if (s->begin_line)
		return alone(s->begin_line, RI_GRUB_BEGIN, RI_GRUB_END, e);
	if (s->m.end)
		return ri_fail(e, RI_E_GUEST, 0,
		    "line %zu: a second \"" RI_GRUB_BEGIN "\"; remove one by hand", s->lineno);
	s->begin_line = s->lineno;
	s->m.begin = s->at;
	s->m.noted = s->noted_line != 0;
	if (!s->m.noted)
		s->m.note = s->at;
	s->noted_line = 0;
	return 0;
}

static int scan_line(struct scan *s, struct ri_span line, struct ri_err *e)
{
	s->lineno++;
	if (line_is(line, RI_GRUB_BEGIN))
		return scan_begin(s, e);
	if (s->noted_line)
		return alone(s->noted_line, RI_GRUB_NOTE, RI_GRUB_BEGIN, e);
	if (line_is(line, RI_GRUB_END)) {
		if (!s->begin_line)
			return alone(s->lineno, RI_GRUB_END, RI_GRUB_BEGIN, e);
		s->begin_line = 0;
		s->m.end = s->at + line.n;
	} else if (line_is(line, RI_GRUB_NOTE)) {
		s->noted_line = s->lineno;
		s->m.note = s->at;
	}
	return 0;
}

static int find_marks(struct ri_span text, struct marks *out, struct ri_err *e)
{
	struct scan s = { 0 };
	struct ri_span rest = text, line;

	while (ri_span_line(&rest, &line)) {
		if (scan_line(&s, line, e) < 0)
			return -1;
		s.at += line.n;
	}
	if (s.noted_line)
		return alone(s.noted_line, RI_GRUB_NOTE, RI_GRUB_BEGIN, e);
	if (s.begin_line)
		return alone(s.begin_line, RI_GRUB_BEGIN, RI_GRUB_END, e);
	*out = s.m;
	return 0;
}

int ri_grub_custom_printed(struct ri_span custom, struct ri_span *printed, struct ri_err *e)
{
	static const char *const shells[] = { "#!/bin/sh", "#! /bin/sh", "#!/usr/bin/sh" };
	static const char *const tails[] = { "exec tail -n +3 $0", "exec tail -n +3 \"$0\"" };
	struct ri_span rest = custom, first = { 0 }, second = { 0 };
	bool shell = false, tail = false;

	if (ri_span_line(&rest, &first))
		for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
			shell = shell || line_is(first, shells[i]);
	if (ri_span_line(&rest, &second))
		for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
			tail = tail || line_is(second, tails[i]);
	if (!shell || !tail)
		return ri_fail(e, RI_E_GUEST, 0,
		    "it does not begin with \"#!/bin/sh\" and \"exec tail -n +3 $0\", so its output "
		    "cannot be known without running it; put back the stock file's first "
		    "two lines");
	*printed = rest;
	return 0;
}

static int check_block(struct ri_span block, struct ri_err *e)
{
	struct marks m;

	if (find_marks(block, &m, e) < 0)
		return ri_ctx(e, "the new menu entry");
	if (m.noted || m.begin != 0 || m.end != block.n || block.n == 0 ||
	    block.p[block.n - 1] != '\n')
		return ri_fail(e, RI_E_CONFIG, 0,
		    "the new menu entry does not stand between \"" RI_GRUB_BEGIN "\" and "
		    "\"" RI_GRUB_END "\"");
	return 0;
}

int ri_grub_custom_put(struct ri_span custom, struct ri_span block, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_span printed;
	struct marks m;

	if (ri_grub_custom_printed(custom, &printed, e) < 0 || check_block(block, e) < 0 ||
	    find_marks(custom, &m, e) < 0)
		return -1;
	if (m.end == 0) {
		ri_buf_add_span(out, custom);
		if (custom.p[custom.n - 1] != '\n')
			ri_buf_add_str(out, "\n" RI_GRUB_NOTE "\n");
		ri_buf_add_span(out, block);
	} else {
		ri_buf_add(out, custom.p, m.begin);
		ri_buf_add_span(out, block);
		ri_buf_add_span(out, ri_span_skip(custom, m.end));
	}
	return ri_buf_check(out, e);
}

int ri_grub_custom_drop(struct ri_span custom, struct ri_buf *out, struct ri_err *e)
{
	struct marks m;

	if (find_marks(custom, &m, e) < 0)
		return -1;
	/* Lines that somebody added below the block need the line end that we added above it. */
	if (m.noted && m.end == custom.n && m.note > 0)
		m.note--;
	ri_buf_add(out, custom.p, m.note);
	ri_buf_add_span(out, ri_span_skip(custom, m.end));
	return ri_buf_check(out, e);
}

struct ri_span ri_grub_find_block(struct ri_span text)
{
	struct ri_span rest = text, line;
	size_t at = 0, begin = 0;
	bool open = false;

	while (ri_span_line(&rest, &line)) {
		if (line_is(line, RI_GRUB_BEGIN)) {
			open = true;
			begin = at;
		}
		at += line.n;
		if (open && line_is(line, RI_GRUB_END))
			return ri_span(text.p + begin, at - begin);
	}
	return ri_span(text.p, 0);
}
