// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fstab rewritten for a root in RAM, and back.
 */
#include "os/fstab_ram.h"

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

static int with_root(struct ri_span in, const char *line, struct ri_buf *out, struct ri_err *e)
{
	struct ri_span root;

	if (find_root(in, &root, e) < 0)
		return -1;
	put_root(in, root, ri_str(line), out);
	return ri_buf_check(out, e);
}

int ri_fstab_to_ram(struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	return with_root(in, RI_FSTAB_TMPFS_ROOT, out, e);
}

/* Whether it would wait for the disk in RAM. */
static bool needs_disk(const struct ri_fstab_line *l)
{
	return l->kind == RI_FSTAB_HERE || l->kind == RI_FSTAB_SWAP ||
	       (l->kind == RI_FSTAB_ON_DEMAND && l->fs);
}

int ri_fstab_for_archive(struct ri_span in, const char *root, const struct ri_fstab_lines *lines,
    struct ri_buf *out, struct ri_err *e)
{
	RI_BUF ram = { 0 };
	struct ri_span rest, line;
	size_t k = 0;

	if (with_root(in, root, &ram, e) < 0)
		return -1;
	rest = ri_buf_span(&ram);
	for (size_t n = 1; ri_span_line(&rest, &line); n++) {
		while (k < lines->n && lines->v[k].line < n)
			k++;
		if (k < lines->n && lines->v[k].line == n && needs_disk(&lines->v[k]))
			ri_buf_add_str(out, MARK);
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
