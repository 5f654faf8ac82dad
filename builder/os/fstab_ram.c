// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fstab rewritten for a root in RAM, and back.
 */
#include "os/fstab_ram.h"

#include <strings.h>

#define RAM_ROOT "none / tmpfs defaults 0 0"
#define MARK "#ramimg: "

/** The entry on one line, if there is one. */
static bool parse_line(struct ri_span line, struct ri_fstab_entry *en)
{
	size_t pos = 0, lineno = 0;

	return ri_fstab_next(line, &pos, &lineno, en);
}

/** Find the one entry for /. Files with NULs are refused: mount would read them differently. */
static int find_root(struct ri_span in, struct ri_span *root, struct ri_err *e)
{
	struct ri_span rest = in, line;
	struct ri_fstab_entry en;
	size_t lineno = 0, seen = 0;

	while (ri_span_line(&rest, &line)) {
		lineno++;
		if (memchr(line.p, '\0', line.n))
			return ri_fail(e, RI_E_GUEST, 0, "line %zu contains a NUL byte", lineno);
		if (!parse_line(line, &en) || !ri_fstab_is_root(&en))
			continue;
		if (seen)
			return ri_fail(e, RI_E_GUEST, 0, "two entries for / (lines %zu and %zu)",
			    seen, lineno);
		seen = lineno;
		*root = ri_span_chomp(line);
	}
	return seen ? 0 : ri_fail(e, RI_E_GUEST, 0, "no entry for /");
}

/** @in with @root, a part of it, replaced. */
static void put_root(struct ri_span in, struct ri_span root, struct ri_span with,
    struct ri_buf *out)
{
	size_t before = (size_t)(root.p - in.p);

	ri_buf_add(out, in.p, before);
	ri_buf_add_span(out, with);
	ri_buf_add(out, root.p + root.n, in.n - before - root.n);
}

int ri_fstab_to_ram(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span root;

	if (find_root(in, &root, e) < 0)
		return -1;
	put_root(in, root, ri_str(RAM_ROOT), out);
	return ri_buf_check(out, e);
}

/**
 * UUID=, LABEL= and PARTUUID= with their values unquoted, and the links of /dev/disk that mean the
 * same.
 */
static bool tag_of(struct ri_span spec, const char **key, struct ri_span *value)
{
	static const struct {
		const char *prefix, *key;
	} ways[] = {
		{ "UUID=", "UUID=" },
		{ "LABEL=", "LABEL=" },
		{ "PARTUUID=", "PARTUUID=" },
		{ "/dev/disk/by-uuid/", "UUID=" },
		{ "/dev/disk/by-label/", "LABEL=" },
		{ "/dev/disk/by-partuuid/", "PARTUUID=" },
	};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		size_t n = strlen(ways[i].prefix);

		if (!ri_span_starts(spec, ways[i].prefix))
			continue;
		*key = ways[i].key;
		*value = ri_span_skip(spec, n);
		if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
			*value = ri_span(value->p + 1, value->n - 2);
		return true;
	}
	return false;
}

static bool tells(const struct ri_strv *own, const char *key)
{
	for (size_t i = 0; i < own->n; i++)
		if (strncmp(own->v[i], key, strlen(key)) == 0)
			return true;
	return false;
}

/** Whether the entry names, by UUID or label, a file system that is not among @own. @return 1; 0; -1. */
static int on_another_disk(const struct ri_fstab_entry *en, const struct ri_strv *own,
    struct ri_err *e)
{
	RI_BUF tag = { 0 };
	struct ri_span value;
	const char *key;

	if (!own || ri_span_eq(en->type, ri_str("swap")) || !tag_of(en->spec, &key, &value))
		return 0;
	ri_buf_add_str(&tag, key);
	ri_fstab_unescape(value, &tag);
	if (ri_buf_check(&tag, e) < 0)
		return -1;
	if (strcmp(key, "PARTUUID=") == 0 && !tells(own, key))
		return 0;
	/* UUIDs of FAT are written in capitals here and in small letters there. */
	for (size_t i = 0; i < own->n; i++)
		if (strcasecmp(own->v[i], tag.p) == 0)
			return 0;
	return 1;
}

int ri_fstab_for_archive(struct ri_span in, const struct ri_strv *own, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF ram = { 0 };
	struct ri_fstab_entry en;
	struct ri_span rest, line;

	if (ri_fstab_to_ram(in, &ram, e) < 0)
		return -1;
	rest = ri_buf_span(&ram);
	while (ri_span_line(&rest, &line)) {
		int elsewhere = 1;

		if (parse_line(line, &en) && ri_fstab_needs_disk(&en))
			elsewhere = on_another_disk(&en, own, e);
		if (elsewhere < 0)
			return -1;
		ri_buf_add_str(out, elsewhere ? "" : MARK);
		ri_buf_add_span(out, line);
	}
	return ri_buf_check(out, e);
}

static bool is_ram_root(struct ri_span root)
{
	struct ri_fstab_entry en;

	return parse_line(root, &en) && ri_span_eq(en.spec, ri_str("none")) &&
	       ri_span_eq(en.type, ri_str("tmpfs"));
}

int ri_fstab_restore(struct ri_span now, struct ri_span orig, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span root, was;

	if (find_root(orig, &was, e) < 0)
		return ri_ctx(e, "the original fstab");
	if (find_root(now, &root, e) < 0)
		return -1;
	put_root(now, root, is_ram_root(root) ? was : root, out);
	return ri_buf_check(out, e);
}
