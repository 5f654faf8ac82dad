// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/privileges.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

/* By number: a header may not know all that the kernel does. */
#define BIT(cap) (UINT64_C(1) << (cap))

static const uint64_t always =
    /* files: a stage and artifacts of anybody's, --output's owner, the VM's configuration */
    BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER) |
    /* who else has the volume open: /proc of all */
    BIT(CAP_SYS_PTRACE) |
    /* programs: the right to confine them, and to end one that is nobody */
    BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_SYS_CHROOT) | BIT(CAP_KILL);

/* Deactivating a volume, a thin pool's state, a device's flush; lvm(8) locks its memory. */
static const uint64_t of_devices =
    BIT(CAP_SYS_ADMIN) | BIT(CAP_MKNOD) | BIT(CAP_IPC_LOCK) | BIT(CAP_SYS_NICE);

static int capabilities(long call, struct __user_cap_data_struct *data)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return (int)syscall(call, &head, data);
}

/* The bounding set is given up first, as that takes a right; it may not be there in a container. */
static int keep(uint64_t kept)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(kept & BIT(cap)) && prctl(PR_CAPBSET_DROP, cap) < 0 && errno != EPERM)
			return -1;
	if (capabilities(SYS_capget, data) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(kept >> 32 * i);
		data[i].effective &= data[i].permitted;
		data[i].inheritable = 0;
	}
	return capabilities(SYS_capset, data);
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
