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

static bool starts_any(struct ri_span field, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (starts(field, *prefixes))
			return true;
	return false;
}

bool ri_fstab_has_option(const struct ri_fstab_entry *en, const char *option)
{
	struct ri_span list = en->opts;

	while (list.n > 0) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t len = comma ? (size_t)(comma - list.p) : list.n;

		if (ri_span_eq(ri_span(list.p, len), ri_str(option)))
			return true;
		len += comma ? 1 : 0;
		list = ri_span_skip(list, len);
	}
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

int ri_fstab_points(struct ri_span text, const char *tag, struct ri_strv *out, struct ri_err *e)
{
	struct ri_fstab_entry en;
	size_t pos = 0, line = 0;

	while (ri_fstab_next(text, &pos, &line, &en)) {
		RI_BUF spec = { 0 };
		RI_BUF at = { 0 };

		ri_fstab_unescape(en.spec, &spec);
		ri_fstab_point(&en, &at);
		if (ri_buf_check(&spec, e) < 0 || ri_buf_check(&at, e) < 0)
			return -1;
		if (strcasecmp(spec.p, tag) != 0 || at.n <= 1 ||
		    ri_span_eq(en.type, ri_str("swap")))
			continue;
		if (ri_strv_add(out, at.p, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * Virtual file systems, whose spec is just a name and may look like a device. (The spec of a
 * network file system does not look like one.)
 */
static const char *const made_up[] = { "autofs", "bpf", "cgroup", "cgroup2", "configfs", "debugfs",
	"devpts", "devtmpfs", "hugetlbfs", "mqueue", "none", "overlay", "proc", "ramfs",
	"securityfs", "sysfs", "tmpfs", "tracefs", NULL };

static bool is_made_up(struct ri_span type)
{
	for (const char *const *t = made_up; *t; t++)
		if (is(type, *t))
			return true;
	return false;
}

/** Whether the spec is one of @names, optionally followed by a number. */
static bool is_numbered(struct ri_span spec, const char *const *names)
{
	for (; *names; names++) {
		struct ri_span rest = spec;
		size_t i = 0, n = strlen(*names);

		if (!starts(spec, *names))
			continue;
		while (i++ < n)
			cut_byte(&rest);
		while (rest.n > 0 && rest.p[0] >= '0' && rest.p[0] <= '9')
			cut_byte(&rest);
		if (rest.n == 0)
			return true;
	}
	return false;
}

/* Whole names: /dev/ramvg/data and /dev/srv/data are LVM. */
static const char *const ram_devices[] = { "/dev/ram", "/dev/zram", NULL };
static const char *const drives[] = { "/dev/cdrom", "/dev/cdrw", "/dev/dvd", "/dev/dvdrw",
	"/dev/sr", "/dev/scd", "/dev/fd", "/dev/floppy", NULL };

bool ri_fstab_needs_disk(const struct ri_fstab_entry *en)
{
	static const char *const tags[] = { "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID=",
		"/dev/", NULL };

	if (is(en->type, "swap"))
		return (starts_any(en->spec, tags) || starts(en->spec, "/")) &&
		       !is_numbered(en->spec, ram_devices);
	if (is_made_up(en->type) || ri_fstab_has_option(en, "bind") ||
	    ri_fstab_has_option(en, "rbind") || ri_fstab_has_option(en, "_netdev") ||
	    is_numbered(en->spec, ram_devices))
		return false;
	if (ri_fstab_has_option(en, "noauto") && is_numbered(en->spec, drives))
		return false;
	return starts_any(en->spec, tags) || is(en->type, "zfs");
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
