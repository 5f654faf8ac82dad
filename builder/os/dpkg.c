// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/dpkg.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define ALNUM LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Bytes of a field: the longest of Debian 12 have 70, 60, 12 and 130. */
enum { NAME_BYTES = 255, VERSION_BYTES = 255, ARCH_BYTES = 63, MAINTAINER_BYTES = 511 };

/* One entry of the list, as it is read. */
struct stanza {
	struct ri_dpkg p;
	bool any;  /* it has a field */
	bool gone; /* its files are not there */
};

static bool is_word(struct ri_span s, const char *bytes, size_t max)
{
	if (s.n == 0 || s.n > max)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(bytes, s.p[i]))
			return false;
	return true;
}

/* @s, or nothing where it is not made of @bytes alone. */
static struct ri_span word(struct ri_span s, const char *bytes, size_t max)
{
	return is_word(s, bytes, max) ? s : (struct ri_span){ 0 };
}

static struct ri_span name_of(struct ri_span s)
{
	return word(s, ALNUM "+.-", NAME_BYTES);
}

static struct ri_span version_of(struct ri_span s)
{
	return word(s, ALNUM ".+-:~", VERSION_BYTES);
}

/* "want flag state": of these two there are no files, or only those in /etc. */
static bool is_gone(struct ri_span status)
{
	static const char *const states[] = { "not-installed", "config-files" };

	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		size_t n = strlen(states[i]);

		if (status.n > n && memcmp(status.p + status.n - n, states[i], n) == 0 &&
		    status.p[status.n - n - 1] == ' ')
			return true;
	}
	return false;
}

/* "glibc" or "glibc (2.36-9)", the latter where the version is another than the package's. */
static void take_source(struct ri_span s, struct ri_dpkg *p)
{
	const char *open = s.n > 0 ? memchr(s.p, '(', s.n) : NULL;
	size_t n = open ? (size_t)(open - s.p) : s.n;

	p->source = name_of(ri_span_trim(ri_span(s.p, n)));
	if (open && s.p[s.n - 1] == ')')
		p->source_version = version_of(ri_span(open + 1, s.n - n - 2));
}

static struct ri_span text_of(struct ri_span s, size_t max)
{
	if (s.n > max)
		return (struct ri_span){ 0 };
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return (struct ri_span){ 0 };
	return s;
}

/* A field's first line. Names of fields are the same in either case. */
static void take_field(struct ri_span line, struct stanza *s)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct ri_span key, value;

	if (!colon)
		return;
	key = ri_span(line.p, (size_t)(colon - line.p));
	value = ri_span_trim(ri_span_skip(line, key.n + 1));
	if (ri_span_eq_nocase(key, "package"))
		s->p.name = name_of(value);
	else if (ri_span_eq_nocase(key, "version"))
		s->p.version = version_of(value);
	else if (ri_span_eq_nocase(key, "architecture"))
		s->p.arch = word(value, ALNUM "-", ARCH_BYTES);
	else if (ri_span_eq_nocase(key, "maintainer"))
		s->p.maintainer = text_of(value, MAINTAINER_BYTES);
	else if (ri_span_eq_nocase(key, "source"))
		take_source(value, &s->p);
	else if (ri_span_eq_nocase(key, "status"))
		s->gone = is_gone(value);
	s->any = true;
}

static int add(struct ri_dpkgs *d, size_t *room, const struct ri_dpkg *p, struct ri_err *e)
{
	if (d->n == RI_DPKG_MAX) {
		d->cut = true;
		return 0;
	}
	if (d->n == *room) {
		size_t more = *room ? *room * 2 : 512;
		struct ri_dpkg *v = reallocarray(d->v, more, sizeof *v);

		if (!v)
			return ri_nomem(e);
		d->v = v;
		*room = more;
	}
	d->v[d->n++] = *p;
	return 0;
}

static int end_stanza(struct ri_dpkgs *d, size_t *room, struct stanza *s, struct ri_err *e)
{
	struct stanza was = *s;

	*s = (struct stanza){ 0 };
	if (!was.any || was.gone)
		return 0;
	if (was.p.name.n == 0 || was.p.version.n == 0) {
		d->odd++;
		return 0;
	}
	if (was.p.source.n == 0)
		was.p.source = was.p.name;
	if (was.p.source_version.n == 0)
		was.p.source_version = was.p.version;
	return add(d, room, &was.p, e);
}

static int compare_spans(struct ri_span a, struct ri_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c ? c : (a.n > b.n) - (a.n < b.n);
}

static int compare(const void *one, const void *other)
{
	const struct ri_dpkg *a = one, *b = other;
	int c = compare_spans(a->name, b->name);

	if (c == 0)
		c = compare_spans(a->arch, b->arch);
	if (c == 0)
		c = compare_spans(a->version, b->version);
	if (c == 0)
		c = compare_spans(a->source, b->source);
	if (c == 0)
		c = compare_spans(a->source_version, b->source_version);
	return c ? c : compare_spans(a->maintainer, b->maintainer);
}

static bool is_same(const struct ri_dpkg *a, const struct ri_dpkg *b)
{
	return ri_span_eq(a->name, b->name) && ri_span_eq(a->arch, b->arch) &&
	       ri_span_eq(a->version, b->version);
}

/* Whatever order dpkg wrote them in. */
static void sort(struct ri_dpkgs *d)
{
	size_t kept = 0;

	if (d->n == 0)
		return;
	qsort(d->v, d->n, sizeof *d->v, compare);
	for (size_t i = 1; i < d->n; i++)
		if (!is_same(&d->v[kept], &d->v[i]))
			d->v[++kept] = d->v[i];
	d->n = kept + 1;
}

int ri_dpkg_parse(struct ri_span in, struct ri_dpkgs *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_dpkgs_free) struct ri_dpkgs d = { 0 };
	struct stanza s = { 0 };
	struct ri_span line;
	size_t room = 0;

	while (ri_span_line(&in, &line)) {
		struct ri_span text = ri_span_chomp(line);

		if (ri_span_trim(text).n == 0) {
			if (end_stanza(&d, &room, &s, e) < 0)
				return -1;
		} else if (text.p[0] != ' ' && text.p[0] != '\t') {
			take_field(text, &s);
		}
	}
	if (end_stanza(&d, &room, &s, e) < 0)
		return -1;
	sort(&d);
	*out = d;
	d = (struct ri_dpkgs){ 0 };
	return 0;
}

void ri_dpkgs_free(struct ri_dpkgs *d)
{
	free(d->v);
	*d = (struct ri_dpkgs){ 0 };
}
