// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
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

#define EXECUTE (1u << 0)
#define WRITE_FILE (1u << 1)
#define READ_FILE (1u << 2)
#define READ_DIR (1u << 3)
#define TRUNCATE (1u << 14)
#define IOCTL_DEV (1u << 15)
#define OF_A_FILE (EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV)

static const uint64_t rights[] = {
	[RI_LANDLOCK_READ] = READ_FILE | READ_DIR,
	[RI_LANDLOCK_RUN] = READ_FILE | READ_DIR | EXECUTE,
	[RI_LANDLOCK_WRITE] = READ_FILE | WRITE_FILE | TRUNCATE | IOCTL_DEV,
	[RI_LANDLOCK_FILL] = 0xffff & ~EXECUTE,
};

static long create(const struct attr *a, size_t n, uint32_t flags)
{
	return syscall(SYS_landlock_create_ruleset, a, n, flags);
}

/* All that this kernel can deny. @return its version of the interface; 0: none; -1: see errno. */
static long known(struct attr *all)
{
	long version = create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	*all = (struct attr){ 0 };
	/* EPERM is a container's: the kernel gives no such answer to this question. */
	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP || errno == EPERM ? 0 : -1;
	for (long i = 0; i < version && i < (long)(sizeof added / sizeof *added); i++) {
		all->fs |= added[i].fs;
		all->net |= added[i].net;
		all->scoped |= added[i].scoped;
	}
	return version;
}

int ri_landlock_rules(int *rules, struct ri_err *e)
{
	struct attr all;
	long version = known(&all);

	*rules = -1;
	if (version < 0)
		return ri_fail(e, RI_E_IO, errno, "asking for Landlock");
	if (version == 0)
		return 0;
	*rules = (int)create(&all, sizeof all, 0);
	return *rules < 0 ? ri_fail(e, RI_E_IO, errno, "Landlock") : 0;
}

int ri_landlock_allow(int rules, const char *path, enum ri_landlock_may may, struct ri_err *e)
{
	RI_FD int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr a = { .parent_fd = fd };
	struct attr all;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0
							   : ri_fail(e, RI_E_IO, errno, "%s", path);
	if (fstat(fd, &st) < 0 || known(&all) < 0)
		return ri_fail(e, RI_E_IO, errno, "%s", path);
	a.allowed_access = rights[may] & all.fs & (S_ISDIR(st.st_mode) ? ~0ull : OF_A_FILE);
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "Landlock: %s", path);
	return 0;
}

int ri_landlock_enter(int rules)
{
	return (int)syscall(SYS_landlock_restrict_self, rules, 0);
}

int ri_landlock_nothing(bool *there, struct ri_err *e)
{
	RI_FD int rules = -1;

	if (ri_landlock_rules(&rules, e) < 0)
		return -1;
	*there = rules >= 0;
	if (*there && ri_landlock_enter(rules) < 0)
		return ri_fail(e, RI_E_IO, errno, "Landlock");
	return 0;
}
