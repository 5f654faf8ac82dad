// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/privileges.h"
#include "host/rights.h"

#include <errno.h>
#include <sys/prctl.h>

#include <linux/capability.h>

static const uint64_t always =
    /* files: a stage and artifacts of anybody's, --output's owner, the VM's configuration */
    RI_RIGHT(CAP_CHOWN) | RI_RIGHT(CAP_DAC_OVERRIDE) | RI_RIGHT(CAP_DAC_READ_SEARCH) |
    RI_RIGHT(CAP_FOWNER) |
    /* who else has the volume open: /proc of all */
    RI_RIGHT(CAP_SYS_PTRACE) |
    /* programs: the right to confine them, and to end one that is nobody */
    RI_RIGHT(CAP_SETUID) | RI_RIGHT(CAP_SETGID) | RI_RIGHT(CAP_SETPCAP) | RI_RIGHT(CAP_SYS_CHROOT) |
    RI_RIGHT(CAP_KILL);

/* Deactivating a volume, a thin pool's state, a device's flush; lvm(8) locks its memory. */
static const uint64_t of_devices =
    RI_RIGHT(CAP_SYS_ADMIN) | RI_RIGHT(CAP_MKNOD) | RI_RIGHT(CAP_IPC_LOCK) | RI_RIGHT(CAP_SYS_NICE);

/* The bounding set first, as that takes a right, which may not be there in a container. */
static int keep(uint64_t kept)
{
	if (ri_rights_bound(kept) < 0 && errno != EPERM)
		return -1;
	return ri_rights_keep(kept, kept);
}

int ri_privileges_shed(bool devices, struct ri_err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    keep(always | (devices ? of_devices : 0)) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving up privileges");
	return 0;
}

void ri_privileges_none(void)
{
	(void)keep(0);
}
