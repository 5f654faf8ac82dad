// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/packages.h"

#define DIR "/var/lib/dpkg"
#define MORE_DIR DIR "/status.d"
#define MORE_FILES                                                                                 \
	4096 /* of status.d: images that are made without dpkg have one for each package */

/* What is in the directory @dir; nothing where it is none. */
static int list(struct ri_guest *g, const char *dir, struct ri_strv *names, uint64_t **sizes,
    struct ri_err *e)
{
	enum ri_kind kind;

	if (g->ops->kind(g, dir, &kind, e) < 0)
		return -1;
	return kind == RI_KIND_DIR ? g->ops->list(g, dir, names, sizes, e) : 0;
}

/* The length of dpkg's list; 0: there is none. */
static int length(struct ri_guest *g, uint64_t *bytes, bool *more, struct ri_err *e)
{
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };

	*bytes = 0;
	*more = false;
	if (list(g, DIR, &names, &sizes, e) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++) {
		if (strcmp(names.v[i], "status") != 0)
			continue;
		/* UINT64_MAX: it is no regular file. */
		*more = sizes[i] > RI_PACKAGES_BYTES_MAX;
		*bytes = *more ? 0 : sizes[i];
	}
	return 0;
}

int ri_packages_sum(struct ri_guest *g, char **out, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1] = "";
	uint64_t bytes;
	bool more;

	if (length(g, &bytes, &more, e) < 0 ||
	    (bytes > 0 && g->ops->sha256(g, RI_PACKAGES_STATUS, hex, e) < 0))
		return -1;
	*out = strdup(hex);
	return *out ? 0 : ri_nomem(e);
}

/* An index, by which names that belong to sizes[] are sorted. */
struct named {
	const char *name;
	uint64_t bytes;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static bool is_list(const struct named *f)
{
	const char *dot = strrchr(f->name, '.');

	return f->bytes != UINT64_MAX && !(dot && strcmp(dot, ".md5sums") == 0);
}

static int read_one(struct ri_guest *g, const struct named *f, struct ri_packages *p,
    struct ri_err *e)
{
	RI_FREE char *path = NULL;

	if (f->bytes > RI_PACKAGES_BYTES_MAX || f->bytes + 2 > RI_PACKAGES_BYTES_MAX - p->dpkg.n) {
		p->more = true;
		return 0;
	}
	if (asprintf(&path, MORE_DIR "/%s", f->name) < 0) {
		path = NULL;
		return ri_nomem(e);
	}
	ri_buf_add_str(&p->dpkg, "\n\n");
	return g->ops->read(g, path, RI_PACKAGES_BYTES_MAX, &p->dpkg, e);
}

static int read_more(struct ri_guest *g, struct ri_packages *p, struct ri_err *e)
{
	RI_FREE struct named *files = NULL;
	RI_FREE uint64_t *sizes = NULL;
	RI_STRV names = { 0 };
	size_t n = 0;

	if (list(g, MORE_DIR, &names, &sizes, e) < 0)
		return -1;
	if (names.n == 0)
		return 0;
	files = calloc(names.n, sizeof *files);
	if (!files)
		return ri_nomem(e);
	for (size_t i = 0; i < names.n; i++) {
		files[n] = (struct named){ names.v[i], sizes[i] };
		n += is_list(&files[n]);
	}
	qsort(files, n, sizeof *files, by_name);
	p->more = p->more || n > MORE_FILES;
	for (size_t i = 0; i < n && i < MORE_FILES; i++)
		if (read_one(g, &files[i], p, e) < 0)
			return -1;
	return 0;
}

/* Debian's rpm has the directory, and no database in it. */
static int find_rpm(struct ri_guest *g, struct ri_packages *p, struct ri_err *e)
{
	static const char *const dirs[] = { "/var/lib/rpm", "/usr/lib/sysimage/rpm" };
	static const char *const databases[] = { "rpmdb.sqlite", "Packages.db", "Packages" };

	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		RI_FREE uint64_t *sizes = NULL;
		RI_STRV names = { 0 };

		if (list(g, dirs[i], &names, &sizes, e) < 0)
			return -1;
		for (size_t k = 0; k < sizeof databases / sizeof *databases; k++)
			p->rpm = p->rpm || ri_strv_has(&names, databases[k]);
	}
	return 0;
}

int ri_packages_read(struct ri_guest *g, struct ri_packages *out, struct ri_err *e)
{
	uint64_t bytes;

	if (length(g, &bytes, &out->more, e) < 0)
		return -1;
	if (bytes > 0 &&
	    g->ops->read(g, RI_PACKAGES_STATUS, RI_PACKAGES_BYTES_MAX, &out->dpkg, e) < 0)
		return -1;
	if (read_more(g, out, e) < 0 || find_rpm(g, out, e) < 0)
		return -1;
	return ri_buf_check(&out->dpkg, e);
}

void ri_packages_free(struct ri_packages *p)
{
	ri_buf_free(&p->dpkg);
	*p = (struct ri_packages){ 0 };
}
