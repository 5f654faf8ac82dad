// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "disk/devices.h"

#define DEVICES_MAX 1000u

struct ri_blockdev *ri_layout_add(struct ri_disklayout *l, struct ri_err *e)
{
	struct ri_blockdev *v;

	if (l->n >= DEVICES_MAX) {
		(void)ri_fail(e, RI_E_UNSUPPORTED, 0, "the disk has more than %u devices on it",
		    DEVICES_MAX);
		return NULL;
	}
	v = reallocarray(l->v, l->n + 1, sizeof *v);
	if (!v) {
		(void)ri_nomem(e);
		return NULL;
	}
	l->v = v;
	v[l->n] = (struct ri_blockdev){ 0 };
	return &v[l->n++];
}

void ri_disklayout_free(struct ri_disklayout *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct ri_blockdev *d = &l->v[i];

		free(d->name);
		free(d->type);
		free(d->uuid);
		free(d->label);
		free(d->ptable);
		free(d->partuuid);
		free(d->partlabel);
		free(d->lvm_hint);
		ri_image_freep(&d->image);
	}
	free(l->v);
	*l = (struct ri_disklayout){ 0 };
}

const struct ri_blockdev *ri_disklayout_find(const struct ri_disklayout *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].name, name) == 0)
			return &l->v[i];
	return NULL;
}
