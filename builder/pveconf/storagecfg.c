// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/storagecfg.h"
#include "pveconf/storage_types.h"

/* More than any cluster has; each is looked for among those before it. */
#define STORAGES_MAX 1024

/* The section being read. */
struct reading {
	struct ri_storages out;
	struct ri_storage now;
	bool open;           /* now is a section to be kept */
	bool skipping;       /* a section that is passed over: its lines say nothing */
	struct ri_strv seen; /* the properties that it has had */
	size_t line;
};

static void storage_end(struct ri_storage *s)
{
	char *strings[] = { s->id, s->type_name, s->path, s->images_dir, s->vgname, s->thinpool,
		s->base, s->pool, s->rbd_ns, s->monhost, s->username, s->fsid, s->mountpoint };

	for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
		free(strings[i]);
	ri_strv_free(&s->nodes);
	*s = (struct ri_storage){ 0 };
}

void ri_storages_free(struct ri_storages *s)
{
	for (size_t i = 0; i < s->n; i++)
		storage_end(&s->v[i]);
	free(s->v);
	ri_strv_free(&s->warnings);
	*s = (struct ri_storages){ 0 };
}

static void reading_end(struct reading *r)
{
	ri_storages_free(&r->out);
	storage_end(&r->now);
	ri_strv_free(&r->seen);
}

static int warn(struct reading *r, const char *why, struct ri_span what, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "line %zu: %s: ", r->line, why);
	ri_buf_add(&text, what.p, what.n < 80 ? what.n : 80);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	/* A damaged file of a megabyte has no more to say after this many. */
	return r->out.warnings.n < 100 ? ri_strv_add_span(&r->out.warnings, ri_buf_span(&text), e)
				       : 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct ri_span skip_blanks(struct ri_span s)
{
	while (s.n > 0 && blank(*s.p))
		s = ri_span_skip(s, 1);
	return s;
}

static bool has_blank(struct ri_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (blank(s.p[i]))
			return true;
	return false;
}

bool ri_storage_id_ok(struct ri_span id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool digit = c >= '0' && c <= '9';
		bool inner = c == '-' || c == '_' || c == '.';

		if (!alpha && (i == 0 || !(digit || (inner && i + 1 < id.n))))
			return false;
	}
	return id.n >= 2;
}

/* "type: id"; the type has no blank and no colon at its end (SectionConfig.pm:parse_section_header). */
static bool parse_header(struct ri_span line, struct ri_span *type, struct ri_span *id)
{
	const char *colon = NULL;

	line = ri_span(line.p, ri_span_trim(line).n + (size_t)(ri_span_trim(line).p - line.p));
	for (size_t i = 0; i < line.n && !blank(line.p[i]); i++)
		if (line.p[i] == ':')
			colon = line.p + i;
	if (!colon || colon == line.p)
		return false;
	*type = ri_span(line.p, (size_t)(colon - line.p));
	*id = skip_blanks(ri_span(colon + 1, line.n - (size_t)(colon + 1 - line.p)));
	return id->n > 0 && !has_blank(*id);
}

static int begin(struct reading *r, struct ri_span type, struct ri_span id, struct ri_err *e)
{
	storage_end(&r->now);
	ri_strv_free(&r->seen);
	r->open = r->skipping = false;
	r->now.id = ri_span_dup(id);
	r->now.type_name = ri_span_dup(type);
	if (!r->now.id || !r->now.type_name)
		return ri_nomem(e);
	if (!ri_storage_id_ok(id) || strlen(r->now.id) != id.n) {
		r->skipping = true;
		return warn(r, "no storage's name", id, e);
	}
	if (strlen(r->now.type_name) != type.n) {
		r->skipping = true;
		return warn(r, "no storage's type", type, e);
	}
	for (char *c = r->now.type_name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	r->now.line = r->line;
	r->open = true;
	ri_storage_type_set(&r->now);
	return 0;
}

static int property(struct reading *r, struct ri_span line, struct ri_err *e)
{
	struct ri_span s = skip_blanks(line), name, value;
	RI_FREE char *key = NULL;
	size_t n = 0;

	if (s.p == line.p || s.n == 0)
		return warn(r, "ignored", line, e); /* not indented */
	while (n < s.n && !blank(s.p[n]))
		n++;
	name = ri_span(s.p, n);
	value = ri_span_trim(ri_span_skip(s, n));
	key = ri_span_dup(name);
	if (!key)
		return ri_nomem(e);
	if (ri_strv_has(&r->seen, key))
		return warn(r, "given twice, the first counts", name, e);
	if (r->seen.n < 200 && ri_strv_add(&r->seen, key, e) < 0)
		return -1;
	switch (ri_storage_set(&r->now, key, value, e)) {
	case RI_PROPERTY_SET:
		return 0;
	case RI_PROPERTY_BAD:
		return warn(r, "not a value for it", line, e);
	case RI_PROPERTY_FAILED:
		return -1;
	}
	return -1;
}

/* Of two sections of one name Proxmox keeps the later; of its place it makes no use. */
static int keep(struct reading *r, struct ri_err *e)
{
	struct ri_storages *o = &r->out;
	struct ri_storage *v;

	if (!r->open)
		return 0;
	r->open = false;
	if (ri_storage_defaults(&r->now, e) < 0)
		return -1;
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->v[i].id, r->now.id) == 0) {
			storage_end(&o->v[i]);
			o->v[i] = r->now;
			r->now = (struct ri_storage){ 0 };
			return 0;
		}
	if (o->n >= STORAGES_MAX && strcmp(r->now.id, "local") != 0)
		return warn(r, "too many storages", ri_str(r->now.id), e);
	v = reallocarray(o->v, o->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	o->v = v;
	v[o->n++] = r->now;
	r->now = (struct ri_storage){ 0 };
	return 0;
}

static int one_line(struct reading *r, struct ri_span line, struct ri_err *e)
{
	struct ri_span bare = ri_span_trim(line), type, id;

	if (bare.n > 0 && *bare.p == '#')
		return 0;
	if (line.n == 0) { /* this is what ends a section; blanks do not, nor does a CR */
		r->skipping = false;
		return keep(r, e);
	}
	if (r->skipping)
		return 0;
	if (r->open)
		return property(r, line, e);
	if (!blank(*line.p) && parse_header(line, &type, &id))
		return begin(r, type, id, e);
	return warn(r, "ignored", bare, e);
}

/* `local` is there whatever the file says (Storage.pm's config, DirPlugin.pm). */
static int force_local(struct reading *r, struct ri_err *e)
{
	struct ri_storage *local = NULL;

	for (size_t i = 0; i < r->out.n; i++)
		if (strcmp(r->out.v[i].id, "local") == 0)
			local = &r->out.v[i];
	if (local && local->type == RI_STORAGE_DIR &&
	    (!local->path || strcmp(local->path, "/var/lib/vz") == 0)) {
		local->nodes_given = false;
		ri_strv_free(&local->nodes);
		if (!local->path)
			local->path = strdup("/var/lib/vz");
		return local->path ? 0 : ri_nomem(e);
	}
	if (begin(r, ri_str("dir"), ri_str("local"), e) < 0)
		return -1;
	if (ri_storage_set(&r->now, "path", ri_str("/var/lib/vz"), e) != RI_PROPERTY_SET)
		return -1;
	r->now.isos = true;
	return keep(r, e);
}

int ri_storages_parse(struct ri_span text, struct ri_storages *out, struct ri_err *e)
{
	RI_ON_EXIT(reading_end) struct reading r = { 0 };
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		r.line++;
		if (line.n > 0 && line.p[line.n - 1] == '\n')
			line.n--;
		if (one_line(&r, line, e) < 0)
			return -1;
	}
	if (keep(&r, e) < 0 || force_local(&r, e) < 0)
		return -1;
	*out = r.out;
	r.out = (struct ri_storages){ 0 };
	return 0;
}

const struct ri_storage *ri_storages_find(const struct ri_storages *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].id, id) == 0)
			return &s->v[i];
	return NULL;
}
