// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/vmconf_edit.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/volid.h"

const char *const ri_detach_ways[3] = { "pending", "unused", "by-hand" };

enum where { MAIN, PENDING, OTHER };

struct line {
	struct ri_span raw; /* with its LF */
	struct ri_span key, value;
	enum where in;
	bool header, drop;
	struct ri_buf before; /* lines to be put in front of it */
	struct ri_buf behind; /* text behind its value */
};

struct doc {
	struct line *v;
	size_t n;
	struct ri_buf end; /* behind the last line */
	bool
	    pending_twice; /* only the last [PENDING] is one, and it keeps the others from being any */
};

static void doc_free(struct doc *d)
{
	for (size_t i = 0; i < d->n; i++) {
		ri_buf_free(&d->v[i].before);
		ri_buf_free(&d->v[i].behind);
	}
	free(d->v);
	ri_buf_free(&d->end);
}

/* A section that comes again begins anew for Proxmox: what was pending before is not. */
static void forget_pending(struct doc *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].in == PENDING) {
			d->v[i].in = OTHER;
			d->pending_twice = true;
		}
}

static int doc_read(struct ri_span text, struct doc *d, struct ri_err *e)
{
	enum where in = MAIN;
	struct ri_span raw;

	while (ri_span_line(&text, &raw)) {
		struct line *v = reallocarray(d->v, d->n + 1, sizeof *v);
		struct ri_span line = ri_span_chomp(raw), inside;

		if (!v)
			return ri_nomem(e);
		d->v = v;
		v += d->n++;
		*v = (struct line){ .raw = raw };
		v->header = ri_vmconf_header(line, &inside);
		if (v->header)
			in = ri_span_eq_nocase(inside, "pending") ? PENDING : OTHER;
		if (v->header && in == PENDING)
			forget_pending(d);
		/* A key without a value is none: the line before it counts. */
		if (!v->header && !ri_vmconf_split(line, &v->key, &v->value))
			v->key = (struct ri_span){ 0 };
		v->in = in;
	}
	return 0;
}

static int doc_write(struct doc *d, struct ri_buf *out, struct ri_err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct line *l = &d->v[i];
		struct ri_span text = ri_span_trim(l->raw);

		ri_buf_add_span(out, ri_buf_span(&l->before));
		if (l->before.oom || l->behind.oom)
			return ri_nomem(e);
		if (l->drop)
			continue;
		if (l->behind.n == 0) {
			ri_buf_add_span(out, l->raw);
			continue;
		}
		/* Behind the value: what blanks and line end followed stay behind. */
		ri_buf_add(out, l->raw.p, (size_t)(text.p - l->raw.p) + text.n);
		ri_buf_add_span(out, ri_buf_span(&l->behind));
		ri_buf_add_span(out, ri_span_skip(l->raw, (size_t)(text.p - l->raw.p) + text.n));
	}
	if (d->end.n > 0 && out->n > 0 && out->p[out->n - 1] != '\n')
		ri_buf_add_str(out, "\n");
	ri_buf_add_span(out, ri_buf_span(&d->end));
	return d->end.oom ? ri_nomem(e) : ri_buf_check(out, e);
}

/* The last line of the key counts; NULL without one. */
static struct line *find(struct doc *d, enum where in, struct ri_span key)
{
	for (size_t i = d->n; i-- > 0;)
		if (d->v[i].in == in && d->v[i].key.n > 0 && ri_span_eq(d->v[i].key, key))
			return &d->v[i];
	return NULL;
}

static void drop_all(struct doc *d, enum where in, struct ri_span key)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].in == in && d->v[i].key.n > 0 && ri_span_eq(d->v[i].key, key))
			d->v[i].drop = true;
}

static int compare(struct ri_span a, struct ri_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = memcmp(a.p, b.p, n);

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/*
 * Where a section that is not the document's end stops: at the blank lines before the next header.
 */
static size_t end_of(const struct doc *d, size_t from)
{
	size_t i = from;

	while (i < d->n && !d->v[i].header)
		i++;
	while (i > from && ri_span_trim(d->v[i - 1].raw).n == 0)
		i--;
	return i;
}

/*
 * "key: value" into a section, which begins at the line @from, at its place in the order of keys.
 */
static void put(struct doc *d, size_t from, const char *key, struct ri_span value)
{
	size_t end = end_of(d, from), at = from;
	struct ri_buf *to;

	while (at < end && (d->v[at].key.n == 0 || compare(d->v[at].key, ri_str(key)) <= 0))
		at++;
	to = at < d->n ? &d->v[at].before : &d->end;
	ri_buf_addf(to, "%s: ", key);
	ri_buf_add_span(to, value);
	ri_buf_add_str(to, "\n");
}

/* Into [PENDING], which is created after the main section if it is missing: at most once in a document. */
static void put_pending(struct doc *d, const char *key, struct ri_span value)
{
	size_t i = 0;
	struct ri_buf *to;

	while (i < d->n && !(d->v[i].header && d->v[i].in == PENDING))
		i++;
	if (i < d->n) {
		put(d, i + 1, key, value);
		return;
	}
	i = end_of(d, 0);
	to = i < d->n ? &d->v[i].before : &d->end;
	ri_buf_addf(to, "\n[PENDING]\n%s: ", key);
	ri_buf_add_span(to, value);
	ri_buf_add_str(to, "\n");
}

/* Whether "delete: net0,!scsi0" has it, with force or without; the last such line counts. */
static bool is_deleted(struct doc *d, struct ri_span key)
{
	const struct line *l = find(d, PENDING, ri_str("delete"));

	for (struct ri_span rest = l ? l->value : (struct ri_span){ 0 }; rest.n > 0;) {
		size_t n = 0, skip;

		while (n < rest.n && !strchr(",; \t", rest.p[n]))
			n++;
		skip = n > 0 && rest.p[0] == '!' ? 1 : 0;
		if (ri_span_eq(ri_span(rest.p + skip, n - skip), key))
			return true;
		rest = ri_span_skip(rest, n < rest.n ? n + 1 : n);
	}
	return false;
}

/* The volume that a drive's line names, for free(). */
static int file_of(const char *key, struct ri_span value, char **file, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive drive = { 0 };
	RI_FREE char *text = ri_span_dup(value);

	if (!text)
		return ri_nomem(e);
	if (ri_drive_parse(key, text, &drive, e) < 0)
		return -1;
	*file = drive.file;
	drive.file = NULL;
	return 0;
}

/* A volume that another drive has too would stay in use, and Proxmox keeps no unusedN of it. */
static int check_once(const struct doc *d, const char *key, const char *file, struct ri_err *e)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct line *l = &d->v[i];
		RI_FREE char *other = NULL, *name = NULL;
		struct ri_err none = { 0 };

		if (l->in != MAIN || l->key.n == 0 || ri_span_eq(l->key, ri_str(key)))
			continue;
		name = ri_span_dup(l->key);
		if (!name)
			return ri_nomem(e);
		if (!ri_drive_key(name) || ri_span_starts(l->key, "unused"))
			continue;
		if (file_of(name, l->value, &other, &none) < 0) {
			if (none.code == RI_E_NOMEM)
				return ri_nomem(e);
			continue;
		}
		if (strcmp(other, file) == 0)
			return ri_fail(e, RI_E_CONFIG, 0, "%s has the volume of %s too", name, key);
	}
	return 0;
}

/* What is pending for a drive may change its options, and nothing else. */
static int check_pending(struct doc *d, const char *key, const char *file, struct ri_err *e)
{
	const struct line *then = find(d, PENDING, ri_str(key));
	RI_FREE char *other = NULL;

	if (is_deleted(d, ri_str(key)))
		return ri_fail(e, RI_E_CONFIG, 0, "%s is to be deleted at the next start", key);
	if (!then)
		return 0;
	if (file_of(key, then->value, &other, e) < 0)
		return -1;
	return strcmp(other, file) == 0
		   ? 0
		   : ri_fail(e, RI_E_CONFIG, 0, "%s is to have another volume at the next start",
			 key);
}

static bool is_description(const struct line *l)
{
	return l->in == MAIN &&
	       (ri_span_starts(l->raw, "#") || ri_span_eq(l->key, ri_str("description")));
}

/*
 * For ri_boot_drive_find: a line of the VM's description, the last one, written as Proxmox writes those
 * (pve-common, PVE::Tools::encode_text).
 */
static void mark(struct doc *d, const char *key, struct ri_span value)
{
	struct ri_buf *to;
	size_t at = 0;

	for (size_t i = 0; i < d->n; i++)
		if (is_description(&d->v[i]))
			at = i + 1;
	to = at < d->n ? &d->v[at].before : &d->end;
	ri_buf_addf(to, "#" RI_DETACH_MARK "%s=", key);
	for (size_t i = 0; i < value.n; i++)
		ri_buf_addf(to,
		    strchr(":%", value.p[i]) || value.p[i] < ' ' || value.p[i] > '~' ? "%%%02X"
										     : "%c",
		    (unsigned char)value.p[i]);
	ri_buf_add_str(to, "\n");
}

static void unmark(struct doc *d, const char *key)
{
	char start[64];

	snprintf(start, sizeof start, "#" RI_DETACH_MARK "%s=", key);
	for (size_t i = 0; i < d->n; i++)
		if (d->v[i].in == MAIN && ri_span_starts(d->v[i].raw, start))
			d->v[i].drop = true;
}

/* Whether "order=scsi0;ide2" names it; appended to @out, unless NULL, without it. */
static bool order_without(struct ri_span boot, const char *key, struct ri_buf *out)
{
	static const char order[] = "order=";
	struct ri_span rest;
	bool found = false, first = true;

	if (!ri_span_starts(boot, order))
		return false;
	if (out)
		ri_buf_add_str(out, order);
	for (rest = ri_span_skip(boot, strlen(order)); rest.n > 0;) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != ';')
			n++;
		if (ri_span_eq(ri_span(rest.p, n), ri_str(key))) {
			found = true;
		} else if (out) {
			ri_buf_add_str(out, first ? "" : ";");
			ri_buf_add(out, rest.p, n);
			first = false;
		}
		rest = ri_span_skip(rest, n < rest.n ? n + 1 : n);
	}
	return found;
}

/* Whether the setting in force names it, so that no mark is needed to tell what it is. */
static bool is_named(struct doc *d, const char *key)
{
	const struct line *boot = find(d, MAIN, ri_str("boot"));
	const struct line *bootdisk = find(d, MAIN, ri_str("bootdisk"));

	if (boot && ri_span_starts(boot->value, "order="))
		return order_without(boot->value, key, NULL);
	return bootdisk && ri_span_eq(bootdisk->value, ri_str(key));
}

static void to_pending(struct doc *d, const char *key, struct ri_span value)
{
	const struct line *then = find(d, PENDING, ri_str(key));

	unmark(d, key);
	if (!is_named(d, key) || (then && !ri_span_eq(then->value, value)))
		mark(d, key, value);
	drop_all(d, MAIN, ri_str(key));
	if (!then)
		put_pending(d, key, value);
}

/* Proxmox takes no empty order: it stays as it is then, with a name that is not there. */
static int order_then(struct doc *d, const char *key, struct ri_err *e)
{
	const struct line *boot = find(d, PENDING, ri_str("boot"));
	RI_BUF order = { 0 };

	if (!boot)
		boot = find(d, MAIN, ri_str("boot"));
	if (boot && order_without(boot->value, key, &order)) {
		if (order.n > strlen("order=")) {
			drop_all(d, PENDING, ri_str("boot"));
			put_pending(d, "boot", ri_buf_span(&order));
		}
	}
	return ri_buf_check(&order, e);
}

static int to_unused(struct doc *d, const char *key, struct ri_span value, const char *file,
    struct ri_err *e)
{
	char unused[16];

	if (strchr(file, '=') || !ri_span_eq(ri_span_trim(ri_str(file)), ri_str(file)))
		return ri_fail(e, RI_E_CONFIG, 0,
		    "%.200s would not be read as the volume of unused0", file);
	for (unsigned i = 0; i < 256; i++) {
		snprintf(unused, sizeof unused, "unused%u", i);
		if (find(d, MAIN, ri_str(unused)) || find(d, PENDING, ri_str(unused)))
			continue;
		drop_all(d, MAIN, ri_str(key));
		drop_all(d, PENDING, ri_str(key));
		unmark(d, key);
		mark(d, key, value);
		put(d, 0, unused, ri_str(file));
		return order_then(d, key, e);
	}
	return ri_fail(e, RI_E_CONFIG, 0, "all of unused0 to unused255 are taken");
}

static void by_hand(struct doc *d, struct line *drive)
{
	struct line *scsihw = find(d, MAIN, ri_str("scsihw"));

	ri_buf_add_str(&drive->behind, ",disabled=1");
	if (scsihw && ri_span_starts(drive->key, "scsi"))
		ri_buf_add_str(&scsihw->behind, ",disabled=1");
}

int ri_vmconf_edit_detach(struct ri_span text, const char *key, enum ri_detach_way way,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(doc_free) struct doc d = { 0 };
	RI_FREE char *file = NULL;
	struct line *l;
	int rc = 0;

	if (doc_read(text, &d, e) < 0)
		return -1;
	l = find(&d, MAIN, ri_str(key));
	if (!l)
		return ri_fail(e, RI_E_CONFIG, 0, "the configuration has no %s", key);
	if (file_of(key, l->value, &file, e) < 0 || check_once(&d, key, file, e) < 0 ||
	    check_pending(&d, key, file, e) < 0)
		return -1;
	switch (way) {
	case RI_DETACH_PENDING:
		to_pending(&d, key, l->value);
		break;
	case RI_DETACH_UNUSED:
		rc = to_unused(&d, key, l->value, file, e);
		break;
	case RI_DETACH_BY_HAND:
		by_hand(&d, l);
		break;
	}
	return rc < 0 ? -1 : doc_write(&d, out, e);
}

int ri_vmconf_edit_lock(struct ri_span text, const char *value, struct ri_buf *out,
    struct ri_err *e)
{
	RI_ON_EXIT(doc_free) struct doc d = { 0 };

	if (doc_read(text, &d, e) < 0)
		return -1;
	drop_all(&d, MAIN, ri_str("lock"));
	if (value)
		put(&d, 0, "lock", ri_str(value));
	return doc_write(&d, out, e);
}

/* A line without its ",disabled=1", the last one: "disabled=10" is somebody else's. */
static void enable(struct line *l)
{
	static const char mark[] = ",disabled=1";
	size_t n = strlen(mark);
	const char *at = NULL;

	for (struct ri_span s = l ? l->raw : ri_str(""); s.n >= n; s = ri_span_skip(s, 1))
		if (ri_span_starts(s, mark) &&
		    (s.n == n || s.p[n] == ',' || ri_span_trim(ri_span(s.p + n, 1)).n == 0))
			at = s.p;
	if (!at)
		return;
	l->drop = true;
	ri_buf_add(&l->before, l->raw.p, (size_t)(at - l->raw.p));
	ri_buf_add_span(&l->before, ri_span_skip(l->raw, (size_t)(at - l->raw.p) + n));
}

/* A section that became empty goes with the blank line before it. */
static void drop_empty_pending(struct doc *d)
{
	for (size_t i = 0; i < d->n && !d->pending_twice; i++) {
		size_t end;
		bool empty = true;

		if (!d->v[i].header || d->v[i].in != PENDING)
			continue;
		for (end = i + 1; end < d->n && !d->v[end].header; end++)
			if (d->v[end].before.n > 0 ||
			    (!d->v[end].drop && ri_span_trim(d->v[end].raw).n > 0))
				empty = false;
		if (!empty)
			continue;
		for (size_t k = i; k < end; k++)
			d->v[k].drop = true;
		/* One blank line stays between sections. */
		if (i > 0 && ri_span_trim(d->v[i - 1].raw).n == 0)
			d->v[i - 1].drop = end == d->n;
	}
}

/* As it ran: what was pending for it, or has become so since, stays pending. */
static void attach_pending(struct doc *d, const struct ri_detached *a, const struct line *l)
{
	struct ri_span value = a->line ? ri_str(a->line) : l->value;

	if (ri_span_eq(l->value, value))
		drop_all(d, PENDING, ri_str(a->key));
	put(d, 0, a->key, value);
}

/* @l: the line of @a's source. */
static int attach_unused(struct doc *d, const struct ri_detached *a, struct line *l,
    struct ri_err *e)
{
	const struct line *boot;
	RI_BUF order = { 0 };

	l->drop = true;
	put(d, 0, a->key, a->line ? ri_str(a->line) : l->value);
	boot = find(d, MAIN, ri_str("boot"));
	/* The pending boot order that lacks only this disk was ours. */
	if (boot && order_without(boot->value, a->key, &order)) {
		const struct line *pending = find(d, PENDING, ri_str("boot"));

		if (pending && ri_span_eq(pending->value, ri_buf_span(&order)))
			drop_all(d, PENDING, ri_str("boot"));
	}
	return ri_buf_check(&order, e);
}

int ri_vmconf_edit_attach(struct ri_span text, const struct ri_detached *a, struct ri_buf *out,
    struct ri_err *e)
{
	RI_ON_EXIT(doc_free) struct doc d = { 0 };
	struct line *l;

	if (doc_read(text, &d, e) < 0)
		return -1;
	l = find(&d, a->way == RI_DETACH_PENDING ? PENDING : MAIN, ri_str(a->source));
	if (!l)
		return ri_fail(e, RI_E_CONFIG, 0, "the configuration has no %s", a->source);
	unmark(&d, a->key);
	switch (a->way) {
	case RI_DETACH_PENDING:
		attach_pending(&d, a, l);
		break;
	case RI_DETACH_UNUSED:
		if (attach_unused(&d, a, l, e) < 0)
			return -1;
		break;
	case RI_DETACH_BY_HAND:
		enable(l);
		enable(find(&d, MAIN, ri_str("scsihw")));
		break;
	}
	drop_empty_pending(&d);
	return doc_write(&d, out, e);
}

int ri_vmconf_edit_check_unused(const struct ri_vmconf *c, unsigned vmid, const char *file,
    struct ri_err *e)
{
	static const char advice[] = "detach.config = \"pending\" does without";
	const char *protection = ri_vmsection_get(&c->v[0], "protection");
	const char *name = file + strlen(file);

	while (name > file && !strchr(":/", name[-1]))
		name--;
	if (protection && strcmp(protection, "1") == 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "it is protected (protection: 1), so that none of its disks becomes unused; %s",
		    advice);
	if (file[0] == '/' || ri_volname_vmid(name) != vmid)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "%.200s is not the VM's own volume, and only those become unused; %s", file,
		    advice);
	return 0;
}
