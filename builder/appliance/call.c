// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: what surrounds each call.
 */
#include "appliance/internal.h"
#include "base/cancel.h"

int ri_appliance_fail(guestfs_h *h, struct ri_err *e, const char *what)
{
	const struct ri_watchdog *watch = guestfs_get_private(h, RI_APPLIANCE_WATCH);
	const char *said = guestfs_last_error(h);

	if (ri_cancelled())
		return ri_cancel_check(e);
	if (watch && watch->expired)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "%s: the appliance was ended after %d hours of work, which is the most", what,
		    RI_APPLIANCE_WORK_LIMIT_S / 3600);
	return ri_fail(e, RI_E_IO, 0, "%s: %s", what,
	    said ? said : "libguestfs failed and gives no reason");
}

void ri_appliance_free_list(char ***l)
{
	for (char **p = *l; p && *p; p++)
		free(*p);
	free(*l);
}

int ri_appliance_copy_list(char **l, struct ri_strv *out, struct ri_err *e)
{
	for (; *l; l++)
		if (ri_strv_add(out, *l, e) < 0)
			return -1;
	return 0;
}
