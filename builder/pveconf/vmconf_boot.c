// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pveconf/vmconf_boot.h"

int ri_vmconf_writable(const struct ri_vmconf *c, unsigned vmid, bool *commit_locked,
    struct ri_err *e)
{
	const struct ri_vmsection *main = &c->v[0];
	const char *lock = ri_vmsection_get(main, "lock");
	const char *template = ri_vmsection_get(main, "template");

	if (ri_vmsection_get(main, "vmstate") || (lock && strcmp(lock, "suspended") == 0))
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u is hibernated, and its saved memory expects the disk as it is; start it and "
		    "shut it down",
		    vmid);
	if (commit_locked)
		*commit_locked = lock && strcmp(lock, RI_COMMIT_LOCK) == 0;
	if (lock && !(commit_locked && *commit_locked))
		return ri_fail(e, RI_E_BUSY, 0,
		    "VM %u is locked (%.40s); wait for that to end, or, if it died, run: qm unlock %u",
		    vmid, lock, vmid);
	if (template && strcmp(template, "0") != 0)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "VM %u is a template; clone it and build the clone, or write a new image with "
		    "--output",
		    vmid);
	return 0;
}
