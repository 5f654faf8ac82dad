// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Giving up rights of root's (capabilities(7)) and resources (getrlimit(2)), for the calling thread and what it
 * starts. Nothing but system calls, for use after fork(2); where one fails, errno says why.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

/** A set of capabilities is the sum of these; by number, as the header may not know all of the kernel's. */
#define RI_RIGHT(cap) (UINT64_C(1) << (cap))

/** Have none but @effective and, to be had later, @permitted, as far as they are there now. @return 0; -1. */
int ri_rights_keep(uint64_t effective, uint64_t permitted);
/**
 * Take all but @kept out of the bounding set, so that no program that is started gets them back; it takes
 * CAP_SETPCAP. @return 0; -1.
 */
int ri_rights_bound(uint64_t kept);

struct ri_limit {
	__rlimit_resource_t what;
	rlim_t most;
};
/** Lower the limits to these, soft and hard, where they are above. @return 0; -1. */
int ri_limits_lower(const struct ri_limit *l, size_t n);
