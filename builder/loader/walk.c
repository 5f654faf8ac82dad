// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

enum { NAME_SIZE = 256 };

int ri_walk_open(struct ri_walk *w, const char *path, struct ri_err *e)
{
	*w = (struct ri_walk){ .deep = -1 };
	w->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return w->root >= 0 ? 0 : ri_fail(e, RI_E_IO, errno, "opening %s", path);
}

static void cut(struct ri_walk *w, size_t depth)
{
	while (w->depth > depth) {
		w->depth--;
		close(w->fd[w->depth]);
		free(w->name[w->depth]);
	}
}

/**
 * Cut the next component off *@path into @name. @return 1; 0 where there is none; -1 where it is
 * not one that may be walked through.
 */
static int component(const char **path, char name[static NAME_SIZE], struct ri_err *e)
{
	size_t n;

	do {
		*path += strspn(*path, "/");
		n = strcspn(*path, "/");
		if (n == 0)
			return 0;
		if (n >= NAME_SIZE)
			return ri_fail(e, RI_E_VERIFY, 0, "a name of %zu bytes", n);
		memcpy(name, *path, n);
		name[n] = '\0';
		*path += n;
	} while (strcmp(name, ".") == 0);
	return strcmp(name, "..") == 0 ? ri_fail(e, RI_E_VERIFY, 0, "\"..\" in a name") : 1;
}

static int open_dir(int dir, const char *name, int *out, struct ri_err *e)
{
	const int how = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, how);

	/* A member whose directory is not a member itself: tar creates it, too. */
	if (fd < 0 && errno == ENOENT && mkdirat(dir, name, 0755) == 0)
		fd = openat(dir, name, how);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return ri_fail(e, RI_E_VERIFY, 0, "hostile archive: \"%.100s\" is not a directory",
		    name);
	if (fd < 0)
		return ri_fail(e, errno == ENOSPC ? RI_E_BUDGET : RI_E_IO, errno,
		    "opening \"%.100s\"", name);
	*out = fd;
	return 0;
}

/** Go down into @name from what lies @level below the root. */
static int descend(struct ri_walk *w, size_t level, const char *name, struct ri_err *e)
{
	int above = w->deep >= 0 ? w->deep : level > 0 ? w->fd[level - 1] : w->root;
	int fd = -1;

	if (level < w->depth && w->deep < 0 && strcmp(w->name[level], name) == 0)
		return 0;
	if (level < RI_WALK_KEPT)
		cut(w, level);
	if (open_dir(above, name, &fd, e) < 0)
		return -1;
	if (level >= RI_WALK_KEPT) {
		if (w->deep >= 0)
			close(w->deep);
		w->deep = fd;
		return 0;
	}
	w->name[level] = strdup(name);
	if (!w->name[level]) {
		close(fd);
		return ri_nomem(e);
	}
	w->fd[level] = fd;
	w->depth++;
	return 0;
}

int ri_walk_to(struct ri_walk *w, const char *path, int *dir, char name[static NAME_SIZE],
    struct ri_err *e)
{
	char next[NAME_SIZE];
	size_t level = 0;
	int rc = component(&path, name, e);

	if (w->deep >= 0)
		close(w->deep);
	w->deep = -1;
	if (rc == 0)
		memcpy(name, ".", 2);
	while (rc > 0 && (rc = component(&path, next, e)) > 0) {
		if (descend(w, level++, name, e) < 0)
			return -1;
		memcpy(name, next, sizeof next);
	}
	if (rc < 0)
		return -1;
	*dir = w->deep >= 0 ? w->deep : level > 0 ? w->fd[level - 1] : w->root;
	return 0;
}

void ri_walk_close(struct ri_walk *w)
{
	cut(w, 0);
	if (w->deep >= 0)
		close(w->deep);
	if (w->root >= 0)
		close(w->root);
	*w = (struct ri_walk){ .root = -1, .deep = -1 };
}
