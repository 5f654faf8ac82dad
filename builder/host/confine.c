// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/confine.h"
#include "host/landlock.h"
#include "host/rights.h"
#include "host/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The reader takes 55 MB of addresses, and more with the names in one directory and with the files that
 * have several: 40 MB for 200,000 and 100,000 of them. So 4 GiB are some twenty million of either. Its
 * time grows with the guest's bytes, which are to fit into RAM: four hours are a terabyte at 70 MB/s.
 *
 * An initrd's reader takes a window of the compressed data and as much as the decompressor looks back:
 * 128 MiB at most for zstd, less for the others as initramfs-tools calls them. The largest initrd that
 * ramimg takes unpacks to 2 GiB, two minutes of bzip2.
 *
 * The tar's reader takes what one entry's names, attributes and list of holes take, and as long as the
 * direct reader may.
 */
const struct ri_confinement ri_confinements[] = {
	[RI_CONFINED_READER] = { .descriptors = 7,
	    .scratch = 6,
	    .memory_bytes = 4ull << 30,
	    .cpu_seconds = 4 * 3600 },
	[RI_CONFINED_INITRD] = { .descriptors = 5,
	    .scratch = -1,
	    .memory_bytes = 1ull << 30,
	    .cpu_seconds = 300 },
	[RI_CONFINED_TAR] = { .descriptors = 6,
	    .scratch = -1,
	    .memory_bytes = 1ull << 30,
	    .cpu_seconds = 4 * 3600 },
};

#if RI_SANITIZED
/* Looking for leaks at the end takes a process that traces this one. */
static bool confined;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return confined;
}
#endif

/* Much of what follows is for the calling thread alone. proc(5): a directory for each thread. */
static int check_alone(struct ri_err *e)
{
	struct stat st;

	if (stat("/proc/self/task", &st) < 0)
		return ri_fail(e, RI_E_IO, errno, "/proc/self/task");
	return st.st_nlink == 3 ? 0 : ri_fail(e, RI_E_IO, 0, "it has more than one thread");
}

/* What it fills its scratch file with is in no limit of its own. */
static int die_first(struct ri_err *e)
{
	static const char most[] = "1000";
	RI_FD int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, most, sizeof most - 1) < 0)
		return ri_fail(e, RI_E_IO, errno, "/proc/self/oom_score_adj");
	return 0;
}

/* This directory has nothing but its own descriptors' numbers, and nobody can make anything in it. */
static int leave_files(struct ri_err *e)
{
	if (chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0)
		return ri_fail(e, RI_E_IO, errno, "chroot");
	return 0;
}

static int set_limits(const struct ri_confinement *c, struct ri_err *e)
{
	const struct ri_limit limits[] = {
		{ RLIMIT_AS, RI_SANITIZED ? RLIM_INFINITY : c->memory_bytes },
		{ RLIMIT_CPU, c->cpu_seconds },
		{ RLIMIT_NOFILE, c->descriptors },
		{ RLIMIT_FSIZE, 0 },
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NPROC, 0 },
	};

	return ri_limits_lower(limits, sizeof limits / sizeof *limits) < 0
		   ? ri_fail(e, RI_E_IO, errno, "setting limits")
		   : 0;
}

static int leave_root(struct ri_err *e)
{
	if (ri_rights_bound(0) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving up the bounding set");
	if (setgroups(0, NULL) < 0 ||
	    setresgid(RI_CONFINED_ID, RI_CONFINED_ID, RI_CONFINED_ID) < 0 ||
	    setresuid(RI_CONFINED_ID, RI_CONFINED_ID, RI_CONFINED_ID) < 0)
		return ri_fail(e, RI_E_IO, errno, "becoming user %d", RI_CONFINED_ID);
	return 0;
}

static int leave_capabilities(struct ri_err *e)
{
	if (ri_rights_keep(0, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "giving up capabilities");
	return 0;
}

static int stay_so(struct ri_err *e)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "no_new_privs");
	return 0;
}

/* Each later step takes less than the earlier ones; the system calls are the last, as all take some. */
static int confine(const struct ri_confinement *c, bool *landlock, struct ri_err *e)
{
	bool root = geteuid() == 0;

	if (check_alone(e) < 0)
		return -1;
#if RI_SANITIZED
	confined = true; /* or on the way: /proc goes first */
#endif
	if (close_range(c->descriptors, ~0u, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "closing descriptors");
	if (die_first(e) < 0 || (root && leave_files(e) < 0) || stay_so(e) < 0 ||
	    ri_landlock_nothing(landlock, e) < 0 || set_limits(c, e) < 0 ||
	    (root && leave_root(e) < 0) || leave_capabilities(e) < 0)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return ri_fail(e, RI_E_IO, errno, "becoming untraceable");
	return ri_syscalls_confine(c->scratch, e);
}

int ri_confine(const struct ri_confinement *c, bool *landlock, struct ri_err *e)
{
	return confine(c, landlock, e) < 0 ? ri_ctx(e, "confining the process") : 0;
}
