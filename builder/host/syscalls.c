// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <seccomp.h>

/* Whatever their arguments are. */
static const int plain[] = {
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	/* what is open */
	SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fadvise64), SCMP_SYS(fstat),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(recvfrom), SCMP_SYS(sendmsg),
	/* the clock where the vDSO does not have it, random numbers (malloc), locks */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(futex),
	/* who it is: libraries ask before they believe their environment (seen on Debian 13) */
	SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	/* qsort(3) asks how much memory there is before it takes any */
	SCMP_SYS(sysinfo),
	/* the end, and abort(3) */
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(restart_syscall), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn)
};

#if RI_SANITIZED
static const int sanitizer[] = { SCMP_SYS(sched_yield), SCMP_SYS(sigaltstack) };
static const int sanitizer_fails[] = { SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(stat), SCMP_SYS(access), SCMP_SYS(ioctl), SCMP_SYS(pipe2),
	SCMP_SYS(pipe), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(prctl), SCMP_SYS(prlimit64), SCMP_SYS(uname), SCMP_SYS(dup), SCMP_SYS(dup2) };
#endif

/* With these arguments alone; all of @arg have to fit. */
struct rule {
	int call;
	unsigned n;
	struct scmp_arg_cmp arg[3];
};

/* clang-format off */
#define IS(arg, value) { arg, SCMP_CMP_EQ, value, 0 }
#define BITS(arg, mask, value) { arg, SCMP_CMP_MASKED_EQ, mask, value }
#define FD(arg, value) BITS(arg, 0xffffffff, (scmp_datum_t)(uint32_t)(value))
/* clang-format on */

static const struct rule rules[] = {
	{ SCMP_SYS(mmap), 2, { BITS(2, PROT_EXEC, 0), BITS(3, MAP_TYPE, MAP_PRIVATE) } },
	{ SCMP_SYS(mprotect), 1, { BITS(2, PROT_EXEC, 0) } },
	{ SCMP_SYS(write), 1, { FD(0, STDERR_FILENO) } },
	{ SCMP_SYS(writev), 1, { FD(0, STDERR_FILENO) } },
	{ SCMP_SYS(sendto), 1, { IS(4, 0) } }, /* to whom it is connected to */
	/* fstat(3); a path cannot be told from none here: that is why there is a chroot as well */
	{ SCMP_SYS(newfstatat), 1, { IS(3, AT_EMPTY_PATH) } },
#if !RI_SANITIZED
	/* libext2fs 1.47.2 asks whether it may believe its environment */
	{ SCMP_SYS(prctl), 1, { IS(0, PR_GET_DUMPABLE) } },
#endif
	/* how many processors there are, of which a library or malloc(3) makes its plans */
	{ SCMP_SYS(sched_getaffinity), 1, { IS(0, 0) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_GETFL) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_SETFL) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_GETFD) } },
	{ SCMP_SYS(fcntl), 1, { IS(1, F_SETFD) } },
};

static int add(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(f, action, calls[i], 0, NULL);
	return rc;
}

static int add_rules(scmp_filter_ctx f, const struct rule *r, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, r[i].call, r[i].n, r[i].arg);
	return rc;
}

/* What depends on this process: abort(3) signals the process itself. */
static int add_own(scmp_filter_ctx f, int scratch)
{
	const struct rule own[] = {
		{ SCMP_SYS(tgkill), 1, { IS(0, (scmp_datum_t)getpid()) } },
		{ SCMP_SYS(mmap), 3,
		    { BITS(2, PROT_EXEC, 0), BITS(3, MAP_TYPE, MAP_SHARED), FD(4, scratch) } },
		{ SCMP_SYS(fallocate), 2,
		    { FD(0, scratch), IS(1, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE) } },
	};

	return add_rules(f, own, scratch < 0 ? 1 : sizeof own / sizeof *own);
}

static int make(scmp_filter_ctx f, int scratch)
{
	int rc = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	if (rc == 0)
		rc = add(f, SCMP_ACT_ALLOW, plain, sizeof plain / sizeof *plain);
	if (rc == 0)
		rc = add_rules(f, rules, sizeof rules / sizeof *rules);
	if (rc == 0)
		rc = add_own(f, scratch);
#if RI_SANITIZED
	if (rc == 0)
		rc = add(f, SCMP_ACT_ALLOW, sanitizer, sizeof sanitizer / sizeof *sanitizer);
	if (rc == 0)
		rc = add(f, SCMP_ACT_ERRNO(EPERM), sanitizer_fails,
		    sizeof sanitizer_fails / sizeof *sanitizer_fails);
#endif
	return rc == 0 ? seccomp_load(f) : rc;
}

int ri_syscalls_confine(int scratch, struct ri_err *e)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (!f)
		return ri_nomem(e);
	rc = make(f, scratch);
	seccomp_release(f);
	return rc == 0 ? 0 : ri_fail(e, RI_E_IO, -rc, "seccomp");
}
