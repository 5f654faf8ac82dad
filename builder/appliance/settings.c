// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "appliance/settings.h"
#include "appliance/internal.h"

#include <errno.h>

static void close_handle(guestfs_h **h)
{
	if (*h)
		guestfs_close(*h);
}

int ri_appliance_settings(struct ri_appliance_settings *out, struct ri_err *e)
{
	RI_ON_EXIT(close_handle) guestfs_h *h = guestfs_create();
	const char *path = h ? guestfs_get_path(h) : NULL;

	if (!h)
		return ri_fail(e, RI_E_IO, errno, "libguestfs");
	guestfs_set_error_handler(h, NULL, NULL);
	out->cachedir = guestfs_get_cachedir(h);
	out->hv = guestfs_get_hv(h);
	out->memsize = guestfs_get_memsize(h);
	if (!path || !out->cachedir || !out->hv || out->memsize < 0)
		return ri_appliance_fail(h, e, "libguestfs");
	out->path = strdup(path);
	return out->path ? 0 : ri_nomem(e);
}
