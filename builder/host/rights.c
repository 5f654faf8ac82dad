// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/rights.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

static int capabilities(long call, struct __user_cap_data_struct *data)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return (int)syscall(call, &head, data);
}

int ri_rights_keep(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (capabilities(SYS_capget, data) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(permitted >> 32 * i);
		data[i].effective = (uint32_t)(effective >> 32 * i) & data[i].permitted;
		data[i].inheritable = 0;
	}
	return capabilities(SYS_capset, data);
}

int ri_rights_bound(uint64_t kept)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (!(kept & RI_RIGHT(cap)) && prctl(PR_CAPBSET_DROP, cap) < 0)
			return -1;
	return errno == EINVAL ? 0 : -1; /* it is behind the last that the kernel knows */
}

int ri_limits_lower(const struct ri_limit *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rlimit now;

		if (getrlimit(l[i].what, &now) < 0)
			return -1;
		if (now.rlim_max > l[i].most)
			now.rlim_max = l[i].most;
		now.rlim_cur = now.rlim_max;
		if (setrlimit(l[i].what, &now) < 0)
			return -1;
	}
	return 0;
}
