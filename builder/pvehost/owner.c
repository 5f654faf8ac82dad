// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pvehost/owner.h"
#include "pveconf/target_name.h"
#include "pvehost/pvehost.h"
#include "pvehost/volume_users.h"

/* Of several VMs any will do: such a volume is refused when it is opened. */
static int of_user(const struct ri_pvehost *h, const char *target, unsigned *vmid, struct ri_err *e)
{
	RI_ON_EXIT(ri_pveusers_free) struct ri_pveusers u = { 0 };
	bool path = ri_target_kind(target) == RI_NAMED_PATH;
	RI_FREE char *at = path ? strdup(target) : NULL;

	if (path && !at)
		return ri_nomem(e);
	if (!path && ri_volid_host_path(h, target, &at, e) < 0)
		return -1;
	if (path && access(target, F_OK) < 0)
		return 0;
	if (ri_pveusers_find(h, at ? at : target, path ? NULL : target, &u, e) < 0)
		return -1;
	*vmid = u.n > 0 ? u.v[0].vmid : 0;
	return 0;
}

int ri_owner_find(const char *target, const char *pve_root, unsigned *vmid, struct ri_err *e)
{
	RI_ON_EXIT(ri_pvehost_close) struct ri_pvehost h = { 0 };
	const char *root = pve_root ? pve_root : "";

	*vmid = 0;
	if (!pve_root && !ri_pvehost_is(root))
		return 0;
	*vmid = ri_target_named_vm(target);
	if (*vmid != 0)
		return 0;
	return ri_pvehost_open(root, &h, e) < 0 ? -1 : of_user(&h, target, vmid, e);
}
