// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/guest.h"

void ri_guest_fslist_free(struct ri_guest_fslist *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->v[i].device);
		free(l->v[i].type);
	}
	free(l->v);
	*l = (struct ri_guest_fslist){ 0 };
}

const char *ri_guest_fslist_type(const struct ri_guest_fslist *l, const char *device)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->v[i].device, device) == 0)
			return l->v[i].type;
	return NULL;
}

void ri_guest_os_free(struct ri_guest_os *o)
{
	free(o->type);
	free(o->arch);
	free(o->product);
	ri_strv_free(&o->mountpoints);
	ri_strv_free(&o->devices);
	*o = (struct ri_guest_os){ 0 };
}

int ri_guest_os_add_mount(struct ri_guest_os *o, const char *mountpoint, const char *device,
    struct ri_err *e)
{
	char **point, **dev;
	size_t to = o->mountpoints.n;

	if (ri_strv_has(&o->mountpoints, mountpoint))
		return 0;
	if (ri_strv_add(&o->mountpoints, mountpoint, e) < 0 ||
	    ri_strv_add(&o->devices, device, e) < 0)
		return -1;
	point = o->mountpoints.v;
	dev = o->devices.v;
	for (; to > 1 && strlen(point[to - 1]) > strlen(point[to]); to--) {
		char *p = point[to], *d = dev[to];

		point[to] = point[to - 1];
		dev[to] = dev[to - 1];
		point[to - 1] = p;
		dev[to - 1] = d;
	}
	return 0;
}

void ri_guest_closep(struct ri_guest **g)
{
	if (*g)
		(*g)->ops->close(*g);
	*g = NULL;
}

void ri_guest_rw_closep(struct ri_guest_rw **w)
{
	if (*w)
		(*w)->g.ops->close(&(*w)->g);
	*w = NULL;
}
