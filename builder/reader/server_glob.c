// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * glob(3) over what is mounted, as the appliance has it: a "/" behind directories, sorted, no
 * leading dot for * and ?.
 */
#include "base/strv.h"
#include "reader/server_internal.h"

#include <fnmatch.h>
#include <sys/stat.h>

#define PATHS_MAX 1000000

/* Add @dir/@name. */
static int add(struct ri_strv *to, const char *dir, struct ri_span name, struct ri_err *e)
{
	RI_BUF path = { 0 };

	if (to->n >= PATHS_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "more than %d paths match a pattern, which is the most", PATHS_MAX);
	ri_buf_addf(&path, "%s/%.*s", dir, (int)name.n, name.p);
	return ri_buf_check(&path, e) < 0 ? -1 : ri_strv_add(to, path.p, e);
}

static int matches_in(struct ri_server *s, const char *dir, const char *pattern, struct ri_strv *to,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_fs *fs;
	int why, rc = ri_vfs_walk(ri_server_vfs(s), *dir ? dir : "/", true, &p, &why, e);

	if (rc <= 0 || !S_ISDIR(p.mode))
		return rc < 0 ? -1 : 0;
	if (ri_vfs_fs(ri_server_vfs(s), p.node.fs, &fs, e) < 0 ||
	    ri_fs_names(fs, p.node.ino, &names, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (fnmatch(pattern, names.v[i].name, FNM_PERIOD) == 0 &&
		    add(to, dir, ri_str(names.v[i].name), e) < 0)
			return -1;
	return ri_server_beat(s, e);
}

/* One more component of the pattern for all of @have. */
static int expand(struct ri_server *s, struct ri_strv *have, struct ri_span component,
    struct ri_err *e)
{
	RI_STRV next = { 0 };
	RI_FREE char *pattern = ri_span_dup(component);
	struct ri_strv old = *have;

	if (!pattern)
		return ri_nomem(e);
	for (size_t i = 0; i < have->n; i++)
		if ((strpbrk(pattern, "*?[") ? matches_in(s, have->v[i], pattern, &next, e)
					     : add(&next, have->v[i], component, e)) < 0)
			return -1;
	*have = next;
	next = old;
	return 0;
}

/* The path as it is told, NULL where nothing is there. */
static int mark(struct ri_server *s, const char *path, char **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_path_free) struct ri_path at = { 0 };
	RI_ON_EXIT(ri_path_free) struct ri_path to = { 0 };
	RI_BUF told = { 0 };
	int why, rc = ri_vfs_walk(ri_server_vfs(s), path, false, &at, &why, e);

	*out = NULL;
	if (rc <= 0)
		return rc;
	rc = ri_vfs_walk(ri_server_vfs(s), path, true, &to, &why, e);
	if (rc < 0)
		return -1;
	ri_buf_addf(&told, "%s%s", path, rc > 0 && S_ISDIR(to.mode) ? "/" : "");
	*out = ri_buf_steal(&told);
	return *out ? 0 : ri_nomem(e);
}

static int tell(struct ri_server *s, struct ri_strv *found, struct ri_err *e)
{
	RI_BUF items = { 0 };
	RI_STRV told = { 0 };

	for (size_t i = 0; i < found->n; i++) {
		RI_FREE char *path = NULL;

		if (mark(s, found->v[i], &path, e) < 0 || ri_server_beat(s, e) < 0 ||
		    (path && ri_strv_add(&told, path, e) < 0))
			return -1;
	}
	ri_strv_sort(&told);
	for (size_t i = 0; i < told.n; i++)
		if (ri_server_item(s, &items, 0, told.v[i], e) < 0)
			return -1;
	return ri_server_items_end(s, &items, e);
}

int ri_server_glob(struct ri_server *s, struct ri_span in, struct ri_buf *out, struct ri_err *e)
{
	RI_STRV found = { 0 };
	const char *pattern;

	(void)out;
	if (!ri_wire_str(&in, &pattern) || *pattern != '/')
		return ri_server_bad_request(e);
	/* libguestfs expands braces, and a backslash may stand before anything. */
	if (strpbrk(pattern, "{\\"))
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "the direct reader does not support the pattern %s", pattern);
	if (ri_strv_add(&found, "", e) < 0)
		return -1;
	while (*pattern) {
		size_t skip = strspn(pattern, "/"), n = strcspn(pattern + skip, "/");

		if (n > 0 && expand(s, &found, ri_span(pattern + skip, n), e) < 0)
			return -1;
		pattern += skip + n;
	}
	return tell(s, &found, e);
}
