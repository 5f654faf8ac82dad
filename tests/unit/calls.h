// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An error at every call of the kernel in turn: the program of a folder that has a test_calls.c is linked so that what
 * our own code calls of the C library comes here first (CMakeLists.txt, with the same names). One of its sources
 * includes this. What libraries call for themselves does not fail, and nothing does outside of calls_each(), nor
 * in a child, if it is not calls_each_of_child().
 */
#include "unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_size_t calls_left; /* calls up to the one that fails; 0: none does */
static int calls_errnum;
static bool calls_again;             /* and each one after it fails as well */
static const char *calls_only;       /* the one name that counts; NULL: all do */
static const char *calls_failed;     /* the one that failed */
static atomic_size_t calls_of_child; /* as calls_left, from the next fork on, in the child alone */
static const char **calls_told;      /* calls_failed of a child, in memory that both have */
static const char *calls_lacking; /* one that the kernel does not have at all; it is not counted */
static bool calls_go_on;          /* a child that is forked counts on for itself */

static bool calls_now(const char *name)
{
	if (calls_lacking && strcmp(calls_lacking, name) == 0) {
		errno = ENOSYS;
		return true;
	}
	if (calls_left == 0 || (calls_only && strcmp(calls_only, name) != 0) || --calls_left > 0)
		return false;
	calls_left = calls_again;
	if (!calls_failed)
		calls_failed = name;
	if (calls_told && !*calls_told)
		*calls_told = name;
	errno = calls_errnum;
	return true;
}

#define CALLS_WRAP(type, bad, name, args, values)                                                  \
	type __real_##name args;                                                                   \
	type __wrap_##name args;                                                                   \
	type __wrap_##name args                                                                    \
	{                                                                                          \
		return calls_now(#name) ? (bad) : __real_##name values;                            \
	}
/* With a mode that is there only where a file may be made. */
#define CALLS_WRAP_OPEN(name, args, values)                                                        \
	int __real_##name args;                                                                    \
	int __wrap_##name args;                                                                    \
	int __wrap_##name args                                                                     \
	{                                                                                          \
		mode_t mode = 0;                                                                   \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, flags);                                                               \
		if (flags & (O_CREAT | __O_TMPFILE))                                               \
			mode = va_arg(ap, mode_t);                                                 \
		va_end(ap);                                                                        \
		return calls_now(#name) ? -1 : __real_##name values;                               \
	}
CALLS_WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
CALLS_WRAP_OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))
/* What _FORTIFY_SOURCE makes of these where the flags are not constant. */
#define CALLS_WRAP_OPEN_2(name, as, args, values)                                                  \
	int __real_##name args;                                                                    \
	int __wrap_##name args;                                                                    \
	int __wrap_##name args                                                                     \
	{                                                                                          \
		return calls_now(as) ? -1 : __real_##name values;                                  \
	}
CALLS_WRAP_OPEN_2(__open64_2, "open64", (const char *path, int flags), (path, flags))
CALLS_WRAP_OPEN_2(__openat64_2, "openat64", (int dir, const char *path, int flags),
    (dir, path, flags))
CALLS_WRAP(ssize_t, -1, read, (int fd, void *b, size_t n), (fd, b, n))
CALLS_WRAP(ssize_t, -1, write, (int fd, const void *b, size_t n), (fd, b, n))
CALLS_WRAP(ssize_t, -1, pread64, (int fd, void *b, size_t n, off_t at), (fd, b, n, at))
CALLS_WRAP(ssize_t, -1, pwrite64, (int fd, const void *b, size_t n, off_t at), (fd, b, n, at))
CALLS_WRAP(ssize_t, -1, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
CALLS_WRAP(ssize_t, -1, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
CALLS_WRAP(ssize_t, -1, send, (int fd, const void *b, size_t n, int flags), (fd, b, n, flags))
CALLS_WRAP(ssize_t, -1, recv, (int fd, void *b, size_t n, int flags), (fd, b, n, flags))
CALLS_WRAP(ssize_t, -1, readlink, (const char *path, char *b, size_t n), (path, b, n))
CALLS_WRAP(ssize_t, -1, readlinkat, (int dir, const char *path, char *b, size_t n),
    (dir, path, b, n))
CALLS_WRAP(int, -1, stat64, (const char *path, struct stat *st), (path, st))
CALLS_WRAP(int, -1, lstat64, (const char *path, struct stat *st), (path, st))
CALLS_WRAP(int, -1, fstat64, (int fd, struct stat *st), (fd, st))
CALLS_WRAP(int, -1, fstatat64, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags))
CALLS_WRAP(int, -1, statvfs64, (const char *path, struct statvfs *st), (path, st))
CALLS_WRAP(int, -1, fstatvfs64, (int fd, struct statvfs *st), (fd, st))
CALLS_WRAP(off_t, -1, lseek64, (int fd, off_t at, int from), (fd, at, from))
CALLS_WRAP(int, -1, fsync, (int fd), (fd))
CALLS_WRAP(int, -1, ftruncate64, (int fd, off_t size), (fd, size))
CALLS_WRAP(int, -1, fallocate64, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
CALLS_WRAP(int, -1, fchmod, (int fd, mode_t mode), (fd, mode))
CALLS_WRAP(int, -1, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))
CALLS_WRAP(int, -1, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
CALLS_WRAP(int, -1, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
CALLS_WRAP(int, -1, renameat, (int from, const char *a, int to, const char *b), (from, a, to, b))
CALLS_WRAP(int, -1, rename, (const char *a, const char *b), (a, b))
CALLS_WRAP(int, -1, flock, (int fd, int op), (fd, op))
CALLS_WRAP(int, -1, dup, (int fd), (fd))
CALLS_WRAP(int, -1, dup2, (int fd, int to), (fd, to))
CALLS_WRAP(int, -1, pipe2, (int *fds, int flags), (fds, flags))
CALLS_WRAP(int, -1, socketpair, (int domain, int type, int protocol, int *fds),
    (domain, type, protocol, fds))
CALLS_WRAP(int, -1, socket, (int domain, int type, int protocol), (domain, type, protocol))
CALLS_WRAP(int, -1, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
CALLS_WRAP(int, -1, listen, (int fd, int backlog), (fd, backlog))
CALLS_WRAP(int, -1, connect, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
CALLS_WRAP(int, -1, poll, (struct pollfd * fds, nfds_t n, int ms), (fds, n, ms))
CALLS_WRAP(int, -1, memfd_create, (const char *name, unsigned flags), (name, flags))
CALLS_WRAP(int, -1, eventfd, (unsigned count, int flags), (count, flags))
CALLS_WRAP(int, calls_errnum, pthread_create,
    (pthread_t * t, const pthread_attr_t *a, void *(*fn)(void *), void *arg), (t, a, fn, arg))
CALLS_WRAP(ssize_t, -1, copy_file_range,
    (int from, off_t *at, int to, off_t *to_at, size_t n, unsigned flags),
    (from, at, to, to_at, n, flags))
CALLS_WRAP(DIR *, NULL, opendir, (const char *path), (path))
CALLS_WRAP(DIR *, NULL, fdopendir, (int fd), (fd))
CALLS_WRAP(void *, MAP_FAILED, mmap64, (void *p, size_t n, int prot, int flags, int fd, off_t at),
    (p, n, prot, flags, fd, at))

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	pid_t pid = calls_now("fork") ? -1 : __real_fork();

	if (pid == 0 && !calls_go_on) {
		calls_left = calls_of_child;
		calls_of_child = 0;
	}
	return pid;
}

/** Call @op with the @nth call of @name failing with @errnum, which it has to come to. @return what @op does. */
static inline int calls_one(const char *name, size_t nth, int errnum,
    int (*op)(const void *arg, struct ri_err *e), const void *arg, struct ri_err *e)
{
	int now;

	calls_only = name;
	calls_errnum = errnum;
	calls_failed = NULL;
	calls_left = nth;
	now = op(arg, e);
	calls_left = 0;
	if (!calls_failed)
		fail_msg("%s was not called %zu times", name, nth);
	return now;
}

/** One turn of calls_each: the @n-th fails. */
static inline void calls_turn(const char *name, size_t n,
    int (*op)(const void *arg, struct ri_err *e),
    void (*after)(const void *arg, int now, const struct ri_err *e), const void *arg)
{
	struct ri_err e = { 0 };
	int now;

	*(calls_told && !calls_go_on ? &calls_of_child : &calls_left) = n;
	calls_failed = NULL;
	if (calls_told)
		*calls_told = NULL;
	now = op(arg, &e);
	calls_left = calls_of_child = 0;
	if (calls_told)
		calls_failed = *calls_told;
	if (!calls_failed)
		check_ok(name, now, &e);
	else if (now != 0 && (now != -1 || e.code == 0 || !e.msg[0]))
		fail_msg("%s: as %s failed at %zu it returned %d, code %d, said [%s]", name,
		    calls_failed, n, now, (int)e.code, e.msg);
	if (after)
		after(arg, now, &e);
}

/**
 * Call @op, which releases what it gets, with the nth of the calls above failing with @errnum, for every n that it
 * comes to; with @only, of that call alone ("pread64"); where calls_again is set, all later ones fail too. Without a
 * failing one @op returns 0. With one it returns -1 and has a sentence, or goes on without that call and returns 0;
 * then @after, which may be NULL, looks at what it left. @return how many calls there were.
 */
static inline size_t calls_each(const char *name, const char *only, int errnum,
    int (*op)(const void *arg, struct ri_err *e),
    void (*after)(const void *arg, int now, const struct ri_err *e), const void *arg)
{
	calls_only = only;
	calls_errnum = errnum;
	for (size_t n = 1;; n++) {
		calls_turn(name, n, op, after, arg);
		if (!calls_failed)
			return n - 1;
	}
}

/** The same for the calls of the one child that @op forks, up to its end or its execve(2), and for none of ours. */
static inline size_t calls_each_of_child(const char *name, const char *only, int errnum,
    int (*op)(const void *arg, struct ri_err *e),
    void (*after)(const void *arg, int now, const struct ri_err *e), const void *arg)
{
	size_t n;

	calls_told = mmap(NULL, sizeof *calls_told, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(calls_told != MAP_FAILED);
	n = calls_each(name, only, errnum, op, after, arg);
	munmap(calls_told, sizeof *calls_told);
	calls_told = NULL;
	return n;
}

/** The same for ours and those of each child that @op forks, which counts on for itself. */
static inline size_t calls_each_of_all(const char *name, const char *only, int errnum,
    int (*op)(const void *arg, struct ri_err *e),
    void (*after)(const void *arg, int now, const struct ri_err *e), const void *arg)
{
	size_t n;

	calls_go_on = true;
	n = calls_each_of_child(name, only, errnum, op, after, arg);
	calls_go_on = false;
	return n;
}
