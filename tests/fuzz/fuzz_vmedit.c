// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Edits of a VM's configuration, judged by what Proxmox VE reads before and after (qemu-server
 * QemuServer.pm: parse_vm_config), which is told here by a second parser that shares nothing with ramimg's:
 * outside the drive everything stays, and what was detached can be attached again.
 */
#include "fuzz.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/vmconf_edit.h"

struct pair {
	struct ri_span key, value;
};

struct section {
	struct ri_span name; /* as it was written; "" is the main one */
	struct pair v[200];
	size_t n;
	struct ri_buf about; /* its # lines */
};

struct config {
	struct section v[24];
	size_t n;
	bool full; /* more than that: not judged */
};

static bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Perl's \s* at both ends. */
static struct ri_span bare(struct ri_span s)
{
	while (s.n > 0 && blank(s.p[0]))
		s = ri_span_skip(s, 1);
	while (s.n > 0 && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* ^\[([^\]]*)\]\s*$ */
static bool is_header(struct ri_span line, struct ri_span *name)
{
	const char *end = line.n > 0 && line.p[0] == '[' ? memchr(line.p, ']', line.n) : NULL;
	size_t n = end ? (size_t)(end - line.p) + 1 : 0;

	if (!end || bare(ri_span_skip(line, n)).n > 0)
		return false;
	*name = ri_span(line.p + 1, n - 2);
	return true;
}

static bool any_case(struct ri_span s, const char *word)
{
	return s.n == strlen(word) && strncasecmp(s.p, word, s.n) == 0;
}

/* [a-z][a-z0-9_\-]+ in either case, and those of Proxmox itself. */
static bool is_section(struct ri_span name)
{
	if (any_case(name, "special:cloudinit") || any_case(name, "special:fleecing"))
		return true;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_' || c == '-')))
			return false;
	}
	return name.n >= 2;
}

static struct ri_span word(struct ri_span s, bool (*ok)(char))
{
	size_t n = 0;

	while (n < s.n && ok(s.p[n]))
		n++;
	return ri_span(s.p, n);
}

static bool key_char(char c)
{
	return (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ^([a-z][a-z_\-]*\d*):\s*(.+?)\s*$ */
static bool is_pair(struct ri_span line, struct pair *out)
{
	size_t n = word(line, key_char).n;

	if (n == 0 || line.p[0] < 'a')
		return false;
	n += word(ri_span_skip(line, n), digit).n;
	if (n == line.n || line.p[n] != ':')
		return false;
	*out = (struct pair){ ri_span(line.p, n), bare(ri_span_skip(line, n + 1)) };
	return out->value.n > 0;
}

static struct ri_span cut_line(struct ri_span *rest)
{
	const char *lf = memchr(rest->p, '\n', rest->n);
	struct ri_span line = ri_span(rest->p, lf ? (size_t)(lf - rest->p) : rest->n);

	*rest = ri_span_skip(*rest, line.n + (lf != NULL));
	return line;
}

/* A section that comes twice begins anew: what it had is lost. */
static struct section *begin(struct config *c, struct ri_span name)
{
	for (size_t i = 1; i < c->n; i++)
		if (ri_span_eq_nocase(c->v[i].name, "pending") ? ri_span_eq_nocase(name, "pending")
							       : ri_span_eq(c->v[i].name, name)) {
			c->v[i].n = 0;
			ri_buf_free(&c->v[i].about);
			return &c->v[i];
		}
	c->full = c->full || c->n == sizeof c->v / sizeof c->v[0];
	if (c->full)
		return NULL;
	c->v[c->n].name = name;
	return &c->v[c->n++];
}

static void parse(struct ri_span text, struct config *c)
{
	struct section *now = &c->v[c->n++];
	struct ri_span name;

	while (text.n > 0) {
		struct ri_span line = cut_line(&text);
		struct pair p;

		if (bare(line).n == 0)
			continue;
		if (is_header(line, &name)) {
			now = is_section(name) ? begin(c, name) : NULL;
		} else if (now && line.p[0] == '#') {
			ri_buf_add_span(&now->about, ri_span_skip(line, 1));
			ri_buf_add_str(&now->about, "\n");
		} else if (now && is_pair(line, &p)) {
			c->full = c->full || now->n == sizeof now->v / sizeof now->v[0];
			if (!c->full)
				now->v[now->n++] = p;
		}
	}
}

static void config_end(struct config **c)
{
	for (size_t i = 0; i < (*c)->n; i++)
		ri_buf_free(&(*c)->v[i].about);
	free(*c);
}

#define CONFIG RI_ON_EXIT(config_end) struct config *

static struct config *read_config(struct ri_span text)
{
	struct config *c = calloc(1, sizeof *c);

	FUZZ_CHECK(c);
	parse(text, c);
	return c;
}

/* As it was read last; one that is not there has nothing. */
static const struct section *section_of(const struct config *c, const char *name)
{
	static const struct section none;

	for (size_t i = 1; i < c->n; i++)
		if (ri_span_eq_nocase(c->v[i].name, name))
			return &c->v[i];
	return &none;
}

static struct ri_span value_of(const struct section *s, const char *key)
{
	for (size_t i = s->n; i-- > 0;)
		if (ri_span_eq(s->v[i].key, ri_str(key)))
			return s->v[i].value;
	return (struct ri_span){ 0 };
}

/* The next line from @i on whose key is none of three. */
static size_t next(const struct section *s, size_t i, const char *const but[3])
{
	for (; i < s->n; i++) {
		bool left_out = false;

		for (int k = 0; k < 3; k++)
			left_out = left_out || (but[k] && ri_span_eq(s->v[i].key, ri_str(but[k])));
		if (!left_out)
			break;
	}
	return i;
}

/* The same lines in the same order, but for up to three keys. */
static void same_but(const struct section *a, const struct section *b, const char *k1,
    const char *k2, const char *k3)
{
	const char *const but[3] = { k1, k2, k3 };
	size_t i = next(a, 0, but), j = next(b, 0, but);

	for (; i < a->n && j < b->n; i = next(a, i + 1, but), j = next(b, j + 1, but)) {
		FUZZ_CHECK(ri_span_eq(a->v[i].key, b->v[j].key));
		FUZZ_CHECK(ri_span_eq(a->v[i].value, b->v[j].value));
	}
	FUZZ_CHECK(i >= a->n && j >= b->n);
}

static void same_about(const struct section *a, const struct section *b)
{
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&a->about), ri_buf_span(&b->about)));
}

/* What an edit has nothing to do with: snapshots, the sections of Proxmox itself. */
static void same_elsewhere(const struct config *a, const struct config *b)
{
	size_t j = 1;

	for (size_t i = 1; i < a->n; i++) {
		if (ri_span_eq_nocase(a->v[i].name, "pending"))
			continue;
		while (j < b->n && ri_span_eq_nocase(b->v[j].name, "pending"))
			j++;
		FUZZ_CHECK(j < b->n && ri_span_eq(a->v[i].name, b->v[j].name));
		same_but(&a->v[i], &b->v[j], NULL, NULL, NULL);
		same_about(&a->v[i], &b->v[j]);
		j++;
	}
}

/* The description but for the marks that a detach leaves of @key. */
static void without_marks(const struct section *s, const char *key, struct ri_buf *out)
{
	struct ri_span rest = ri_buf_span(&s->about);
	char mark[64];

	snprintf(mark, sizeof mark, RI_DETACH_MARK "%s=", key);
	while (rest.n > 0) {
		struct ri_span line = cut_line(&rest);

		if (!ri_span_starts(line, mark)) {
			ri_buf_add_span(out, line);
			ri_buf_add_str(out, "\n");
		}
	}
}

static void same_about_but(const struct section *a, const struct section *b, const char *key)
{
	RI_BUF one = { 0 };
	RI_BUF two = { 0 };

	without_marks(a, key, &one);
	without_marks(b, key, &two);
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&one), ri_buf_span(&two)));
}

static bool delimiter(char c)
{
	return c == ',' || c == ';' || blank(c);
}

/* The words of a pending "delete:", each with a space behind it, but for @key. @return whether @key was there. */
static bool deletes(const struct section *s, const char *key, struct ri_buf *out)
{
	struct ri_span rest = value_of(s, "delete");
	bool found = false;

	while (rest.n > 0) {
		size_t n = 0, force = rest.p[0] == '!';

		while (n < rest.n && !delimiter(rest.p[n]))
			n++;
		if (n > 0 && ri_span_eq(ri_span(rest.p + force, n - force), ri_str(key)))
			found = true;
		else if (n > 0)
			ri_buf_addf(out, "%.*s ", (int)n, rest.p);
		rest = ri_span_skip(rest, n < rest.n ? n + 1 : n);
	}
	return found;
}

/* What was pending otherwise, is; nothing more is to be deleted, and @key is not. */
static void check_pending(const struct config *a, const struct config *b, const char *key)
{
	const struct section *p = section_of(a, "pending"), *q = section_of(b, "pending");
	RI_BUF one = { 0 };
	RI_BUF two = { 0 };

	same_but(p, q, key, "delete", NULL);
	same_about(p, q);
	deletes(p, key, &one);
	FUZZ_CHECK(!deletes(q, key, &two));
	FUZZ_CHECK(ri_span_eq(ri_buf_span(&one), ri_buf_span(&two)));
}

/* The key of the main section that came with an edit. */
static void find_new(const struct config *before, const struct config *after, char key[16])
{
	*key = '\0';
	for (size_t i = 0; i < after->v[0].n; i++) {
		struct ri_span name = after->v[0].v[i].key;
		char now[16];

		if (name.n >= sizeof now)
			continue;
		snprintf(now, sizeof now, "%.*s", (int)name.n, name.p);
		if (value_of(&before->v[0], now).n == 0) {
			FUZZ_CHECK(*key == '\0');
			memcpy(key, now, sizeof now);
		}
	}
	FUZZ_CHECK(strncmp(key, "unused", 6) == 0);
}

/* Whether another drive has, as it may be, the same volume: a name of it is in that one's line. */
static bool twice(const struct config *x, const char *key, const char *value)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive drive = { 0 };
	struct ri_err e = { 0 };

	if (!fuzz_ok(ri_drive_parse(key, value, &drive, &e), &e))
		return false;
	for (size_t i = 0; i < x->v[0].n; i++) {
		const struct pair *p = &x->v[0].v[i];

		if (!ri_span_eq(p->key, ri_str(key)) &&
		    memmem(p->value.p, p->value.n, drive.file, strlen(drive.file)))
			return true;
	}
	return false;
}

/* It is refused where another drive has its volume, no file can be told, all unused are taken, or what is pending is about the drive. */
static bool detach(struct ri_span text, const struct config *x, const char *key,
    enum ri_detach_way way, struct ri_buf *out)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive drive = { 0 };
	RI_FREE char *value = ri_span_dup(value_of(&x->v[0], key));
	const struct section *p = section_of(x, "pending");
	struct ri_err e = { 0 };
	RI_BUF words = { 0 };
	bool done = fuzz_ok(ri_vmconf_edit_detach(text, key, way, out, &e), &e);
	bool gone = deletes(p, key, &words);

	FUZZ_CHECK(!done || !gone);
	FUZZ_CHECK(done || way == RI_DETACH_UNUSED || gone || value_of(p, key).n > 0 ||
		   twice(x, key, value) || !fuzz_ok(ri_drive_parse(key, value, &drive, &e), &e));
	return done;
}

static struct config *attach(const struct ri_buf *text, const struct ri_detached *d,
    struct ri_buf *out)
{
	struct ri_err e = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_vmconf_edit_attach(ri_buf_span(text), d, out, &e), &e));
	return read_config(ri_buf_span(out));
}

static struct ri_detached detached(enum ri_detach_way way, const char *key, const char *source,
    const char *line)
{
	struct ri_detached d = { .way = way, .line = line };

	snprintf(d.key, sizeof d.key, "%s", key);
	snprintf(d.source, sizeof d.source, "%s", source);
	return d;
}

static void try_pending(struct ri_span text, const struct config *x, const char *key)
{
	RI_FREE char *line = ri_span_dup(value_of(&x->v[0], key));
	const struct ri_detached d = detached(RI_DETACH_PENDING, key, key, line);
	struct ri_span value = value_of(&x->v[0], key),
		       then = value_of(section_of(x, "pending"), key);
	RI_BUF out = { 0 };
	RI_BUF again = { 0 };

	if (!detach(text, x, key, RI_DETACH_PENDING, &out))
		return;
	CONFIG y = read_config(ri_buf_span(&out));

	FUZZ_CHECK(value_of(&y->v[0], key).n == 0);
	FUZZ_CHECK(ri_span_eq(value_of(section_of(y, "pending"), key), then.n > 0 ? then : value));
	same_but(&x->v[0], &y->v[0], key, NULL, NULL);
	same_about_but(&x->v[0], &y->v[0], key);
	check_pending(x, y, key);
	same_elsewhere(x, y);
	CONFIG z = attach(&out, &d, &again);

	FUZZ_CHECK(ri_span_eq(value_of(&z->v[0], key), value));
	FUZZ_CHECK(ri_span_eq(value_of(section_of(z, "pending"), key),
	    ri_span_eq(then, value) ? (struct ri_span){ 0 } : then));
	same_but(&x->v[0], &z->v[0], key, NULL, NULL);
	same_about_but(&x->v[0], &z->v[0], key);
	check_pending(x, z, key);
	same_elsewhere(x, z);
}

static void try_unused(struct ri_span text, const struct config *x, const char *key)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive drive = { 0 };
	RI_FREE char *value = ri_span_dup(value_of(&x->v[0], key));
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	RI_BUF again = { 0 };
	char source[16];

	if (!detach(text, x, key, RI_DETACH_UNUSED, &out))
		return;
	CONFIG y = read_config(ri_buf_span(&out));

	FUZZ_CHECK(fuzz_ok(ri_drive_parse(key, value, &drive, &e), &e));
	FUZZ_CHECK(value_of(&y->v[0], key).n == 0);
	find_new(x, y, source);
	FUZZ_CHECK(ri_span_eq(value_of(&y->v[0], source), bare(ri_str(drive.file))));
	same_but(&x->v[0], &y->v[0], key, source, NULL);
	same_about_but(&x->v[0], &y->v[0], key);
	same_but(section_of(x, "pending"), section_of(y, "pending"), "boot", key, NULL);
	same_about(section_of(x, "pending"), section_of(y, "pending"));
	same_elsewhere(x, y);
	const struct ri_detached d = detached(RI_DETACH_UNUSED, key, source, value);
	CONFIG z = attach(&out, &d, &again);

	FUZZ_CHECK(ri_span_eq(value_of(&z->v[0], key), ri_str(value)));
	same_but(&x->v[0], &z->v[0], key, NULL, NULL);
	same_about_but(&x->v[0], &z->v[0], key);
	same_but(section_of(x, "pending"), section_of(z, "pending"), "boot", key, NULL);
	same_elsewhere(x, z);
}

static void try_by_hand(struct ri_span text, const struct config *x, const char *key)
{
	const struct ri_detached d = detached(RI_DETACH_BY_HAND, key, key, NULL);
	RI_BUF want = { 0 };
	RI_BUF out = { 0 };
	RI_BUF again = { 0 };

	if (!detach(text, x, key, RI_DETACH_BY_HAND, &out))
		return;
	CONFIG y = read_config(ri_buf_span(&out));

	ri_buf_add_span(&want, value_of(&x->v[0], key));
	ri_buf_add_str(&want, ",disabled=1");
	FUZZ_CHECK(ri_span_eq(value_of(&y->v[0], key), ri_buf_span(&want)));
	same_but(&x->v[0], &y->v[0], key, "scsihw", NULL);
	same_about(&x->v[0], &y->v[0]);
	same_but(section_of(x, "pending"), section_of(y, "pending"), NULL, NULL, NULL);
	same_elsewhere(x, y);
	CONFIG z = attach(&out, &d, &again);

	FUZZ_CHECK(ri_span_eq(value_of(&z->v[0], key), value_of(&x->v[0], key)));
	same_but(&x->v[0], &z->v[0], key, "scsihw", NULL);
	same_but(section_of(x, "pending"), section_of(z, "pending"), NULL, NULL, NULL);
	same_elsewhere(x, z);
	if (strncmp(key, "scsi", 4) == 0)
		FUZZ_CHECK(ri_span_eq(value_of(&z->v[0], "scsihw"), value_of(&x->v[0], "scsihw")));
}

static void try_lock(struct ri_span text, const struct config *x)
{
	struct ri_err e = { 0 };
	RI_BUF locked = { 0 };
	RI_BUF open = { 0 };

	FUZZ_CHECK(fuzz_ok(ri_vmconf_edit_lock(text, "create", &locked, &e), &e));
	CONFIG y = read_config(ri_buf_span(&locked));

	FUZZ_CHECK(ri_span_eq(value_of(&y->v[0], "lock"), ri_str("create")));
	FUZZ_CHECK(fuzz_ok(ri_vmconf_edit_lock(ri_buf_span(&locked), NULL, &open, &e), &e));
	CONFIG z = read_config(ri_buf_span(&open));

	FUZZ_CHECK(value_of(&z->v[0], "lock").n == 0);
	for (int i = 0; i < 2; i++) {
		const struct config *now = i ? z : y;

		same_but(&x->v[0], &now->v[0], "lock", NULL, NULL);
		same_about(&x->v[0], &now->v[0]);
		same_but(section_of(x, "pending"), section_of(now, "pending"), NULL, NULL, NULL);
		same_about(section_of(x, "pending"), section_of(now, "pending"));
		same_elsewhere(x, now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ri_span text = fuzz_input(data, size);
	CONFIG x = read_config(text);

	if (x->full)
		return 0;
	/* Lines with a NUL are none for ramimg; blanks of typewriters would move, which only Perl takes for such. */
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\0' || text.p[i] == '\v' || text.p[i] == '\f')
			return 0;
	try_lock(text, x);
	for (size_t i = 0, tried = 0; i < x->v[0].n && tried < 3; i++) {
		struct ri_span name = x->v[0].v[i].key;
		RI_FREE char *key = ri_span_dup(name);

		FUZZ_CHECK(key);
		if (!ri_drive_key(key) || strncmp(key, "unused", 6) == 0)
			continue;
		tried++;
		try_pending(text, x, key);
		try_unused(text, x, key);
		try_by_hand(text, x, key);
	}
	return 0;
}
