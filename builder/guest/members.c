// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/members.h"

#define ARRAY                                                                                         \
	"in the guest, take it out of the array (mdadm --fail, --remove, wipefs), and move what the " \
	"system needs of that to this disk"

/* libblkid's names. */
static const struct {
	const char *type, *what, *remedy;
} kinds[] = {
	{ "linux_raid_member", "a member of a software RAID", ARRAY },
	{ "ddf_raid_member", "a member of a DDF RAID", ARRAY },
	{ "isw_raid_member", "a member of an Intel RAID", ARRAY },
	{ "bcache", "a part of a bcache",
	    "in the guest, move what the system needs of it to a file system of its own, and stop the bcache" },
	{ "drbd", "a side of a DRBD resource",
	    "give the resource a disk of its own, which stays with the VM" },
};

int ri_refuse_members(const struct ri_guest_fslist *l, struct ri_err *e)
{
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
			if (strcmp(l->v[i].type, kinds[k].type) == 0)
				return ri_fail(e, RI_E_UNSUPPORTED, 0,
				    "%s is %s (%s), which spans disks; ramimg builds no part of one: %s",
				    l->v[i].device, kinds[k].what, kinds[k].type, kinds[k].remedy);
	return 0;
}
