// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/boot_marks.h"
#include "pveconf/vmconf_drive.h"
#include "pveconf/vmconf_edit.h"

static void mark_end(struct ri_boot_mark *v)
{
	free(v->line);
	free(v->file);
}

void ri_boot_marks_free(struct ri_boot_marks *m)
{
	for (size_t i = 0; i < m->n; i++)
		mark_end(&m->v[i]);
	free(m->v);
	*m = (struct ri_boot_marks){ 0 };
}

const struct ri_boot_mark *ri_boot_marks_of(const struct ri_boot_marks *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->v[i].key, key) == 0)
			return &m->v[i];
	return NULL;
}

static bool is_unused(const struct ri_drive *d)
{
	return strncmp(d->key, "unused", 6) == 0;
}

/* Which line still has the volume; NULL: none, or it is a drive again. */
static const char *source_of(const struct ri_drives *main, const struct ri_drives *pending,
    const char *key, const char *file)
{
	const char *source = NULL;

	for (size_t i = 0; i < main->n; i++) {
		if (strcmp(main->v[i].file, file) != 0)
			continue;
		if (!is_unused(&main->v[i]))
			return NULL;
		source = source ? source : main->v[i].key;
	}
	for (size_t i = 0; i < pending->n; i++)
		if (strcmp(pending->v[i].key, key) == 0 && strcmp(pending->v[i].file, file) == 0)
			source = pending->v[i].key;
	return source;
}

/* What a newer mark makes outdated. */
static void drop(struct ri_boot_marks *m, const char *key, const char *file)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->v[i].key, key) == 0 || strcmp(m->v[i].file, file) == 0)
			mark_end(&m->v[i]);
		else
			m->v[kept++] = m->v[i];
	}
	m->n = kept;
}

/* @d is the drive of @line. */
static int add(struct ri_boot_marks *m, const struct ri_drive *d, const char *source,
    const char *line, struct ri_err *e)
{
	struct ri_boot_mark *v = reallocarray(m->v, m->n + 1, sizeof *v);

	if (!v)
		return ri_nomem(e);
	m->v = v;
	drop(m, d->key, d->file);
	v += m->n;
	snprintf(v->key, sizeof v->key, "%s", d->key);
	snprintf(v->source, sizeof v->source, "%s", source);
	v->line = strdup(line);
	v->file = strdup(d->file);
	if (!v->line || !v->file) {
		mark_end(v);
		return ri_nomem(e);
	}
	m->n++;
	return 0;
}

/* One line of the description, "scsi0=VOLUME,iothread=1". */
static int read_one(struct ri_span said, const struct ri_vmconf *c, const struct ri_drives *main,
    const struct ri_drives *pending, struct ri_boot_marks *m, struct ri_err *e)
{
	RI_ON_EXIT(ri_drive_free) struct ri_drive d = { 0 };
	RI_FREE char *key = ri_span_dup(said);
	char *line = key ? strchr(key, '=') : NULL;
	struct ri_err none = { 0 };
	const char *source;

	if (!key)
		return ri_nomem(e);
	if (!line)
		return 0;
	*line++ = '\0';
	/* Only such a drive comes out of a running VM. */
	if (!ri_drive_key(key) ||
	    (strncmp(key, "scsi", 4) != 0 && strncmp(key, "virtio", 6) != 0) ||
	    ri_vmsection_get(&c->v[0], key))
		return 0;
	if (ri_drive_parse(key, line, &d, &none) < 0)
		return none.code == RI_E_NOMEM ? ri_nomem(e) : 0;
	source = source_of(main, pending, key, d.file);
	return source ? add(m, &d, source, line, e) : 0;
}

int ri_boot_marks_read(const struct ri_vmconf *c, const struct ri_drives *main,
    const struct ri_drives *pending, struct ri_boot_marks *out, struct ri_err *e)
{
	const char *text = c->v[0].description;
	struct ri_span rest = ri_str(text ? text : ""), line;

	while (ri_span_line(&rest, &line)) {
		struct ri_span said = ri_span_chomp(line);

		if (ri_span_starts(said, RI_DETACH_MARK) &&
		    read_one(ri_span_skip(said, strlen(RI_DETACH_MARK)), c, main, pending, out, e) <
			0)
			return -1;
	}
	return 0;
}
