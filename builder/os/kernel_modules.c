// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/kernel_modules.h"

#define SAID 100 /* bytes of a path in a message */

struct finding {
	const struct ri_module_lists *l;
	struct ri_module_files *out;
};

static int said(struct ri_span s)
{
	return (int)(s.n < SAID ? s.n : SAID);
}

/* The name of the module in the file @path, of any compression: "loop" of "kernel/drivers/block/loop.ko.xz". */
static struct ri_span name_of(struct ri_span path)
{
	static const char *const ends[] = { ".ko", ".ko.gz", ".ko.xz", ".ko.zst" };

	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/') {
			path = ri_span_skip(path, i);
			break;
		}
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t n = strlen(ends[i]);

		if (path.n > n && memcmp(path.p + path.n - n, ends[i], n) == 0)
			return ri_span(path.p, path.n - n);
	}
	return ri_span("", 0);
}

static bool is_name(struct ri_span a, const char *name)
{
	if (a.n != strlen(name))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((a.p[i] == '-' ? '_' : a.p[i]) != (name[i] == '-' ? '_' : name[i]))
			return false;
	return true;
}

static bool is_built_in(struct ri_span builtin, const char *name)
{
	struct ri_span line;

	while (ri_span_line(&builtin, &line))
		if (is_name(name_of(ri_span_trim(line)), name))
			return true;
	return false;
}

/* Cut the file off a row of modules.dep, which leaves what it needs. */
static bool take_file(struct ri_span *row, struct ri_span *file)
{
	const char *colon = row->n > 0 ? memchr(row->p, ':', row->n) : NULL;

	if (!colon)
		return false;
	*file = ri_span_trim(ri_span(row->p, (size_t)(colon - row->p)));
	*row = ri_span_skip(*row, (size_t)(colon - row->p) + 1);
	return true;
}

/* The row of the file @path, or else of the module @name. */
static bool find_row(struct ri_span dep, const struct ri_span *path, const char *name,
    struct ri_span *file, struct ri_span *needs)
{
	struct ri_span line;

	while (ri_span_line(&dep, &line)) {
		*needs = line;
		if (take_file(needs, file) &&
		    (path ? ri_span_eq(*file, *path) : is_name(name_of(*file), name)))
			return true;
	}
	return false;
}

/* Components that are neither empty nor "." or "..". */
static bool is_below(struct ri_span path)
{
	size_t start = 0;

	for (size_t i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		if (i == start || (i == start + 1 && path.p[start] == '.') ||
		    (i == start + 2 && memcmp(path.p + start, "..", 2) == 0))
			return false;
		start = i + 1;
	}
	return true;
}

static bool is_plain(struct ri_span s)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	for (size_t i = 0; i < s.n; i++)
		if (!memchr(set, s.p[i], sizeof set - 1))
			return false;
	return s.n > 0;
}

static int check_path(struct ri_span path, struct ri_err *e)
{
	struct ri_span name = name_of(path);

	if (path.n > RI_MODULES_PATH_MAX || name.n > RI_MODULES_NAME_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "modules.dep has a path that is too long: %.*s…",
		    said(path), path.p);
	if (memchr(path.p, '\0', path.n) || !is_below(path) || !is_plain(name))
		return ri_fail(e, RI_E_GUEST, 0,
		    "modules.dep has a path that is not one of a module below its directory: %.*s",
		    said(path), path.p);
	return 0;
}

static struct ri_module_file *listed(struct ri_module_files *out, struct ri_span path)
{
	for (size_t i = 0; i < out->n; i++)
		if (ri_span_eq(ri_str(out->v[i].path), path))
			return &out->v[i];
	return NULL;
}

static int add(struct finding *f, struct ri_span file, struct ri_span needs, struct ri_err *e);

/* One file of those that another needs. */
static int need(struct finding *f, struct ri_span path, struct ri_err *e)
{
	struct ri_span file, needs;
	const struct ri_module_file *there = listed(f->out, path);

	if (there && !there->open)
		return 0;
	if (there)
		return ri_fail(e, RI_E_GUEST, 0, "modules.dep goes round in a circle at %s",
		    there->path);
	if (!find_row(f->l->dep, &path, NULL, &file, &needs))
		return ri_fail(e, RI_E_GUEST, 0, "modules.dep has no row for %.*s", said(path),
		    path.p);
	return add(f, file, needs, e);
}

/* The last first, as kmod has it (kmod_module_get_dependencies). */
static int need_all(struct finding *f, struct ri_span needs, struct ri_err *e)
{
	for (;;) {
		size_t start;

		needs = ri_span_trim(needs);
		if (needs.n == 0)
			return 0;
		for (start = needs.n;
		     start > 0 && needs.p[start - 1] != ' ' && needs.p[start - 1] != '\t'; start--)
			;
		if (need(f, ri_span_skip(needs, start), e) < 0)
			return -1;
		needs.n = start;
	}
}

/*
 * A file is in the list from when it is met, at its end; what it needs comes to stand before it by its moving behind
 * them. So the list's length bounds the depth too.
 */
static int add(struct finding *f, struct ri_span file, struct ri_span needs, struct ri_err *e)
{
	struct ri_module_files *out = f->out;
	struct ri_module_file own = { .open = true };
	struct ri_span name = name_of(file);
	size_t at = out->n;

	if (check_path(file, e) < 0)
		return -1;
	if (at == RI_MODULES_FILES_MAX)
		return ri_fail(e, RI_E_BUDGET, 0, "modules.dep has more than %d files to load",
		    RI_MODULES_FILES_MAX);
	memcpy(own.name, name.p, name.n);
	memcpy(own.path, file.p, file.n);
	out->v[out->n++] = own;
	if (need_all(f, needs, e) < 0)
		return -1;
	own.open = false;
	out->n--;
	memmove(&out->v[at], &out->v[at + 1], (out->n - at) * sizeof own);
	out->v[out->n++] = own;
	return 0;
}

int ri_module_files_find(const struct ri_module_lists *l, const char *const *names,
    struct ri_module_files *out, struct ri_err *e)
{
	struct finding f = { l, out };

	if (l->dep.n > RI_MODULES_TEXT_MAX || l->builtin.n > RI_MODULES_TEXT_MAX)
		return ri_fail(e, RI_E_BUDGET, 0, "%s has more than %zu bytes",
		    l->dep.n > RI_MODULES_TEXT_MAX ? "modules.dep" : "modules.builtin",
		    RI_MODULES_TEXT_MAX);
	*out = (struct ri_module_files){ 0 };
	for (; *names; names++) {
		struct ri_span file, needs;

		if (is_built_in(l->builtin, *names))
			continue;
		if (!find_row(l->dep, NULL, *names, &file, &needs)) {
			out->lacking = out->lacking ? out->lacking : *names;
			continue;
		}
		if (!listed(out, file) && add(&f, file, needs, e) < 0)
			return -1;
	}
	return 0;
}

/* Whether the configuration has the line OPTION=y, and any option at all. */
static bool has_option(struct ri_span config, const char *option, bool *any)
{
	struct ri_span line;

	while (ri_span_line(&config, &line)) {
		line = ri_span_trim(line);
		if (!ri_span_starts(line, "CONFIG_"))
			continue;
		*any = true;
		if (ri_span_starts(line, option) &&
		    ri_span_eq(ri_span_skip(line, strlen(option)), ri_str("=y")))
			return true;
	}
	return false;
}

const char *ri_kernel_config_lacks(struct ri_span config, const char *compression)
{
	static const struct {
		const char *option, *of; /* NULL: of any */
	} options[] = {
		{ "CONFIG_SQUASHFS_ZLIB", "gzip" },
		{ "CONFIG_SQUASHFS_ZSTD", "zstd" },
		{ "CONFIG_SQUASHFS_LZ4", "lz4" },
		{ "CONFIG_SQUASHFS_XATTR", NULL },
		{ "CONFIG_TMPFS_XATTR", NULL },
	};
	bool any = false;

	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if ((!options[i].of || strcmp(options[i].of, compression) == 0) &&
		    !has_option(config, options[i].option, &any))
			return any ? options[i].option : NULL;
	return NULL;
}
