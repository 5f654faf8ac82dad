// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/storagecfg.h"
#include "pveconf/section_config.h"
#include "pveconf/storage_types.h"

/* More than any cluster has; each is looked for among those before it. */
#define STORAGES_MAX 1024
/* More properties than any type has. */
#define PROPERTIES_MAX 200

struct reading {
	struct ri_storages out;
	struct ri_storage now; /* the section being read */
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
}

static int warn(struct reading *r, size_t line, const char *why, const char *what, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "line %zu: %s: %.80s", line, why, what);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	/* A damaged file of a megabyte has no more to say after this many. */
	return r->out.warnings.n < 100 ? ri_strv_add(&r->out.warnings, text.p, e) : 0;
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

static bool has_been(const struct ri_section *s, size_t n)
{
	for (size_t i = 0; i < n && i < PROPERTIES_MAX; i++)
		if (strcmp(s->v[i].key, s->v[n].key) == 0)
			return true;
	return false;
}

static int properties(struct reading *r, const struct ri_section *s, struct ri_err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct ri_section_line *l = &s->v[i];
		enum ri_property_result set = RI_PROPERTY_BAD;
		bool again = has_been(s, i);

		if (!again)
			set = ri_storage_set(&r->now, l->key, ri_str(l->value), e);
		if (set == RI_PROPERTY_FAILED)
			return -1;
		if (set == RI_PROPERTY_BAD &&
		    warn(r, l->line, again ? "given twice, the first counts" : "not a value for it",
			l->key, e) < 0)
			return -1;
	}
	return 0;
}

static int begin(struct reading *r, const char *type, const char *id, struct ri_err *e)
{
	r->now.id = strdup(id);
	r->now.type_name = strdup(type);
	if (!r->now.id || !r->now.type_name)
		return ri_nomem(e);
	ri_storage_type_set(&r->now);
	return 0;
}

static int keep(struct reading *r, struct ri_err *e)
{
	struct ri_storages *o = &r->out;
	struct ri_storage *v;

	if (ri_storage_defaults(&r->now, e) < 0)
		return -1;
	v = reallocarray(o->v, o->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	o->v = v;
	v[o->n++] = r->now;
	r->now = (struct ri_storage){ 0 };
	return 0;
}

static int section(struct reading *r, const struct ri_section *s, struct ri_err *e)
{
	if (!ri_storage_id_ok(ri_str(s->id)))
		return warn(r, s->line, "no storage's name", s->id, e);
	if (r->out.n >= STORAGES_MAX && strcmp(s->id, "local") != 0)
		return warn(r, s->line, "too many storages", s->id, e);
	if (begin(r, s->type, s->id, e) < 0)
		return -1;
	r->now.line = s->line;
	return properties(r, s, e) < 0 || keep(r, e) < 0 ? -1 : 0;
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
	if (begin(r, "dir", "local", e) < 0)
		return -1;
	if (ri_storage_set(&r->now, "path", ri_str("/var/lib/vz"), e) != RI_PROPERTY_SET)
		return -1;
	r->now.isos = true;
	if (!local)
		return keep(r, e);
	if (ri_storage_defaults(&r->now, e) < 0)
		return -1;
	storage_end(local);
	*local = r->now;
	r->now = (struct ri_storage){ 0 };
	return 0;
}

int ri_storages_parse(struct ri_span text, struct ri_storages *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_sections_free) struct ri_sections all = { 0 };
	RI_ON_EXIT(reading_end) struct reading r = { 0 };

	/* Plugins have types of their own. */
	if (ri_sections_parse(text, RI_SECTION_TYPE_ID, NULL, &all, e) < 0)
		return -1;
	r.out.warnings = all.warnings;
	all.warnings = (struct ri_strv){ 0 };
	for (size_t i = 0; i < all.n; i++)
		if (section(&r, &all.v[i], e) < 0)
			return -1;
	if (force_local(&r, e) < 0)
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
