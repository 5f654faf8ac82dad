// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/dirs.h"

#include <errno.h>
#include <fcntl.h>

/* No mode at all, so that ri_meta_apply_fd always sets it. */
#define NO_MODE ((mode_t)-1)

static int grow(struct ri_dirs *d, struct ri_err *e)
{
	size_t cap = d->cap ? d->cap * 2 : 256;
	struct ri_dir *v = reallocarray(d->v, cap, sizeof *v);

	if (!v)
		return ri_nomem(e);
	d->v = v;
	d->cap = cap;
	return 0;
}

int ri_dirs_add(struct ri_dirs *d, const char *path, const struct ri_meta *m, struct ri_err *e)
{
	struct ri_dir *new;

	if (d->n == d->cap && grow(d, e) < 0)
		return -1;
	new = &d->v[d->n];
	*new = (struct ri_dir){ strdup(path), *m };
	new->meta.xattrs = (struct ri_buf){ 0 };
	if (!new->path)
		return ri_nomem(e);
	d->n++;
	if (m->xattrs.n > 0)
		ri_buf_add_span(&new->meta.xattrs, ri_buf_span(&m->xattrs));
	return ri_buf_check(&new->meta.xattrs, e);
}

static int finish(const struct ri_dir *dir, struct ri_walk *w, struct ri_loss *loss,
    struct ri_err *e)
{
	RI_FD int fd = -1;
	char name[256];
	int above;

	if (ri_walk_to(w, dir->path, &above, name, e) < 0)
		return -1;
	fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "opening");
	return ri_meta_apply_fd(&dir->meta, fd, NO_MODE, loss, e);
}

int ri_dirs_finish(const struct ri_dirs *d, struct ri_walk *w, struct ri_loss *loss,
    struct ri_err *e)
{
	for (size_t i = 0; i < d->n; i++)
		if (finish(&d->v[i], w, loss, e) < 0)
			return ri_ctx(e, "%.100s", d->v[i].path);
	return 0;
}

void ri_dirs_free(struct ri_dirs *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->v[i].path);
		ri_meta_free(&d->v[i].meta);
	}
	free(d->v);
	*d = (struct ri_dirs){ 0 };
}
