// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What test_calls.c lets fail besides unit/calls.h's calls, and how each of its rows is tried.
 */
#include "unit/calls.h"
#include "unit/tmpdir.h"

#include "host/confine.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include <seccomp.h>

CALLS_WRAP(int, -1, access, (const char *path, int mode), (path, mode))
CALLS_WRAP(int, -1, chdir, (const char *path), (path))
CALLS_WRAP(int, -1, chroot, (const char *path), (path))
CALLS_WRAP(int, -1, close_range, (unsigned from, unsigned to, int flags), (from, to, flags))
CALLS_WRAP(int, -1, getrlimit64, (int what, struct rlimit *l), (what, l))
CALLS_WRAP(int, -1, setrlimit64, (int what, const struct rlimit *l), (what, l))
CALLS_WRAP(int, -1, pidfd_open, (pid_t pid, unsigned flags), (pid, flags))
CALLS_WRAP(int, -1, setenv, (const char *name, const char *value, int over), (name, value, over))
CALLS_WRAP(int, -1, setgroups, (size_t n, const gid_t *groups), (n, groups))
CALLS_WRAP(int, -1, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s))
CALLS_WRAP(int, -1, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s))
CALLS_WRAP(int, -1, symlinkat, (const char *to, int dir, const char *path), (to, dir, path))
CALLS_WRAP(pid_t, -1, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags))
CALLS_WRAP(ssize_t, -1, getrandom, (void *b, size_t n, unsigned flags), (b, n, flags))
CALLS_WRAP(char *, NULL, getcwd, (char *b, size_t n), (b, n))
CALLS_WRAP(FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode))
CALLS_WRAP(struct dirent *, NULL, readdir64, (DIR * d), (d))
CALLS_WRAP(scmp_filter_ctx, NULL, seccomp_init, (uint32_t action), (action))
CALLS_WRAP(int, -calls_errnum, seccomp_load, (const scmp_filter_ctx f), (f))
CALLS_WRAP(int, -calls_errnum, seccomp_export_bpf, (const scmp_filter_ctx f, int fd), (f, fd))
CALLS_WRAP(int, -calls_errnum, seccomp_attr_set,
    (scmp_filter_ctx f, enum scmp_filter_attr attr, uint32_t value), (f, attr, value))
CALLS_WRAP(int, -calls_errnum, seccomp_rule_add_array,
    (scmp_filter_ctx f, uint32_t action, int call, unsigned n, const struct scmp_arg_cmp *args),
    (f, action, call, n, args))

int __wrap_seccomp_rule_add(scmp_filter_ctx f, uint32_t action, int call, unsigned n, ...);
int __wrap_seccomp_rule_add(scmp_filter_ctx f, uint32_t action, int call, unsigned n, ...)
{
	struct scmp_arg_cmp args[6];
	va_list ap;

	va_start(ap, n);
	for (unsigned i = 0; i < n; i++)
		args[i] = va_arg(ap, struct scmp_arg_cmp);
	va_end(ap);
	return __wrap_seccomp_rule_add_array(f, action, call, n, args);
}

/* With as many arguments as the kernel takes: which of them were given, it knows. */
int __real_prctl(int op, ...);
int __wrap_prctl(int op, long a, long b, long c, long d);
int __wrap_prctl(int op, long a, long b, long c, long d)
{
	return calls_now("prctl") ? -1 : __real_prctl(op, a, b, c, d);
}

int __real_fcntl64(int fd, int op, ...);
int __wrap_fcntl64(int fd, int op, long arg);
int __wrap_fcntl64(int fd, int op, long arg)
{
	return calls_now("fcntl") ? -1 : __real_fcntl64(fd, op, arg);
}

/* What is only asked by trying has a name of its own. */
static const char *name_of(long nr, long a, long b)
{
	if (nr == SYS_openat2)
		return "openat2";
	if (nr == SYS_faccessat2)
		return "trying";
	if (nr == SYS_landlock_create_ruleset)
		return "landlock";
	return (nr == SYS_setresuid || nr == SYS_setresgid) && (uid_t)a == (uid_t)-1 &&
		       b == RI_CONFINED_ID
		   ? "trying"
		   : "syscall";
}

long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, long a, long b, long c, long d, long f, long g);
long __wrap_syscall(long nr, long a, long b, long c, long d, long f, long g)
{
	return calls_now(name_of(nr, a, b)) ? -1 : __real_syscall(nr, a, b, c, d, f, g);
}

/* It closes all the same, and fails only where it alone is asked to: elsewhere nobody asks how it went. */
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int rc = __real_close(fd);

	return calls_only && calls_now("close") ? -1 : rc;
}

/** What is done, and what must be true after it, however it went. */
struct row {
	const char *name;
	int (*op)(const void *row, struct ri_err *e);
	void (*after)(
	    int now); /* looks at what is left, and prepares the next turn; NULL: nothing */
	const char *ignored[3]; /* without these it goes on */
	bool child;             /* the calls are those of its child */
	size_t least;           /* how many calls there are, or more */
};

static size_t descriptors; /* that are open before */

static bool ignores(const struct row *r)
{
	for (size_t i = 0; i < sizeof r->ignored / sizeof *r->ignored; i++)
		if (r->ignored[i] &&
		    (strcmp(r->ignored[i], calls_failed) == 0 || strcmp(r->ignored[i], "any") == 0))
			return true;
	return false;
}

/* Nothing is passed over, the reason is the call's, and neither a descriptor nor a child is left. */
static void check_row(const void *arg, int now, const struct ri_err *e)
{
	const struct row *r = arg;
	bool memory = calls_failed && (strcmp(calls_failed, "setenv") == 0 ||
					  strcmp(calls_failed, "seccomp_init") == 0);

	if (now == 0 && calls_failed && !ignores(r))
		fail_msg("%s: %s failed, and it went on", r->name, calls_failed);
	if (now == -1 && memory)
		assert_int_equal(e->code, RI_E_NOMEM);
	else if (now == -1 && (e->code != RI_E_IO || e->sys != calls_errnum))
		fail_msg("%s: %s failed by %d, and it said %d, [%s]", r->name, calls_failed,
		    calls_errnum, e->sys, e->msg);
	assert_int_equal(tmp_count("/proc/self/fd"), descriptors);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	if (r->after)
		r->after(now);
}

static void sweep(const struct row *r, size_t n)
{
	descriptors = tmp_count("/proc/self/fd");
	for (; n > 0; n--, r++) {
		size_t calls = (r->child ? calls_each_of_child : calls_each)(r->name, NULL, EIO,
		    r->op, check_row, r);

		if (calls < r->least)
			fail_msg("%s: there were %zu calls", r->name, calls);
	}
}
#define SWEEP(rows) sweep(rows, sizeof(rows) / sizeof *(rows))

/* A signal in the middle of the call @name is of no effect. */
static void after_signal(const void *arg, int now, const struct ri_err *e)
{
	const struct row *r = arg;

	if (now != 0)
		fail_msg("%s: after a signal in %s it said [%s]", r->name, calls_failed, e->msg);
	if (r->after)
		r->after(now);
}

static void interrupt(const struct row *r, const char *name)
{
	if (calls_each(r->name, name, EINTR, r->op, after_signal, r) == 0)
		fail_msg("%s: there is no %s", r->name, name);
}
