// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * LVM's groups that have a part on another disk. The guest would do without that part once its disk is gone, and the
 * appliance has not got it: of such a group no volume is started by itself (pvscan --activate, lvm(8)), and any
 * could need what is not here.
 */
#include "appliance/internal.h"
#include "lvm/metadata.h"

static void free_pvs(struct guestfs_lvm_pv_list **l)
{
	if (*l)
		guestfs_free_lvm_pv_list(*l);
}

/* libguestfs gives UUIDs with dashes in one place, and in another without, and without an end. */
static bool same_uuid(const char *dashed, const char plain[32])
{
	size_t n = 0;

	for (; *dashed; dashed++) {
		if (*dashed == '-')
			continue;
		if (n == 32 || *dashed != plain[n++])
			return false;
	}
	return n == 32;
}

/* Whether the group @vg has the physical volume; *@uuid is then how people write that. */
static int is_of(guestfs_h *h, const char *vg, const char plain[32], char **uuid, struct ri_err *e)
{
	RI_APPLIANCE_LIST l = guestfs_vgpvuuids(h, vg);

	if (!l)
		return ri_appliance_fail(h, e, vg);
	for (char **u = l; *u && !*uuid; u++)
		if (same_uuid(*u, plain) && !(*uuid = strdup(*u)))
			return ri_nomem(e);
	return 0;
}

static int refuse_missing(guestfs_h *h, const char plain[32], struct ri_err *e)
{
	RI_APPLIANCE_LIST groups = guestfs_vgs(h);
	RI_FREE char *uuid = NULL;
	const char *of = "?";

	if (!groups)
		return ri_appliance_fail(h, e, "listing volume groups");
	for (char **vg = groups; *vg && !uuid; vg++) {
		if (is_of(h, *vg, plain, &uuid, e) < 0)
			return -1;
		of = *vg;
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "the volume group %s is on several disks: its physical volume %.*s is not on this one, the only one that "
	    "goes into RAM; in the guest, move what is there to this disk (pvmove, vgreduce), or give it a group of "
	    "its own (vgsplit)",
	    of, uuid ? RI_LVM_UUID : 32, uuid ? uuid : plain);
}

/* Structs have the kernel's own names, which libguestfs translates in lists alone: one may be another disk's. */
static int refuse_unknown(guestfs_h *h, const char plain[32], struct ri_err *e)
{
	RI_APPLIANCE_LIST devices = guestfs_pvs(h);
	const char *name = "?";

	if (!devices)
		return ri_appliance_fail(h, e, "listing physical volumes");
	for (char **d = devices; *d; d++) {
		RI_FREE char *uuid = guestfs_pvuuid(h, *d);

		if (!uuid)
			return ri_appliance_fail(h, e, *d);
		if (same_uuid(uuid, plain))
			name = *d;
	}
	return ri_fail(e, RI_E_UNSUPPORTED, 0,
	    "the physical volume %s is of a volume group that only other disks describe; in the guest, "
	    "take it out of its group (pvmove, vgreduce)",
	    name);
}

int ri_appliance_check_groups(guestfs_h *h, struct ri_err *e)
{
	RI_ON_EXIT(free_pvs) struct guestfs_lvm_pv_list *l = guestfs_pvs_full(h);

	if (!l)
		return ri_appliance_fail(h, e, "listing physical volumes");
	for (uint32_t i = 0; i < l->len; i++) {
		const struct guestfs_lvm_pv *pv = &l->val[i];

		/* pvs(8), pv_attr: allocatable or used, exported, missing. */
		if (strlen(pv->pv_attr) == 3 && pv->pv_attr[2] == 'm')
			return refuse_missing(h, pv->pv_uuid, e);
		if (pv->pv_attr[0] == 'u')
			return refuse_unknown(h, pv->pv_uuid, e);
	}
	return 0;
}
