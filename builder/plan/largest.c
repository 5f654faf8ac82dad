// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/largest.h"

#define SLOTS (2 * RI_LARGEST_DIRS)
#define NONE UINT32_MAX
/* How far from "/" a directory is still a mere container of others: /var/lib. */
#define CONTAINERS 2

/* Directory 0 is "/". Each one's parent has a smaller number. */
struct dir {
	char *name;
	uint32_t parent;
	unsigned depth;
	uint64_t own;   /* of its entries that are no directories, and itself */
	uint64_t total; /* with all below */
	uint64_t most;  /* the largest total of those in it */
};

struct ri_dir_sizes {
	struct dir v[RI_LARGEST_DIRS];
	uint32_t n;
	uint32_t slots[SLOTS]; /* open addressing, linear probing */
};

void ri_largest_free(struct ri_largest *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	*l = (struct ri_largest){ 0 };
}

struct ri_dir_sizes *ri_dir_sizes_new(void)
{
	struct ri_dir_sizes *d = calloc(1, sizeof *d);

	if (!d)
		return NULL;
	d->n = 1;
	for (size_t i = 0; i < SLOTS; i++)
		d->slots[i] = NONE;
	return d;
}

void ri_dir_sizes_freep(struct ri_dir_sizes **d)
{
	for (uint32_t i = 1; *d && i < (*d)->n; i++)
		free((*d)->v[i].name);
	free(*d);
	*d = NULL;
}

/* FNV-1a, of the parent's number and the name. */
static uint32_t hash(uint32_t parent, struct ri_span name)
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < 4; i++)
		h = (h ^ ((parent >> (8 * i)) & 0xff)) * 16777619u;
	for (size_t i = 0; i < name.n; i++)
		h = (h ^ (unsigned char)name.p[i]) * 16777619u;
	return h;
}

/* The directory @name of @parent in *@out, made where it is not known; @parent itself where there is no room. */
static int child(struct ri_dir_sizes *d, uint32_t parent, struct ri_span name, uint32_t *out,
    struct ri_err *e)
{
	uint32_t at = hash(parent, name) % SLOTS;
	struct dir *x;

	for (; d->slots[at] != NONE; at = (at + 1) % SLOTS) {
		x = &d->v[d->slots[at]];
		if (x->parent == parent && ri_span_eq(ri_str(x->name), name)) {
			*out = d->slots[at];
			return 0;
		}
	}
	*out = parent;
	if (d->n == RI_LARGEST_DIRS || d->v[parent].depth == RI_LARGEST_DEPTH)
		return 0;
	x = &d->v[d->n];
	*x = (struct dir){ .name = ri_span_dup(name),
		.parent = parent,
		.depth = d->v[parent].depth + 1 };
	if (!x->name)
		return ri_nomem(e);
	*out = d->slots[at] = d->n++;
	return 0;
}

int ri_dir_sizes_add(struct ri_dir_sizes *d, const char *path, bool is_dir, uint64_t bytes,
    struct ri_err *e)
{
	uint32_t at = 0, next;

	while (*path == '/' && path[1]) {
		size_t n = strcspn(path + 1, "/");

		if (path[n + 1] == '\0' && !is_dir)
			break;
		if (child(d, at, ri_span(path + 1, n), &next, e) < 0)
			return -1;
		if (next == at)
			break;
		at = next;
		path += n + 1;
	}
	d->v[at].own += bytes;
	return 0;
}

static void sum(struct ri_dir_sizes *d)
{
	for (uint32_t i = 0; i < d->n; i++) {
		d->v[i].total = d->v[i].own;
		d->v[i].most = 0;
	}
	for (uint32_t i = d->n; i-- > 1;) {
		struct dir *up = &d->v[d->v[i].parent];

		up->total += d->v[i].total;
		if (up->most < d->v[i].total)
			up->most = d->v[i].total;
	}
}

/* Whether those in it are named instead. */
static bool gives_way(const struct dir *x)
{
	uint64_t quarter = x->total / 4;

	if (x->depth == 0)
		return true;
	if (x->most >= x->total - quarter)
		return true;
	return x->depth <= CONTAINERS && x->most >= quarter && x->own <= quarter;
}

static bool is_larger(const struct ri_dir_sizes *d, uint32_t a, uint32_t b)
{
	return d->v[a].total > d->v[b].total;
}

static void enter(const struct ri_dir_sizes *d, uint32_t i, uint32_t *top, size_t *n)
{
	size_t at = *n;

	if (at == RI_LARGEST_N && !is_larger(d, i, top[at - 1]))
		return;
	if (at == RI_LARGEST_N)
		at--;
	else
		(*n)++;
	for (; at > 0 && is_larger(d, i, top[at - 1]); at--)
		top[at] = top[at - 1];
	top[at] = i;
}

/* A directory comes after its parent: one pass tells which are open, their parents all having given way. */
static size_t choose(const struct ri_dir_sizes *d, uint32_t *top)
{
	uint64_t least = d->v[0].total / 100 + 1; /* what is less makes nothing big */
	bool open[RI_LARGEST_DIRS];
	size_t n = 0;

	for (uint32_t i = 0; i < d->n; i++) {
		const struct dir *x = &d->v[i];

		open[i] = false;
		if (x->total < least || (i > 0 && !open[x->parent]))
			continue;
		open[i] = gives_way(x);
		if (!open[i])
			enter(d, i, top, &n);
	}
	return n;
}

static char *path_of(const struct ri_dir_sizes *d, uint32_t i)
{
	uint32_t chain[RI_LARGEST_DEPTH];
	RI_BUF path = { 0 };
	size_t n = 0;

	for (; i > 0; i = d->v[i].parent)
		chain[n++] = i;
	while (n-- > 0) {
		ri_buf_add_str(&path, "/");
		ri_buf_add_str(&path, d->v[chain[n]].name);
	}
	return ri_buf_steal(&path);
}

int ri_dir_sizes_largest(struct ri_dir_sizes *d, struct ri_largest *out, struct ri_err *e)
{
	uint32_t top[RI_LARGEST_N];
	size_t n;

	sum(d);
	n = choose(d, top);
	*out = (struct ri_largest){ 0 };
	for (; out->n < n; out->n++) {
		struct ri_large *l = &out->v[out->n];

		*l = (struct ri_large){ path_of(d, top[out->n]), d->v[top[out->n]].total };
		if (!l->path) {
			ri_largest_free(out);
			return ri_nomem(e);
		}
	}
	return 0;
}

static bool is_within(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Of docker; of podman and CRI-O; of containerd. */
static const char *const stores[] = { "/var/lib/docker", "/var/lib/containers",
	"/var/lib/containerd" };

static const char *store_of(const char *path)
{
	for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
		if (is_within(path, stores[i]))
			return stores[i];
	return NULL;
}

const char *ri_largest_next_store(const struct ri_largest *l, size_t *at, uint64_t *bytes)
{
	while (*at < sizeof stores / sizeof *stores) {
		const char *store = stores[(*at)++];

		*bytes = 0;
		for (size_t i = 0; i < l->n; i++)
			if (is_within(l->v[i].path, store))
				*bytes += l->v[i].bytes;
		if (*bytes > 0)
			return store;
	}
	return NULL;
}

static bool is_needed(const char *path)
{
	static const char *const system[] = { "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64",
		"/libx32", "/sbin", "/usr", "/var/lib/dpkg" };
	static const char *const not [] = { "/usr/games", "/usr/include", "/usr/local",
		"/usr/share/doc", "/usr/share/locale", "/usr/share/man", "/usr/src" };

	for (size_t i = 0; i < sizeof not / sizeof *not ; i++)
		if (is_within(path, not [i]))
			return false;
	for (size_t i = 0; i < sizeof system / sizeof *system; i++)
		if (is_within(path, system[i]))
			return true;
	return strcmp(path, "/") == 0 || strcmp(path, "/var") == 0 || strcmp(path, "/var/lib") == 0;
}

void ri_largest_rule(const char *path, struct ri_buf *out)
{
	const char *store = store_of(path);

	if (is_needed(path))
		return;
	for (path = store ? store : path; *path; path++) {
		/* For the pattern, and that again for the configuration. */
		if (strchr("*?[", *path))
			ri_buf_add_str(out, "\\\\");
		else if (*path == '\\')
			ri_buf_add_str(out, "\\\\\\");
		else if (*path == '"')
			ri_buf_add_str(out, "\\");
		ri_buf_add(out, path, 1);
	}
	ri_buf_add_str(out, "/");
}
