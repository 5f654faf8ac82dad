// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/section_config.h"

/* More than any cluster has; each is looked for among those before it. */
#define SECTIONS_MAX 4096
#define LINES_MAX 4096 /* a device that is mapped has one for each of its functions on each node */
/* A damaged file of a megabyte has no more to say after this many. */
#define WARNINGS_MAX 100

struct reading {
	struct ri_sections out;
	struct ri_section now;
	bool open;     /* now is a section to be kept */
	bool skipping; /* a section that is passed over: its lines say nothing */
	enum ri_section_header header;
	const char *const *types;
	size_t line;
};

void ri_section_free(struct ri_section *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].key);
		free(s->v[i].value);
	}
	free(s->v);
	free(s->type);
	free(s->id);
	*s = (struct ri_section){ 0 };
}

void ri_sections_free(struct ri_sections *s)
{
	for (size_t i = 0; i < s->n; i++)
		ri_section_free(&s->v[i]);
	free(s->v);
	ri_strv_free(&s->warnings);
	*s = (struct ri_sections){ 0 };
}

static void reading_end(struct reading *r)
{
	ri_sections_free(&r->out);
	ri_section_free(&r->now);
}

static int warn(struct reading *r, const char *why, struct ri_span what, struct ri_err *e)
{
	RI_BUF text = { 0 };

	ri_buf_addf(&text, "line %zu: %s: ", r->line, why);
	ri_buf_add(&text, what.p, what.n < 80 ? what.n : 80);
	if (ri_buf_check(&text, e) < 0)
		return -1;
	return r->out.warnings.n < WARNINGS_MAX
		   ? ri_strv_add_span(&r->out.warnings, ri_buf_span(&text), e)
		   : 0;
}

/* What Perl's \s is of what can be in a line. */
static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct ri_span trim(struct ri_span s)
{
	while (s.n > 0 && blank(*s.p))
		s = ri_span_skip(s, 1);
	while (s.n > 0 && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* How many bytes at its beginning are not blank. */
static size_t word_length(struct ri_span s)
{
	size_t n = 0;

	while (n < s.n && !blank(s.p[n]))
		n++;
	return n;
}

static bool is_word(struct ri_span s)
{
	return s.n > 0 && word_length(s) == s.n;
}

/* "type: id": the type ends at the last colon of its word behind which there is one word more. */
static bool parse_header(const struct reading *r, struct ri_span line, struct ri_span *type,
    struct ri_span *id)
{
	struct ri_span bare = trim(line);

	if (bare.n == 0 || bare.p != line.p)
		return false;
	if (r->header == RI_SECTION_ID) {
		*type = ri_span("", 0);
		*id = bare;
		return is_word(bare);
	}
	for (size_t n = word_length(bare); n-- > 1;) {
		if (bare.p[n] != ':')
			continue;
		*type = ri_span(bare.p, n);
		*id = trim(ri_span_skip(bare, n + 1));
		if (is_word(*id))
			return true;
	}
	return false;
}

static bool is_known(const struct reading *r, const char *type)
{
	if (!r->types)
		return true;
	for (size_t i = 0; r->types[i]; i++)
		if (strcmp(r->types[i], type) == 0)
			return true;
	return false;
}

static int begin(struct reading *r, struct ri_span line, struct ri_span type, struct ri_span id,
    struct ri_err *e)
{
	r->skipping = true;
	if (memchr(line.p, '\0', line.n))
		return warn(r, "not text", line, e);
	r->now.type = ri_span_dup(type);
	r->now.id = ri_span_dup(id);
	if (!r->now.type || !r->now.id)
		return ri_nomem(e);
	for (char *c = r->now.type; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	if (!is_known(r, r->now.type)) {
		ri_section_free(&r->now);
		return warn(r, "of no type that is known", line, e);
	}
	r->now.line = r->line;
	r->skipping = false;
	r->open = true;
	return 0;
}

static int property(struct reading *r, struct ri_span line, struct ri_err *e)
{
	struct ri_section *s = &r->now;
	struct ri_span bare = trim(line);
	size_t n = word_length(bare);
	struct ri_section_line *v;

	if (bare.n == 0 || bare.p == line.p)
		return warn(r, "ignored", line, e); /* not indented */
	if (memchr(line.p, '\0', line.n))
		return warn(r, "not text", line, e);
	if (s->n >= LINES_MAX)
		return warn(r, "too many lines", line, e);
	v = reallocarray(s->v, s->n + 1, sizeof *v);
	if (!v)
		return ri_nomem(e);
	s->v = v;
	v += s->n++;
	v->line = r->line;
	v->key = ri_span_dup(ri_span(bare.p, n));
	v->value = ri_span_dup(trim(ri_span_skip(bare, n)));
	return v->key && v->value ? 0 : ri_nomem(e);
}

static int keep(struct reading *r, struct ri_err *e)
{
	struct ri_sections *o = &r->out;
	struct ri_section *to = NULL, *v;

	if (!r->open)
		return 0;
	r->open = false;
	for (size_t i = 0; i < o->n && !to; i++)
		if (strcmp(o->v[i].id, r->now.id) == 0)
			to = &o->v[i];
	if (to) {
		ri_section_free(to);
	} else if (o->n >= SECTIONS_MAX) {
		int rc = warn(r, "too many sections", ri_str(r->now.id), e);

		ri_section_free(&r->now);
		return rc;
	} else {
		v = reallocarray(o->v, o->n + 1, sizeof *v);
		if (!v)
			return ri_nomem(e);
		o->v = v;
		to = &v[o->n++];
	}
	*to = r->now;
	r->now = (struct ri_section){ 0 };
	return 0;
}

/* To Perl a line that is "0" is as false as an empty one. */
static bool is_end(struct ri_span line)
{
	return line.n == 0 || (line.n == 1 && *line.p == '0');
}

static int one_line(struct reading *r, struct ri_span line, struct ri_err *e)
{
	struct ri_span bare = trim(line), type, id;

	if (bare.n > 0 && *bare.p == '#')
		return 0;
	if (is_end(line)) { /* blanks do not end a section, nor does a CR */
		r->skipping = false;
		return keep(r, e);
	}
	if (r->skipping)
		return 0;
	if (r->open)
		return property(r, line, e);
	if (parse_header(r, line, &type, &id))
		return begin(r, line, type, id, e);
	return warn(r, "ignored", bare, e);
}

int ri_sections_parse(struct ri_span text, enum ri_section_header header, const char *const *types,
    struct ri_sections *out, struct ri_err *e)
{
	RI_ON_EXIT(reading_end) struct reading r = { .header = header, .types = types };
	struct ri_span line;

	while (ri_span_line(&text, &line)) {
		r.line++;
		if (line.n > 0 && line.p[line.n - 1] == '\n')
			line.n--;
		if (one_line(&r, line, e) < 0)
			return -1;
	}
	if (keep(&r, e) < 0)
		return -1;
	*out = r.out;
	r.out = (struct ri_sections){ 0 };
	return 0;
}

const struct ri_section *ri_sections_find(const struct ri_sections *s, const char *id)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].id, id) == 0)
			return &s->v[i];
	return NULL;
}

const char *ri_section_get(const struct ri_section *s, const char *key)
{
	const char *found = NULL;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i].key, key) != 0)
			continue;
		found = s->v[i].value;
		if (*found)
			break; /* one without a value is no line at all where another has it */
	}
	return found;
}

bool ri_section_true(const struct ri_section *s, const char *key, bool otherwise)
{
	for (size_t i = 0; i < s->n; i++) {
		const char *value = s->v[i].value;

		if (strcmp(s->v[i].key, key) != 0)
			continue;
		if (*value == '\0' || strcmp(value, "1") == 0)
			return true;
		if (strcmp(value, "0") == 0)
			return false;
	}
	return otherwise;
}

bool ri_section_word(struct ri_span *list, struct ri_span *word)
{
	size_t n = 0;

	while (list->n > 0 && (blank(*list->p) || *list->p == ',' || *list->p == ';'))
		*list = ri_span_skip(*list, 1);
	while (n < list->n && !blank(list->p[n]) && list->p[n] != ',' && list->p[n] != ';')
		n++;
	*word = ri_span(list->p, n);
	*list = ri_span_skip(*list, n);
	return n > 0;
}

int ri_section_list(const char *value, struct ri_strv *out, struct ri_err *e)
{
	struct ri_span list = ri_str(value), word;

	while (ri_section_word(&list, &word))
		if (ri_strv_add_span(out, word, e) < 0)
			return -1;
	return 0;
}
