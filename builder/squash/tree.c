// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "squash/tree.h"
#include "squash/squash.h"

#include <search.h>
#include <sys/stat.h>

/* The order in which a directory's entries must be: strcmp's, by unsigned bytes. */
static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ri_sq_node *)a)->name, ((const struct ri_sq_node *)b)->name);
}

static struct ri_sq_node *child(const struct ri_sq_node *d, const char *name)
{
	const struct ri_sq_node key = { .name = name };
	void *found = S_ISDIR(d->mode) ? tfind(&key, &d->children, by_name) : NULL;

	return found ? *(struct ri_sq_node **)found : NULL;
}

static bool can_be_name(const char *name, size_t n)
{
	return n > 0 && n <= RI_SQUASH_NAME_MAX && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* From the root along all of @path, which is cut up. */
static struct ri_sq_node *walk(const struct ri_sq_tree *t, char *path)
{
	struct ri_sq_node *d = t->root;

	for (char *next; d && path; path = next) {
		next = strchr(path, '/');
		if (next)
			*next++ = '\0';
		d = child(d, path);
	}
	return d;
}

int ri_sq_tree_find(const struct ri_sq_tree *t, const char *path, struct ri_sq_node **out,
    struct ri_err *e)
{
	RI_FREE char *copy = strdup(path);

	if (!copy)
		return ri_nomem(e);
	*out = strcmp(path, ".") == 0 ? t->root : walk(t, copy);
	return 0;
}

static struct ri_sq_node *make(struct ri_sq_tree *t, const char *name, unsigned mode)
{
	size_t n = strlen(name) + 1;
	struct ri_sq_node *made = calloc(1, sizeof *made + n);

	if (!made)
		return NULL;
	made->name = memcpy(made + 1, name, n);
	made->mode = (uint16_t)mode;
	made->xattr = RI_SQ_NO_XATTR;
	made->names_n = 1;
	made->real = made;
	made->before = t->newest;
	t->newest = made;
	return made;
}

static int add_root(struct ri_sq_tree *t, unsigned mode, struct ri_sq_node **out, struct ri_err *e)
{
	if (t->root)
		return ri_fail(e, RI_E_GUEST, 0, "it comes twice, or after what is in it");
	if (!S_ISDIR(mode))
		return ri_fail(e, RI_E_GUEST, 0, "the root is not a directory");
	t->root = make(t, "", mode);
	if (!t->root)
		return ri_nomem(e);
	*out = t->root;
	return 0;
}

static int add_child(struct ri_sq_tree *t, struct ri_sq_node *d, const char *name, unsigned mode,
    struct ri_sq_node **out, struct ri_err *e)
{
	struct ri_sq_node *made;

	if (child(d, name))
		return ri_fail(e, RI_E_GUEST, 0, "it comes twice");
	made = make(t, name, mode);
	if (!made || !tsearch(made, &d->children, by_name))
		return ri_nomem(e);
	made->parent = d;
	d->children_n++;
	d->subdirs_n += S_ISDIR(mode);
	*out = made;
	return 0;
}

int ri_sq_tree_add(struct ri_sq_tree *t, const char *path, unsigned mode, struct ri_sq_node **out,
    struct ri_err *e)
{
	RI_FREE char *copy = NULL;
	struct ri_sq_node *d;
	char *name;

	if (strcmp(path, ".") == 0)
		return add_root(t, mode, out, e);
	copy = strdup(path);
	if (!copy)
		return ri_nomem(e);
	name = strrchr(copy, '/');
	if (name)
		*name++ = '\0';
	d = name ? walk(t, copy) : t->root;
	name = name ? name : copy;
	if (!can_be_name(name, strlen(name)))
		return ri_fail(e, RI_E_GUEST, 0, "a name of %zu bytes that no file can have",
		    strlen(name));
	if (!d || !S_ISDIR(d->mode))
		return ri_fail(e, RI_E_GUEST, 0, "no directory came that it is in");
	return add_child(t, d, name, mode, out, e);
}

struct listing {
	struct ri_sq_node **v;
	size_t n;
};

static void take(const void *node, VISIT which, void *arg)
{
	struct listing *l = arg;

	if (which == postorder || which == leaf)
		l->v[l->n++] = *(struct ri_sq_node *const *)node;
}

struct ri_sq_node **ri_sq_tree_list(const struct ri_sq_node *d)
{
	struct listing l = { calloc((size_t)d->children_n + 1, sizeof(struct ri_sq_node *)), 0 };

	if (l.v)
		twalk_r(d->children, take, &l);
	return l.v;
}

/* The nodes are in a list of their own. */
static void leave(void *node)
{
	(void)node;
}

void ri_sq_tree_free(struct ri_sq_tree *t)
{
	while (t->newest) {
		struct ri_sq_node *node = t->newest;

		t->newest = node->before;
		tdestroy(node->children, leave);
		free(node->inode);
		free(node);
	}
	t->root = NULL;
}
