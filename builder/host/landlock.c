// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/*
 * What each version of the kernel's interface added (landlock(7), "VERSIONS"), by numbers: the header
 * may be older than the kernel. The attribute's fields in the same way; the kernel takes a longer one
 * than it knows where the rest is zeros.
 */
struct attr {
	uint64_t fs, net, scoped;
};
static const struct attr added[] = {
	{ .fs = 0x1fff },   /* execute, read, write, make, remove */
	{ .fs = 1u << 13 }, /* link and rename between directories */
	{ .fs = 1u << 14 }, /* truncate */
	{ .net = 3 },       /* bind and connect TCP */
	{ .fs = 1u << 15 }, /* ioctl of devices */
	{ .scoped = 3 },    /* abstract sockets and signals */
};

static long create(const struct attr *a, size_t n, uint32_t flags)
{
	return syscall(SYS_landlock_create_ruleset, a, n, flags);
}

int ri_landlock_nothing(bool *there, struct ri_err *e)
{
	long version = create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct attr all = { 0 };
	RI_FD int fd = -1;

	*there = version > 0;
	if (version < 0 && errno != ENOSYS && errno != EOPNOTSUPP)
		return ri_fail(e, RI_E_IO, errno, "asking for Landlock");
	if (version <= 0)
		return 0;
	for (long i = 0; i < version && i < (long)(sizeof added / sizeof *added); i++) {
		all.fs |= added[i].fs;
		all.net |= added[i].net;
		all.scoped |= added[i].scoped;
	}
	fd = (int)create(&all, sizeof all, 0);
	if (fd < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "Landlock");
	return 0;
}
