// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/find_excluded.h"

/* Whose contents are being found, and where they go. */
struct found {
	const struct ri_rules *rules;
	size_t rule;
	struct ri_excluded_list left;
	struct ri_strv *excludes; /* NULL: not wanted */
};

static void found_end(struct found *f)
{
	ri_excluded_free(&f->left);
}

/* "/a[b" becomes "./a\[b": a member's name, standing for itself in GNU tar's patterns. */
static int add_exclude(struct found *f, const char *path, const char *tail, struct ri_err *e)
{
	RI_BUF b = { 0 };

	if (!f->excludes)
		return 0;
	ri_buf_add_str(&b, ".");
	for (; *path; path++) {
		if (strchr("\\*?[]", *path))
			ri_buf_add_str(&b, "\\");
		ri_buf_add(&b, path, 1);
	}
	ri_buf_add_str(&b, tail);
	if (ri_buf_check(&b, e) < 0)
		return -1;
	return ri_strv_add(f->excludes, b.p, e);
}

/* A rule "/tmp/": the directory stays, what is in it goes. */
static int contents(struct ri_guest *g, const char *pattern, struct found *f, struct ri_err *e)
{
	RI_FREE char *dir = strndup(pattern, strlen(pattern) - 1);
	RI_STRV names = { 0 };
	RI_FREE uint64_t *sizes = NULL;
	enum ri_kind kind;
	uint64_t bytes;

	if (!dir)
		return ri_nomem(e);
	if (ri_rules_is_anothers(f->rules, f->rule, dir))
		return 0;
	if (g->ops->kind(g, dir, &kind, e) < 0)
		return -1;
	if (kind != RI_KIND_DIR)
		return 0; /* a link's target is somewhere else, under rules of its own */
	if (g->ops->list(g, dir, &names, &sizes, e) < 0)
		return -1;
	if (names.n == 0)
		return 0;
	if (g->ops->usage(g, dir, &bytes, e) < 0 ||
	    ri_excluded_add(&f->left, pattern, 0, bytes, e) < 0)
		return -1;
	return add_exclude(f, dir, "/*", e);
}

static int matches(struct ri_guest *g, const char *pattern, struct found *f, struct ri_err *e)
{
	RI_STRV found = { 0 };

	if (g->ops->glob(g, pattern, &found, e) < 0)
		return -1;
	if (found.n > RI_EXCLUDED_PATHS_MAX)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "the rule matches %zu paths, and may match %u at most; leave out the directory that they are "
		    "in, or remove them in the guest",
		    found.n, RI_EXCLUDED_PATHS_MAX);
	for (size_t i = 0; i < found.n; i++) {
		char *path = found.v[i];
		size_t n = strlen(path);
		uint64_t bytes;

		/* glob_expand marks directories so. */
		if (n > 1 && path[n - 1] == '/')
			path[n - 1] = '\0';
		if (ri_rules_is_anothers(f->rules, f->rule, path))
			continue;
		if (g->ops->usage(g, path, &bytes, e) < 0 ||
		    ri_excluded_add(&f->left, path, 0, bytes, e) < 0 ||
		    add_exclude(f, path, "", e) < 0)
			return -1;
	}
	return 0;
}

int ri_excluded_find(struct ri_guest *g, const struct ri_rules *rules, struct ri_excluded_list *out,
    struct ri_strv *excludes, struct ri_err *e)
{
	RI_ON_EXIT(found_end) struct found f = { .rules = rules, .excludes = excludes };

	for (size_t i = 0; i < rules->patterns.n; i++) {
		const char *p = rules->patterns.v[i];

		f.rule = i;
		if ((ri_rule_is_contents(p) ? contents(g, p, &f, e) : matches(g, p, &f, e)) < 0)
			return ri_ctx(e, "%s", p);
	}
	*out = f.left;
	f.left = (struct ri_excluded_list){ 0 };
	return 0;
}
