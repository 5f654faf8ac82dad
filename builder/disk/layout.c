// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/layout_internal.h"

static int add_part(struct ri_disklayout *l, struct ri_image *disk, int scratch, const char *ptable,
    const struct ri_part *p, struct ri_err *e)
{
	struct ri_extent x = { p->at, p->bytes };
	struct ri_blockdev *d = ri_layout_add(l, e);
	RI_BUF name = { 0 };

	if (!d)
		return -1;
	ri_buf_add_str(&name, "/dev/sda");
	if (p->number > 0)
		ri_buf_addf(&name, "%d", p->number);
	d->part = p->number;
	d->name = ri_buf_steal(&name);
	if (!d->name || (ptable && !(d->ptable = strdup(ptable))) ||
	    (p->uuid[0] && !(d->partuuid = strdup(p->uuid))) ||
	    (p->name[0] && !(d->partlabel = strdup(p->name))))
		return ri_nomem(e);
	return ri_image_pieces(disk, &x, 1, &d->image, e) < 0 ? -1 : ri_layout_tags(d, scratch, e);
}

/* The disk itself or its partitions, and where each begins. */
static int add_parts(struct ri_disklayout *l, struct ri_image *disk, int scratch,
    const struct ri_parts *p, uint64_t **at, struct ri_err *e)
{
	struct ri_part whole = { .bytes = disk->size };

	*at = calloc(p->n + 1, sizeof **at);
	if (!*at)
		return ri_nomem(e);
	if (p->n == 0)
		return add_part(l, disk, scratch, NULL, &whole, e);
	for (size_t i = 0; i < p->n; i++) {
		(*at)[i] = p->v[i].at;
		if (add_part(l, disk, scratch, p->ptable, &p->v[i], e) < 0)
			return -1;
	}
	return 0;
}

/* Which of two the appliance would take for a UUID or a name is its own matter. */
static int check_twice(const struct ri_disklayout *l, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < i; k++) {
			const struct ri_blockdev *a = &l->v[k], *b = &l->v[i];

			if (strcmp(a->name, b->name) == 0)
				return ri_fail(e, RI_E_UNSUPPORTED, 0, "there are two of %s",
				    a->name);
			if (a->uuid[0] && strcmp(a->uuid, b->uuid) == 0)
				return ri_fail(e, RI_E_UNSUPPORTED, 0,
				    "%s and %s have the same UUID, %s", a->name, b->name, a->uuid);
		}
	return 0;
}

static void parts_free(struct ri_parts *p)
{
	free(p->v);
}

int ri_disklayout_read(struct ri_image *disk, int scratch, struct ri_disklayout *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_disklayout_free) struct ri_disklayout l = { 0 };
	RI_ON_EXIT(parts_free) struct ri_parts parts = { 0 };
	RI_FREE uint64_t *at = NULL;

	if (ri_layout_parts(disk, scratch, &parts, e) < 0 ||
	    add_parts(&l, disk, scratch, &parts, &at, e) < 0 ||
	    ri_layout_volumes(&l, disk, scratch, at, e) < 0 || check_twice(&l, e) < 0)
		return -1;
	*out = l;
	l = (struct ri_disklayout){ 0 };
	return 0;
}
