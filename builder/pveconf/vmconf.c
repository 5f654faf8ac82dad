// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/vmconf.h"

struct parsing {
	struct ri_vmconf c;
	struct ri_vmsection *now;  /* in c.v; NULL: in a section that is passed over */
	struct ri_buf description; /* of now */
	bool described;
	size_t line;
};

static void section_end(struct ri_vmsection *s)
{
	free(s->name);
	free(s->description);
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].key);
		free(s->v[i].value);
	}
	free(s->v);
	ri_strv_free(&s->deletes);
}

void ri_vmconf_free(struct ri_vmconf *c)
{
	for (size_t i = 0; i < c->n; i++)
		section_end(&c->v[i]);
	free(c->v);
	ri_strv_free(&c->warnings);
	*c = (struct ri_vmconf){ 0 };
}

static void parsing_end(struct parsing *p)
{
	ri_vmconf_free(&p->c);
	ri_buf_free(&p->description);
}

static int warn(struct parsing *p, const char *why, struct ri_span line, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "line %zu: %s: ", p->line, why);
	ri_buf_add(&text, line.p, line.n < 80 ? line.n : 80);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	return p->c.warnings.n < 100 ? ri_strv_add_span(&p->c.warnings, ri_buf_span(&text), e) : 0;
}

static int close_section(struct parsing *p, struct ri_err *e)
{
	if (p->now && p->described) {
		p->now->description = ri_buf_steal(&p->description);
		if (!p->now->description && ri_buf_check(&p->description, e) < 0)
			return -1;
	}
	ri_buf_free(&p->description);
	p->described = false;
	return 0;
}

static int open_section(struct parsing *p, enum ri_vmsec kind, struct ri_span name,
    struct ri_err *e)
{
	struct ri_vmsection *v;

	if (close_section(p, e) < 0)
		return -1;
	v = reallocarray(p->c.v, p->c.n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	p->c.v = v;
	v += p->c.n++;
	*v = (struct ri_vmsection){ .kind = kind, .name = ri_span_dup(name) };
	p->now = v;
	return v->name ? 0 : ri_nomem(e);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool word_char(char c, bool first)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') ||
	       (!first && ((c >= '0' && c <= '9') || c == '_' || c == '-'));
}

/* A snapshot's name: a letter, then at least one letter, digit, "_" or "-". */
static bool snapshot_name(struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!word_char(s.p[i], i == 0))
			return false;
	return s.n >= 2;
}

/* For Proxmox a [PENDING] that comes again begins anew (parse_vm_config): what the one before had is lost. */
static int open_pending(struct parsing *p, struct ri_err *e)
{
	for (size_t i = 0; i < p->c.n; i++) {
		struct ri_vmsection *s = &p->c.v[i];

		if (s->kind != RI_VMSEC_PENDING)
			continue;
		s->kind = RI_VMSEC_UNKNOWN;
		ri_strv_free(&s->deletes);
		if (warn(p, "duplicate section", ri_str("pending"), e) < 0)
			return -1;
	}
	return open_section(p, RI_VMSEC_PENDING, ri_str(""), e);
}

static int header(struct parsing *p, struct ri_span inside, struct ri_err *e)
{
	static const char special[] = "special:";
	size_t n = strlen(special);

	if (ri_span_eq_nocase(inside, "pending"))
		return open_pending(p, e);
	if (ri_span_eq_nocase(inside, "special:cloudinit") ||
	    ri_span_eq_nocase(inside, "special:fleecing"))
		return open_section(p, RI_VMSEC_SPECIAL, ri_span_skip(inside, n), e);
	if (snapshot_name(inside))
		return open_section(p, RI_VMSEC_SNAPSHOT, inside, e);
	if (warn(p, "unknown section", inside, e) < 0)
		return -1;
	return open_section(p, RI_VMSEC_UNKNOWN, inside, e);
}

static int hex(char c)
{
	c = lower(c);
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* URI::Escape's uri_unescape, which is what Proxmox decodes descriptions with. */
static void describe(struct parsing *p, struct ri_span text)
{
	if (p->described)
		ri_buf_add_str(&p->description, "\n");
	p->described = true;
	for (size_t i = 0; i < text.n; i++) {
		int hi = text.p[i] == '%' && i + 2 < text.n ? hex(text.p[i + 1]) : -1;
		int lo = hi >= 0 ? hex(text.p[i + 2]) : -1;
		char c = lo >= 0 ? (char)(hi * 16 + lo) : text.p[i];

		ri_buf_add(&p->description, &c, 1);
		i += lo >= 0 ? 2 : 0;
	}
}

/* "key: value" with a key of letters, "_" and "-", and digits at its end. */
bool ri_vmconf_split(struct ri_span line, struct ri_span *key, struct ri_span *value)
{
	size_t n = 0;

	while (n < line.n && ((line.p[n] >= 'a' && line.p[n] <= 'z') ||
				 (n > 0 && (line.p[n] == '_' || line.p[n] == '-'))))
		n++;
	if (n == 0)
		return false;
	while (n < line.n && line.p[n] >= '0' && line.p[n] <= '9')
		n++;
	if (n == line.n || line.p[n] != ':')
		return false;
	*key = ri_span(line.p, n);
	*value = ri_span_trim(ri_span_skip(line, n + 1));
	return value->n > 0;
}

/* The last line of a key counts, at the place of the first. */
static int set(struct parsing *p, struct ri_span key, struct ri_span value, struct ri_err *e)
{
	struct ri_vmsection *s = p->now;
	struct ri_vmline *l = NULL;

	for (size_t i = 0; i < s->n && !l; i++)
		if (ri_span_eq(ri_str(s->v[i].key), key))
			l = &s->v[i];
	if (!l) {
		l = reallocarray(s->v, s->n + 1, sizeof *l);
		if (!l)
			return ri_nomem(e);
		s->v = l;
		l += s->n;
		*l = (struct ri_vmline){ .key = ri_span_dup(key) };
		if (!l->key)
			return ri_nomem(e);
		s->n++;
	}
	free(l->value);
	l->value = ri_span_dup(value);
	l->line = p->line;
	return l->value ? 0 : ri_nomem(e);
}

/* The last line counts, as of any key (QemuServer.pm:parse_vm_config). */
static int deletes(struct parsing *p, struct ri_span value, struct ri_err *e)
{
	ri_strv_free(&p->now->deletes);
	while (value.n > 0) {
		size_t n = 0;

		while (n < value.n && !strchr(",; \t", value.p[n]))
			n++;
		/* What is taken away may be said with force: "!key". */
		if (n > 0 &&
		    ri_strv_add_span(&p->now->deletes,
			ri_span_skip(ri_span(value.p, n), *value.p == '!' && n > 1), e) < 0)
			return -1;
		value = ri_span_skip(value, n < value.n ? n + 1 : n);
	}
	return 0;
}

static int plain(struct parsing *p, struct ri_span line, struct ri_err *e)
{
	struct ri_span key, value;

	/* No device is ticked to boot from: the blank is a value for Proxmox, and as good as an empty order. */
	if (p->now->kind != RI_VMSEC_SPECIAL && line.n > 5 &&
	    ri_span_eq(ri_span_trim(line), ri_str("boot:")) && *line.p == 'b')
		return set(p, ri_str("boot"), ri_str("order="), e);
	if (!ri_vmconf_split(line, &key, &value) || memchr(line.p, '\0', line.n))
		return warn(p, "unable to parse", line, e);
	if (ri_span_eq(key, ri_str("description"))) {
		describe(p, value);
		return 0;
	}
	if (p->now->kind == RI_VMSEC_PENDING && ri_span_eq(key, ri_str("delete")))
		return deletes(p, value, e);
	if (ri_span_eq(key, ri_str("delete")))
		return warn(p, "only [PENDING] deletes", line, e);
	/* More than any VM has; what repeats keys by the thousand shall not take quadratic time. */
	if (p->now->n >= 2000)
		return warn(p, "too many settings", line, e);
	return set(p, key, value, e);
}

bool ri_vmconf_header(struct ri_span line, struct ri_span *inside)
{
	struct ri_span bare = ri_span_trim(line);

	if (bare.n < 2 || *line.p != '[' || bare.p[bare.n - 1] != ']' ||
	    memchr(bare.p + 1, ']', bare.n - 2))
		return false;
	*inside = ri_span(bare.p + 1, bare.n - 2);
	return true;
}

static int one_line(struct parsing *p, struct ri_span line, struct ri_err *e)
{
	struct ri_span inside;

	if (ri_span_trim(line).n == 0)
		return 0;
	if (ri_vmconf_header(line, &inside))
		return header(p, inside, e);
	if (p->now->kind == RI_VMSEC_UNKNOWN)
		return 0;
	if (*line.p == '#') {
		describe(p, ri_span_skip(line, 1));
		return 0;
	}
	return plain(p, line, e);
}

int ri_vmconf_parse(struct ri_span text, struct ri_vmconf *out, struct ri_err *e)
{
	RI_ON_EXIT(parsing_end) struct parsing p = { 0 };
	struct ri_span line;

	if (open_section(&p, RI_VMSEC_MAIN, ri_str(""), e) < 0)
		return -1;
	while (ri_span_line(&text, &line)) {
		p.line++;
		if (one_line(&p, ri_span_chomp(line), e) < 0)
			return -1;
	}
	if (close_section(&p, e) < 0)
		return -1;
	*out = p.c;
	p.c = (struct ri_vmconf){ 0 };
	return 0;
}

const char *ri_vmsection_get(const struct ri_vmsection *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].key, key) == 0)
			return s->v[i].value;
	return NULL;
}
