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
