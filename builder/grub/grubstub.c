// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "grub/grubstub.h"

enum { VALUE_MAX = 1000 }; /* bytes of what is taken from it; more is not understood */

/* What was seen; the spans point into the text. */
struct seen {
	struct ri_span uuid, dir;
	bool configfile;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/** The next word of the line @rest. */
static struct ri_span word(struct ri_span *rest)
{
	size_t n = 0;
	struct ri_span w;

	while (rest->n > 0 && is_blank(*rest->p))
		*rest = ri_span(rest->p + 1, rest->n - 1);
	while (n < rest->n && !is_blank(rest->p[n]))
		n++;
	w = ri_span(rest->p, n);
	*rest = ri_span(rest->p + n, rest->n - n);
	return w;
}

static bool is(struct ri_span w, const char *s)
{
	return ri_span_eq(w, ri_str(s));
}

static bool begins(struct ri_span w, const char *s)
{
	return w.n >= strlen(s) && memcmp(w.p, s, strlen(s)) == 0;
}

/** Without the quotes around it. */
static struct ri_span unquoted(struct ri_span w)
{
	return w.n >= 2 && (*w.p == '\'' || *w.p == '"') && w.p[w.n - 1] == *w.p
		   ? ri_span(w.p + 1, w.n - 2)
		   : w;
}

/** Whether @w means itself: a variable, or a quote in the middle, is GRUB's to undo. */
static bool is_plain(struct ri_span w)
{
	static const char plain[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/._+~@-";

	for (size_t i = 0; i < w.n; i++)
		if (!memchr(plain, w.p[i], sizeof plain - 1))
			return false;
	return w.n > 0 && w.n <= VALUE_MAX;
}

/** search.fs_uuid UUID VARIABLE HINT…, or search --fs-uuid … UUID: 1 where it is understood. */
static bool read_search(struct ri_span rest, bool by_uuid, struct seen *s)
{
	struct ri_span w, uuid = { 0 };

	while ((w = word(&rest)).n > 0) {
		if (is(w, "--fs-uuid"))
			by_uuid = true;
		else if (!begins(w, "--") && uuid.n == 0)
			uuid = unquoted(w);
	}
	if (!by_uuid || !is_plain(uuid) || s->uuid.n > 0)
		return false;
	s->uuid = uuid;
	return true;
}

/** prefix=($root)'/boot/grub' */
static bool read_prefix(struct ri_span w, struct seen *s)
{
	const char *close;

	if (s->uuid.n == 0 || !begins(w, "prefix=($"))
		return false;
	close = memchr(w.p, ')', w.n);
	if (!close)
		return false;
	s->dir = unquoted(ri_span(close + 1, (size_t)(w.p + w.n - close - 1)));
	while (s->dir.n > 1 && s->dir.p[s->dir.n - 1] == '/')
		s->dir.n--;
	return is_plain(s->dir) && *s->dir.p == '/';
}

/** Nothing that begins another command on the line, or has to do with its input and output. */
static bool is_one_command(struct ri_span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '\0' || strchr(";|&<>", line.p[i]))
			return false;
	return true;
}

/** In the order in which GRUB has to have them, and nothing behind the last, which does not come back. */
static bool read_line(struct ri_span line, struct seen *s)
{
	struct ri_span whole = line, w = word(&line);

	if (w.n == 0 || *w.p == '#')
		return true;
	if (s->configfile || !is_one_command(whole))
		return false;
	if (is(w, "insmod") || is(w, "export"))
		return true;
	if (is(w, "search.fs_uuid") || is(w, "search"))
		return read_search(line, w.n > strlen("search"), s);
	if (is(w, "set"))
		return read_prefix(word(&line), s);
	w = is(w, "configfile") ? unquoted(word(&line)) : ri_str("");
	s->configfile = s->dir.n > 0 && (is(w, "$prefix/grub.cfg") || is(w, "${prefix}/grub.cfg"));
	return s->configfile;
}

int ri_grub_stub_parse(struct ri_span in, struct ri_grub_stub *out, struct ri_err *e)
{
	struct seen s = { 0 };

	while (in.n > 0) {
		const char *end = memchr(in.p, '\n', in.n);
		size_t n = end ? (size_t)(end - in.p) : in.n;

		if (memchr(in.p, '\0', n) || !read_line(ri_span(in.p, n), &s))
			return 0;
		n += end ? 1 : 0;
		in = ri_span(in.p + n, in.n - n);
	}
	if (!s.configfile)
		return 0;
	*out = (struct ri_grub_stub){ ri_span_dup(s.uuid), ri_span_dup(s.dir) };
	if (out->fs_uuid && out->dir)
		return 1;
	ri_grub_stub_free(out);
	return ri_nomem(e);
}

void ri_grub_stub_free(struct ri_grub_stub *s)
{
	free(s->fs_uuid);
	free(s->dir);
	*s = (struct ri_grub_stub){ 0 };
}
