// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libguestfs: the subvolumes of a btrfs.
 */
#include "appliance/internal.h"

#include <errno.h>
#include <stdio.h>

/* By its number, which needs no quotes whatever its path is. */
int ri_appliance_mount_subvolume(struct ri_guest *g, const char *device, uint64_t id,
    const char *mountpoint, bool readonly, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);
	char options[64];

	snprintf(options, sizeof options, "%s,subvolid=%llu", readonly ? "ro" : "noatime",
	    (unsigned long long)id);
	return guestfs_mount_options(h, options, device, mountpoint) < 0
		   ? ri_appliance_fail(h, e, device)
		   : 0;
}

/* The disk is all that a build writes to, and GRUB and the loader were not seen with more. */
static int check_devices(guestfs_h *h, const char *device, struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_btrfs_filesystem_show(h, device);
	bool missing = !l && guestfs_last_errno(h) == ENODEV;

	if (!l && !missing)
		return ri_appliance_fail(h, e, device);
	if (!missing && (!l[0] || !l[1]))
		return 0;
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "%s is a btrfs on several devices; ramimg builds one that is on a single device",
	    device);
}

static int add_all(const struct guestfs_btrfssubvolume_list *l, struct ri_subvols *out,
    struct ri_err *e)
{
	for (uint32_t i = 0; i < l->len; i++)
		if (ri_subvols_add(out, l->val[i].btrfssubvolume_id, l->val[i].btrfssubvolume_path,
			e) < 0)
			return -1;
	return 0;
}

int ri_appliance_subvolumes(struct ri_guest *g, const char *device, struct ri_subvols *out,
    struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);
	struct guestfs_btrfssubvolume_list *l;
	int64_t by_default;
	int rc;

	if (check_devices(h, device, e) < 0 ||
	    ri_appliance_mount_subvolume(g, device, RI_SUBVOL_TOP, "/", true, e) < 0 ||
	    ri_subvols_add(out, RI_SUBVOL_TOP, "", e) < 0)
		return -1;
	by_default = guestfs_btrfs_subvolume_get_default(h, "/");
	if (by_default < 0)
		return ri_appliance_fail(h, e, device);
	out->by_default = (uint64_t)by_default;
	/* The paths are from what is mounted, and so from the top. */
	l = guestfs_btrfs_subvolume_list(h, "/");
	if (!l)
		return ri_appliance_fail(h, e, device);
	rc = add_all(l, out, e);
	guestfs_free_btrfssubvolume_list(l);
	return rc;
}

int ri_appliance_is_snapshot(struct ri_guest *g, const char *path, bool *yes, struct ri_err *e)
{
	guestfs_h *h = ri_appliance_handle(g);
	RI_APPLIANCE_LIST l = guestfs_btrfs_subvolume_show(h, path);

	if (!l)
		return ri_appliance_fail(h, e, path);
	*yes = false;
	for (char **key = l; key[0] && key[1]; key += 2)
		if (strcmp(key[0], "Parent UUID") == 0)
			*yes = key[1][0] != '\0' && strcmp(key[1], "-") != 0;
	return 0;
}
