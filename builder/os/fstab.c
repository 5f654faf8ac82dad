// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading fstab(5), and what its entries mean.
 */
#include "os/fstab.h"

static bool is_sep(char c)
{
	return c == ' ' || c == '\t';
}

static struct ri_span skip_seps(struct ri_span s)
{
	while (s.n > 0 && is_sep(s.p[0]))
		s = ri_span_skip(s, 1);
	return s;
}

static struct ri_span cut_field(struct ri_span *rest)
{
	struct ri_span s = skip_seps(*rest);
	size_t n = 0;

	while (n < s.n && !is_sep(s.p[n]))
		n++;
	*rest = ri_span_skip(s, n);
	return ri_span(s.p, n);
}

/* libmount wants a type, and takes an entry without options. */
static bool parse(struct ri_span line, struct ri_fstab_entry *out)
{
	struct ri_span rest = skip_seps(ri_span_chomp(line));

	if (rest.n == 0 || rest.p[0] == '#')
		return false;
	out->text = line;
	out->spec = cut_field(&rest);
	out->file = cut_field(&rest);
	out->type = cut_field(&rest);
	out->opts = cut_field(&rest);
	return out->type.n > 0;
}

bool ri_fstab_next(struct ri_span text, size_t *pos, size_t *lineno, struct ri_fstab_entry *out)
{
	struct ri_span rest = ri_span_skip(text, *pos), line;

	while (ri_span_line(&rest, &line)) {
		*pos += line.n;
		(*lineno)++;
		if (parse(line, out)) {
			out->line = *lineno;
			return true;
		}
	}
	return false;
}

size_t ri_fstab_fields(struct ri_span line)
{
	struct ri_span rest = skip_seps(ri_span_chomp(line));
	size_t n = 0;

	for (; rest.n > 0 && (n > 0 || rest.p[0] != '#'); n++) {
		cut_field(&rest);
		rest = skip_seps(rest);
	}
	return n;
}

int ri_fstab_check(struct ri_span text, struct ri_err *e)
{
	struct ri_fstab_entry en;
	size_t pos = 0, line = 0, n = 0;

	while (ri_fstab_next(text, &pos, &line, &en))
		if (++n > RI_FSTAB_ENTRIES_MAX)
			return ri_fail(e, RI_E_BUDGET, 0,
			    "more than %u entries, which is the most; line %zu is one too many",
			    RI_FSTAB_ENTRIES_MAX, line);
	return 0;
}

static bool is_octal(char c, char max)
{
	return c >= '0' && c <= max;
}

/**
 * Cut the next byte of a field off @s and decode an escape. \000 does not count as one: it would
 * end the string.
 */
static char cut_byte(struct ri_span *s)
{
	const char *p = s->p;
	size_t n = 1;
	char c = p[0];

	if (c == '\\' && s->n >= 4 && is_octal(p[1], '3') && is_octal(p[2], '7') &&
	    is_octal(p[3], '7') && memcmp(p + 1, "000", 3) != 0) {
		c = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
		n = 4;
	}
	*s = ri_span(p + n, s->n - n);
	return c;
}

void ri_fstab_unescape(struct ri_span field, struct ri_buf *out)
{
	while (field.n > 0) {
		char c = cut_byte(&field);

		ri_buf_add(out, &c, 1);
	}
}

/** Whether the field, its escapes undone, begins with @prefix. */
static bool starts(struct ri_span field, const char *prefix)
{
	for (; *prefix; prefix++)
		if (field.n == 0 || cut_byte(&field) != *prefix)
			return false;
	return true;
}

static bool is(struct ri_span field, const char *want)
{
	for (; *want; want++)
		if (field.n == 0 || cut_byte(&field) != *want)
			return false;
	return field.n == 0;
}

bool ri_fstab_option(struct ri_span *list, struct ri_span *option)
{
	while (list->n > 0) {
		bool quoted = false;
		size_t n = 0;

		for (; n < list->n && (quoted || list->p[n] != ','); n++)
			quoted = quoted != (list->p[n] == '"');
		*option = ri_span(list->p, n);
		*list = ri_span_skip(*list, n < list->n ? n + 1 : n);
		if (n > 0)
			return true;
	}
	return false;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) - (at - digits >= 16 ? 6 : 0) : -1;
}

bool ri_fstab_hex(struct ri_span s, size_t at, char *out)
{
	int high, low;

	if (s.n - at < 4 || s.p[at] != '\\' || s.p[at + 1] != 'x')
		return false;
	high = hex_digit(s.p[at + 2]);
	low = hex_digit(s.p[at + 3]);
	if (high < 0 || low < 0 || (high == 0 && low == 0))
		return false;
	*out = (char)(high << 4 | low);
	return true;
}

bool ri_fstab_has_option(const struct ri_fstab_entry *en, const char *option)
{
	struct ri_span list = en->opts, word;

	while (ri_fstab_option(&list, &word))
		if (ri_span_eq(word, ri_str(option)))
			return true;
	return false;
}

/* Append an absolute path, of doubled slashes the first. */
static void add_plain(struct ri_span path, struct ri_buf *out)
{
	bool slash = false;

	if (path.n == 0 || path.p[0] != '/')
		return;
	for (size_t i = 0; i < path.n; i++) {
		bool was = slash;

		slash = path.p[i] == '/';
		if (slash && was)
			continue;
		ri_buf_add(out, path.p + i, 1);
	}
}

void ri_fstab_point(const struct ri_fstab_entry *en, struct ri_buf *out)
{
	RI_BUF path = { 0 };
	size_t n;

	ri_fstab_unescape(en->file, &path);
	out->oom = out->oom || path.oom;
	if (path.oom || path.n == 0)
		return;
	for (n = path.n; n > 1 && path.p[n - 1] == '/'; n--)
		;
	add_plain(ri_span(path.p, n), out);
}

/* A path's next byte; -1: there is none. Of doubled slashes the last counts, and none at the end. */
static int plain_byte(struct ri_span *path, char (*cut)(struct ri_span *s))
{
	char c;

	if (path->n == 0)
		return -1;
	c = cut(path);
	while (c == '/') {
		struct ri_span behind = *path;

		if (behind.n == 0)
			return -1;
		if (cut(&behind) != '/')
			break;
		*path = behind;
	}
	return (unsigned char)c;
}

static char cut_plain(struct ri_span *s)
{
	char c = s->p[0];

	*s = ri_span_skip(*s, 1);
	return c;
}

/* By bytes, so that a lack of memory makes nothing different. */
static bool is_point(struct ri_span field, struct ri_span point)
{
	int c;

	if (!starts(field, "/") || !ri_span_starts(point, "/"))
		return false;
	do {
		c = plain_byte(&field, cut_byte);
		if (c != plain_byte(&point, cut_plain))
			return false;
	} while (c >= 0);
	return true;
}

bool ri_fstab_find(struct ri_span text, const char *point, struct ri_fstab_entry *out)
{
	size_t pos = 0, lineno = 0;

	while (ri_fstab_next(text, &pos, &lineno, out))
		if (is_point(out->file, ri_str(point)))
			return true;
	return false;
}

bool ri_fstab_is_root(const struct ri_fstab_entry *en)
{
	struct ri_span f = en->file;

	if (f.n == 0 || is(en->type, "swap"))
		return false;
	while (f.n > 0)
		if (cut_byte(&f) != '/')
			return false;
	return true;
}

int ri_fstab_swapfiles(struct ri_span in, struct ri_strv *out, struct ri_err *e)
{
	struct ri_fstab_entry en;
	size_t pos = 0, lineno = 0, n = 0;

	while (ri_fstab_next(in, &pos, &lineno, &en)) {
		RI_BUF path = { 0 };

		if (!is(en.type, "swap") || !starts(en.spec, "/") || starts(en.spec, "/dev/"))
			continue;
		if (++n > RI_FSTAB_SWAPFILES_MAX)
			return ri_fail(e, RI_E_BUDGET, 0,
			    "more than %u swap files, which is the most; that in line %zu is one too many",
			    RI_FSTAB_SWAPFILES_MAX, lineno);
		ri_fstab_unescape(en.spec, &path);
		if (ri_buf_check(&path, e) < 0 || ri_strv_add_span(out, ri_buf_span(&path), e) < 0)
			return -1;
	}
	return 0;
}
