// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a confined process may not do is tried in one, each in a process of its own; and what it has to
 * be able to do is done in one. That a real reader is confined is tests/guest/direct_confined.py's.
 */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "host/confine.h"
#include "host/landlock.h"
#include "host/syscalls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/capability.h>

/* The numbers that a reader's descriptors have. */
#define SOCKET 3
#define IMAGE 4
#define OTHER_END 5
#define SCRATCH 6
#define DONE 0    /* exit statuses of a child: it could */
#define REFUSED 1 /* it got an error */
#define BROKEN 99 /* it was not confined at all */

static char file[160];
static bool as_root;

/* Each kind of process is tried. */
static enum ri_confined kind;

static const struct ri_confinement *row(void)
{
	return &ri_confinements[kind];
}

/*
 * Descriptors as the process has them, but more than it needs: SOCKET is connected to OTHER_END, which
 * has said hello, IMAGE may be written to, and 20 to 23 are some that it must not keep.
 */
static void confine(void)
{
	static const int numbers[] = { SOCKET, OTHER_END, IMAGE, SCRATCH };
	struct ri_err e = { 0 };
	int fd[4];
	bool landlock;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0)
		_exit(BROKEN);
	fd[2] = open(file, O_RDWR);
	fd[3] = memfd_create("scratch", 0);
	if (ftruncate(fd[3], 1 << 20) < 0)
		_exit(BROKEN);
	for (int i = 0; i < 4; i++)
		if (dup2(fd[i], 20 + i) < 0)
			_exit(BROKEN);
	for (int i = 0; i < 4; i++)
		if (dup2(20 + i, numbers[i]) < 0)
			_exit(BROKEN);
	if (write(OTHER_END, "hello", 5) != 5)
		_exit(BROKEN);
	if (ri_confine(row(), &landlock, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		_exit(BROKEN);
	}
}

/* How a child ends that is confined and then does @fn. */
static int end_of(void (*fn)(const void *arg), const void *arg)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		confine();
		fn(arg);
		_exit(DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool killed_by(int status, int sig)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == sig;
}

/* Under the address sanitizer some calls fail instead, so that it can say what it found. */
static bool prevented(int status)
{
	return killed_by(status, SIGSYS) ||
	       (RI_SANITIZED && WIFEXITED(status) && WEXITSTATUS(status) == REFUSED);
}

struct call {
	const char *name;
	long nr, arg[6];
};

static void make_call(const void *arg)
{
	const struct call *c = arg;
	const long *a = c->arg;

	if (syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]) < 0)
		_exit(REFUSED);
}

static void check_prevented(const struct call *c, size_t n)
{
	for (kind = 0; kind < RI_CONFINED_KINDS; kind++)
		for (size_t i = 0; i < n; i++) {
			int status = end_of(make_call, &c[i]);

			if (!prevented(status))
				fail_msg("%d: %s: ended with status %#x, want SIGSYS", (int)kind,
				    c[i].name, status);
		}
	kind = 0;
}

#define P(pointer) ((long)(uintptr_t)(pointer))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_no_files(void **state)
{
	struct stat st;
	const struct call calls[] = {
		{ "openat", SYS_openat, { AT_FDCWD, P("/"), O_RDONLY | O_DIRECTORY } },
		{ "openat to write", SYS_openat,
		    { AT_FDCWD, P("/tmp/x"), O_CREAT | O_WRONLY, 0600 } },
		{ "openat2", SYS_openat2, { AT_FDCWD, P("/"), P("\0\0\0\0\0\0\0\0"), 8 } },
		{ "open_by_handle_at", SYS_open_by_handle_at, { AT_FDCWD, P(&st), O_RDONLY } },
		{ "memfd_create", SYS_memfd_create, { P("x"), 0 } },
		{ "mkdirat", SYS_mkdirat, { AT_FDCWD, P("/tmp/x"), 0700 } },
		{ "unlinkat", SYS_unlinkat, { AT_FDCWD, P(file), 0 } },
		{ "renameat2", SYS_renameat2, { AT_FDCWD, P(file), AT_FDCWD, P("/tmp/x"), 0 } },
		{ "fchmod", SYS_fchmod, { IMAGE, 0777 } },
		{ "fchown", SYS_fchown, { IMAGE, 0, 0 } },
		{ "chdir", SYS_chdir, { P("/") } },
		{ "chroot", SYS_chroot, { P(".") } },
		{ "mount", SYS_mount, { P("none"), P("/tmp"), P("tmpfs"), 0, 0 } },
		{ "statx", SYS_statx, { AT_FDCWD, P(file), 0, STATX_ALL, P(&st) } },
		{ "stat by path", SYS_newfstatat, { AT_FDCWD, P(file), P(&st), 0 } },
		{ "getdents64", SYS_getdents64, { IMAGE, P(&st), sizeof st } },
	};

	(void)state;
	check_prevented(calls, COUNT(calls));
}

/* An image that is open for writing is not one that it can write to. */
static void test_no_writing(void **state)
{
	const struct call calls[] = {
		{ "write", SYS_write, { IMAGE, P("x"), 1 } },
		{ "write to the scratch file", SYS_write, { SCRATCH, P("x"), 1 } },
		{ "pwrite64", SYS_pwrite64, { IMAGE, P("x"), 1, 0 } },
		{ "pwritev", SYS_pwritev, { IMAGE, P("x"), 0, 0 } },
		{ "writev", SYS_writev, { IMAGE, P("x"), 0 } },
		{ "ftruncate", SYS_ftruncate, { IMAGE, 0 } },
		{ "fallocate", SYS_fallocate,
		    { IMAGE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096 } },
		{ "fallocate to grow", SYS_fallocate, { SCRATCH, 0, 0, 4096 } },
		{ "mmap to write", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, IMAGE, 0 } },
		{ "mmap shared, valid", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE, IMAGE, 0 } },
		{ "sendfile", SYS_sendfile, { IMAGE, SCRATCH, 0, 1 } },
		{ "copy_file_range", SYS_copy_file_range, { SCRATCH, 0, IMAGE, 0, 1, 0 } },
		{ "splice", SYS_splice, { SCRATCH, 0, IMAGE, 0, 1, 0 } },
		{ "ioctl", SYS_ioctl, { IMAGE, 0x127c, 0 } },
		{ "io_uring_setup", SYS_io_uring_setup, { 1, P(file) } },
		{ "dup", SYS_dup, { IMAGE } },
		{ "dup2", SYS_dup2, { IMAGE, STDERR_FILENO } },
		{ "F_DUPFD", SYS_fcntl, { IMAGE, F_DUPFD, 0 } },
	};

	(void)state;
	check_prevented(calls, COUNT(calls));
}

/* Whoever has no scratch file maps nothing that others have. */
static void test_nothing_shared(void **state)
{
	const struct call c = { "mmap shared", SYS_mmap,
		{ 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0 } };

	(void)state;
	for (kind = 0; kind < RI_CONFINED_KINDS; kind++)
		if (row()->scratch < 0)
			assert_true(prevented(end_of(make_call, &c)));
	kind = 0;
}

static void test_no_others(void **state)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/notify" };
	const long parent = getpid();
	char *const none[] = { NULL };
	const struct call calls[] = {
		{ "socket", SYS_socket, { AF_UNIX, SOCK_STREAM, 0 } },
		{ "internet socket", SYS_socket, { AF_INET, SOCK_STREAM, 0 } },
		{ "netlink socket", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 } },
		{ "connect", SYS_connect, { SOCKET, P(&at), sizeof at } },
		{ "bind", SYS_bind, { SOCKET, P(&at), sizeof at } },
		{ "sendto elsewhere", SYS_sendto, { SOCKET, P("x"), 1, 0, P(&at), sizeof at } },
		{ "recvmsg", SYS_recvmsg, { SOCKET, P(&at), MSG_DONTWAIT } },
		{ "fork", SYS_fork, { 0 } },
		{ "vfork", SYS_vfork, { 0 } },
		{ "clone", SYS_clone, { SIGCHLD, 0, 0, 0, 0 } },
		{ "clone a thread", SYS_clone,
		    { CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0 } },
		{ "clone3", SYS_clone3, { P(&at), 64 } },
		{ "execve", SYS_execve, { P("/bin/true"), P(none), P(none) } },
		{ "execveat", SYS_execveat, { IMAGE, P(""), P(none), P(none), AT_EMPTY_PATH } },
		{ "kill", SYS_kill, { parent, 0 } },
		{ "tgkill of another", SYS_tgkill, { parent, parent, 0 } },
		{ "pidfd_open", SYS_pidfd_open, { parent, 0 } },
		{ "ptrace", SYS_ptrace, { PTRACE_ATTACH, parent, 0, 0 } },
		{ "process_vm_readv", SYS_process_vm_readv, { parent, 0, 0, 0, 0, 0 } },
		{ "prlimit64", SYS_prlimit64, { parent, RLIMIT_CORE, 0, 0 } },
		{ "shmget", SYS_shmget, { 1, 4096, 0600 } },
		{ "bpf", SYS_bpf, { 0, P(&at), 8 } },
		{ "keyctl", SYS_keyctl, { 0, 0 } },
	};

	(void)state;
	check_prevented(calls, COUNT(calls));
}

static void test_no_way_back(void **state)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };
	const struct call calls[] = {
		{ "setuid", SYS_setuid, { 0 } },
		{ "setresuid", SYS_setresuid, { 0, 0, 0 } },
		{ "setgid", SYS_setgid, { 0 } },
		{ "setgroups", SYS_setgroups, { 0, 0 } },
		{ "capset", SYS_capset, { P(&most), P(&most) } },
		{ "unshare", SYS_unshare, { CLONE_NEWUSER } },
		{ "setns", SYS_setns, { IMAGE, 0 } },
		{ "PR_SET_DUMPABLE", SYS_prctl, { PR_SET_DUMPABLE, 1, 0, 0, 0 } },
		{ "setrlimit", SYS_setrlimit, { RLIMIT_AS, P(&most) } },
		{ "mmap to execute", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 } },
		{ "mmap of the scratch file to execute", SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, SCRATCH, 0 } },
		{ "mprotect to execute", SYS_mprotect, { 0x10000, 4096, PROT_EXEC } },
		{ "pkey_mprotect", SYS_pkey_mprotect, { 0x10000, 4096, PROT_EXEC, -1 } },
		/* The x32 interface has numbers of its own for everything. */
		{ "x32", 0x40000000 + SYS_getpid, { 0 } },
	};

	(void)state;
	check_prevented(calls, COUNT(calls));
}

/* Each is done in turn, and 0 is the end of what was asked for. */
static void must(const char *what, bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "a confined process cannot: %s: %s\n", what, strerror(errno));
	_exit(REFUSED);
}

static void do_scratch(void)
{
	char c, *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, SCRATCH, 0);

	must("map", p != MAP_FAILED);
	*p = 'x';
	must("read what was mapped", pread(SCRATCH, &c, 1, 0) == 1 && c == 'x');
	must("clear",
	    fallocate(SCRATCH, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20) == 0 &&
		*p == '\0');
}

static void do_files(void)
{
	struct stat st;
	char c[4];

	must("pread", pread(IMAGE, c, 4, 0) == 4 && memcmp(c, "file", 4) == 0);
	must("lseek, read", lseek(IMAGE, 1, SEEK_SET) == 1 && read(IMAGE, c, 3) == 3);
	must("fstat", fstat(IMAGE, &st) == 0 && st.st_size == 4);
	must("fadvise", posix_fadvise(IMAGE, 0, 0, POSIX_FADV_RANDOM) == 0);
	if (row()->scratch >= 0)
		do_scratch();
	must("no descriptor of others", fcntl((int)row()->descriptors, F_GETFD) < 0 &&
					    errno == EBADF && fcntl(20, F_GETFD) < 0 &&
					    errno == EBADF);
	must("write to stderr", write(2, "", 0) == 0);
	/* Paths can be asked for by such a call, and none leads anywhere. */
	if (as_root)
		must("no path",
		    syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, AT_EMPTY_PATH) < 0);
}

static int by_value(const void *a, const void *b)
{
	return *(const char *)a - *(const char *)b;
}

static void do_memory(void)
{
	char *v[100];

	for (size_t i = 0; i < COUNT(v); i++) {
		v[i] = malloc(i * 50000 + 1);
		must("malloc", v[i]);
		memset(v[i], (int)i, i * 50000 + 1);
		v[i] = realloc(v[i], i * 70000 + 1);
		must("realloc", v[i]);
	}
	qsort(v[99], 4000000, 1, by_value);
	for (size_t i = 0; i < COUNT(v); i++)
		free(v[i]);
}

static void do_all(const void *arg)
{
	struct pollfd p = { SOCKET, POLLIN, 0 };
	struct iovec io = { (char[]){ "hello" }, 5 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct timespec t;
	char c[5];

	(void)arg;
	do_files();
	do_memory();
	must("poll", poll(&p, 1, 0) == 1);
	must("recv", recv(SOCKET, c, 5, MSG_WAITALL) == 5 && memcmp(c, "hello", 5) == 0);
	if (row()->descriptors > OTHER_END) {
		must("sendmsg", sendmsg(SOCKET, &m, MSG_NOSIGNAL) == 5);
		must("send", send(SOCKET, c, 5, MSG_NOSIGNAL) == 5);
	}
	must("O_NONBLOCK", fcntl(SOCKET, F_SETFL, fcntl(SOCKET, F_GETFL) | O_NONBLOCK) == 0);
	must("the clock", syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t) == 0);
	must("close", close(SOCKET) == 0);
}

static void do_exit(const void *arg)
{
	(void)arg;
	do_memory();
	exit(7); /* handlers and all */
}

static void do_abort(const void *arg)
{
	(void)arg;
	abort();
}

/* More than the limit of addresses is refused, which malloc(3) says like any lack of memory. */
static void do_much(const void *arg)
{
	(void)arg;
	if (!malloc(row()->memory_bytes))
		_exit(REFUSED);
}

#if RI_SANITIZED
/* Its finding is told, whatever it takes to tell it. */
static void do_overflow(const void *arg)
{
	char *volatile p = malloc(10);

	(void)arg;
	p[10] = 1;
}

static void test_sanitizer(void **state)
{
	int status = end_of(do_overflow, NULL);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), DONE);
}
#endif

static void what_it_needs(void)
{
	int status = end_of(do_all, NULL);

	assert_int_equal(status, 0);
	status = end_of(do_exit, NULL);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_true(killed_by(end_of(do_abort, NULL), SIGABRT));
	status = end_of(do_much, NULL);
	assert_true(RI_SANITIZED || (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED));
}

static void test_what_it_needs(void **state)
{
	(void)state;
	for (kind = 0; kind < RI_CONFINED_KINDS; kind++)
		what_it_needs();
	kind = 0;
}

/* What a child says that is to fail at being confined, after @before. */
static void check_fails(void (*before)(void), const char *msg)
{
	struct ri_err e = { 0 };
	bool landlock;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		before();
		check_err(msg, ri_confine(row(), &landlock, &e), &e, RI_E_IO, msg);
		_exit(DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void *do_nothing(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void start_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, do_nothing, NULL) != 0)
		_exit(BROKEN);
}

static void lose_setuid(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct cap[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, cap) < 0)
		_exit(BROKEN);
	cap[0].permitted &= ~(1u << CAP_SETUID);
	cap[0].effective &= ~(1u << CAP_SETUID);
	if (syscall(SYS_capset, &head, cap) < 0)
		_exit(BROKEN);
}

static void test_all_or_nothing(void **state)
{
	(void)state;
	check_fails(start_thread, "confining the process: it has more than one thread");
	if (as_root)
		check_fails(lose_setuid,
		    "confining the process: becoming user 65534: Operation not permitted");
}

static void under_landlock(long version)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct ri_err e = { 0 };
	bool there;
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	must("to be set up", tcp >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
				 ri_landlock_nothing(&there, &e) == 0 && there);
	must("be refused to read", open(file, O_RDONLY) < 0 && errno == EACCES);
	must("be refused to list", open("/", O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES);
	must("be refused to write", open(file, O_WRONLY) < 0 && errno == EACCES);
	must("be refused to make", mkdir(tmp_path("d"), 0700) < 0 && errno == EACCES);
	must("be refused to remove", unlink(file) < 0 && errno == EACCES);
	must("be refused to execute",
	    execl("/bin/true", "true", (char *)NULL) < 0 && errno == EACCES);
	if (version >= 3)
		must("be refused to truncate", truncate(file, 0) < 0 && errno == EACCES);
	if (version >= 4)
		must("be refused to bind",
		    bind(tcp, (struct sockaddr *)&at, sizeof at) < 0 && errno == EACCES);
	if (version >= 6)
		must("be refused to signal", kill(getppid(), 0) < 0 && errno == EPERM);
}

/** Behind the list of system calls it is never asked, so it is tried alone. */
static void test_landlock(void **state)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
	int status;
	pid_t pid;

	(void)state;
	if (version <= 0) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		under_landlock(version);
		_exit(DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void refuse_landlock(int as)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	must("be refused Landlock", f &&
					seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)as),
					    SCMP_SYS(landlock_create_ruleset), 0) == 0 &&
					seccomp_load(f) == 0);
	seccomp_release(f);
}

/** A kernel without it, one that was started without it, and a container that keeps it away. */
static void test_no_landlock(void **state)
{
	static const int ways[] = { ENOSYS, EOPNOTSUPP, EPERM };

	(void)state;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct ri_err e = { 0 };
		bool there = true;
		int status, rules = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			refuse_landlock(ways[i]);
			must("do without its rules",
			    ri_landlock_rules(&rules, &e) == 0 && rules == -1);
			must("do without it", ri_landlock_nothing(&there, &e) == 0 && !there);
			_exit(DONE);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static int set_up(void **state)
{
	int fd;

	if (tmp_set_up(state) < 0)
		return -1;
	as_root = geteuid() == 0;
	snprintf(file, sizeof file, "%s", tmp_path("file"));
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, "file", 4) != 4)
		return -1;
	return close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_no_writing),
		cmocka_unit_test(test_nothing_shared),
		cmocka_unit_test(test_no_others),
		cmocka_unit_test(test_no_way_back),
		cmocka_unit_test(test_what_it_needs),
#if RI_SANITIZED
		cmocka_unit_test(test_sanitizer),
#endif
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_landlock),
		cmocka_unit_test(test_no_landlock),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
