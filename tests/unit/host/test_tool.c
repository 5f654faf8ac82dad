// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What becomes of a process that is about to be a program of QEMU's: who it is, and which system calls fail.
 * That QEMU's real programs can do their work so is shown wherever they run in these tests.
 */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "host/confine.h"
#include "host/process.h"
#include "host/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <linux/capability.h>

#define BROKEN 250 /* exit status: it was not confined at all */
#define P(pointer) ((long)(uintptr_t)(pointer))
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct ri_tool_file files[3];
static char mine[160], readable[160], other[160];
static bool landlock;

static int set_up(void **state)
{
	struct ri_err e;
	int rules;

	if (tmp_set_up(state) < 0 || chmod(tmpdir, 0755) < 0 || ri_landlock_rules(&rules, &e) < 0)
		return -1;
	landlock = rules >= 0;
	if (landlock)
		close(rules);
	snprintf(mine, sizeof mine, "%s/mine", tmpdir);
	snprintf(readable, sizeof readable, "%s/readable", tmpdir);
	snprintf(other, sizeof other, "%s/other", tmpdir);
	for (const char *const *p = (const char *const[]){ mine, readable, other, NULL }; *p; p++) {
		int fd = open(*p, O_CREAT | O_WRONLY, 0644);

		if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) < 0)
			return -1;
	}
	files[0] = (struct ri_tool_file){ mine, RI_LANDLOCK_WRITE };
	files[1] = (struct ri_tool_file){ readable, RI_LANDLOCK_READ };
	return 0;
}

static const struct ri_tool of_image = { .files = files, .n = 2 };

/* How a child ends that is confined as @t says, and then does @fn. */
static int end_of(const struct ri_tool *t, int (*fn)(const void *arg), const void *arg)
{
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;
	struct ri_err e = { 0 };
	int status;
	pid_t pid;

	check_ok("prepare", ri_tool_prepare(t, "true", &r, &e), &e);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (ri_tool_enter(&r) < 0)
			_exit(BROKEN);
		_exit(fn(arg));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

struct call {
	const char *name;
	int why; /* errno, 0 if it can */
	long nr, arg[5];
};

static int make_call(const void *arg)
{
	const struct call *c = arg;
	const long *a = c->arg;

	return syscall(c->nr, a[0], a[1], a[2], a[3], a[4]) < 0 ? errno : 0;
}

static void check_calls(const struct call *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int why = end_of(&of_image, make_call, &c[i]);

		if (why != c[i].why)
			fail_msg("%s: %s, want %s", c[i].name, strerror(why), strerror(c[i].why));
	}
}

static void test_files(void **state)
{
	const long at = AT_FDCWD;
	const struct call calls[] = {
		{ "its file", 0, SYS_openat, { at, P(mine), O_RDWR } },
		{ "its file, made again", 0, SYS_openat, { at, P(mine), O_RDWR | O_CREAT, 0644 } },
		{ "truncate its file", 0, SYS_truncate, { P(mine), 1 } },
		{ "a file to be read", 0, SYS_openat, { at, P(readable), O_RDONLY } },
		{ "a library", 0, SYS_openat, { at, P("/etc/ld.so.cache"), O_RDONLY } },
		{ "write what is to be read", EACCES, SYS_openat, { at, P(readable), O_WRONLY } },
		{ "truncate it", EACCES, SYS_truncate, { P(readable), 0 } },
		{ "another file", EACCES, SYS_openat, { at, P(other), O_RDONLY } },
		{ "a file of the system", EACCES, SYS_openat, { at, P("/etc/passwd"), O_RDONLY } },
		{ "its directory", EACCES, SYS_openat, { at, P(tmpdir), O_RDONLY | O_DIRECTORY } },
		{ "a device", EACCES, SYS_openat, { at, P("/dev/zero"), O_RDWR } },
		{ "make a directory", EACCES, SYS_mkdirat, { at, P(tmp_path("new")), 0755 } },
		{ "link", EACCES, SYS_linkat, { at, P(mine), at, P(tmp_path("link")), 0 } },
		{ "remove", EACCES, SYS_unlinkat, { at, P(mine), 0 } },
		{ "rename", EACCES, SYS_renameat2, { at, P(mine), at, P(tmp_path("new")), 0 } },
	};

	(void)state;
	if (!landlock) {
		print_message("skipped: this kernel has no Landlock\n");
		skip();
	}
	check_calls(calls, COUNT(calls));
}

static void test_system_calls(void **state)
{
	const struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/notify" };
	const long parent = getpid();
	const struct call calls[] = {
		{ "fork", EPERM, SYS_fork, { 0 } },
		{ "vfork", EPERM, SYS_vfork, { 0 } },
		{ "clone", EPERM, SYS_clone, { SIGCHLD } },
		{ "clone3", ENOSYS, SYS_clone3, { 0 } },
		{ "socket", EPERM, SYS_socket, { AF_UNIX, SOCK_STREAM } },
		{ "internet socket", EPERM, SYS_socket, { AF_INET, SOCK_DGRAM } },
		{ "connect", EPERM, SYS_connect, { 0, P(&at), sizeof at } },
		{ "ptrace", EPERM, SYS_ptrace, { PTRACE_ATTACH, parent } },
		{ "process_vm_readv", EPERM, SYS_process_vm_readv, { parent } },
		{ "mount", EPERM, SYS_mount, { P("x"), P(tmpdir), P("tmpfs") } },
		{ "mknod", EPERM, SYS_mknodat, { AT_FDCWD, P(tmp_path("n")), S_IFCHR | 0600, 1 } },
		{ "chroot", EPERM, SYS_chroot, { P("/") } },
		{ "unshare", EPERM, SYS_unshare, { CLONE_NEWUSER } },
		{ "setuid", EPERM, SYS_setuid, { 0 } },
		{ "bpf", EPERM, SYS_bpf, { 0 } },
		{ "init_module", EPERM, SYS_init_module, { 0 } },
		{ "io_uring", EPERM, SYS_io_uring_setup, { 1 } },
		{ "reboot", EPERM, SYS_reboot, { 0 } },
		{ "read", 0, SYS_read, { 0, 0, 0 } },
		{ "its number", 0, SYS_getpid, { 0 } },
	};

	(void)state;
	check_calls(calls, COUNT(calls));
}

/* What of a status is in the exit status. */
enum { NOBODY = 1, CAPABLE = 2, OVERRIDES = 4, BOUND = 8, NEW_PRIVS = 16, CORE = 32 };

static int who(const void *arg)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];
	struct rlimit core;
	int said = 0;

	(void)arg;
	if (syscall(SYS_capget, &head, d) < 0 || getrlimit(RLIMIT_CORE, &core) < 0)
		return BROKEN;
	said |= getuid() == RI_CONFINED_ID && getgid() == RI_CONFINED_ID ? NOBODY : 0;
	if (d[0].permitted == 1u << CAP_DAC_OVERRIDE && d[0].effective == d[0].permitted)
		said |= OVERRIDES;
	else if (d[0].permitted | d[0].effective)
		said |= CAPABLE;
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap) == 1 && cap != CAP_DAC_OVERRIDE)
			said |= BOUND;
	said |= (d[0].inheritable | d[1].permitted | d[1].inheritable) ? CAPABLE : 0;
	said |= prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : NEW_PRIVS;
	return said | (core.rlim_max == 0 ? 0 : CORE);
}

static void test_who_it_is(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		/* Whoever it is, who has not a right more than he can be seen to have. */
		assert_int_equal(end_of(&of_image, who, NULL) & ~BOUND, 0);
		return;
	}
	assert_int_equal(chmod(mine, 0666), 0);
	assert_int_equal(end_of(&of_image, who, NULL), NOBODY);
	assert_int_equal(chmod(mine, 0644), 0); /* root's own */
	assert_int_equal(end_of(&of_image, who, NULL), 0);
	assert_int_equal(chown(mine, 1, 1), 0); /* another's, to be written */
	assert_int_equal(end_of(&of_image, who, NULL), OVERRIDES);
	assert_int_equal(chown(mine, 0, 0), 0);
}

/* A virtual machine's QEMU starts as root, to become another user itself. */
static void test_appliance(void **state)
{
	const struct ri_tool t = { .files = files, .n = 2, .appliance = true };
	const struct call socket = { "socket", 0, SYS_socket, { AF_UNIX, SOCK_STREAM } };
	const struct call setuid = { "setuid", 0, SYS_setresuid, { 65534, 65534, 65534 } };
	const struct call passwd = { "passwd", 0, SYS_openat, { AT_FDCWD, P("/etc/passwd"), 0 } };

	(void)state;
	assert_int_equal(end_of(&t, make_call, &socket), 0);
	if (geteuid() == 0)
		assert_int_equal(end_of(&t, make_call, &setuid), 0);
	if (landlock)
		assert_int_equal(end_of(&t, make_call, &passwd), EACCES);
}

/* Through the whole way that a program is started: the right file is read, and another is not. */
static void test_a_program(void **state)
{
	const struct ri_process_opts opts = { .timeout_s = 60, .tool = &of_image };
	const char *argv[] = { "cat", readable, NULL };
	struct ri_process_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("a program", ri_process_run(argv, &opts, &r, &e), &e);
	assert_int_equal(r.status, 0);
	assert_int_equal(r.out.n, 1);
	ri_process_result_free(&r);
	argv[1] = other;
	check_ok("a program", ri_process_run(argv, &opts, &r, &e), &e);
	assert_int_equal(r.status, landlock ? 1 : 0);
	ri_process_result_free(&r);
	argv[0] = "no-such-program";
	check_err("none", ri_process_run(argv, &opts, &r, &e), &e, RI_E_IO,
	    "cannot run no-such-program: No such file or directory");
}

/* As PATH has it, but for what is relative; and the reason where nothing is. */
static void test_where_it_is(void **state)
{
	const struct {
		const char *path, *name, *want; /* a sentence where it cannot be had */
	} rows[] = {
		{ NULL, "sh", "/usr/bin/sh" },
		{ "::.:bin:/no/such:/dev/null:/usr/bin", "sh", "/usr/bin/sh" },
		{ "/no/such", "/bin/sh", "/bin/sh" },
		{ "", "sh", "cannot run sh: No such file or directory" },
		{ ".", "mine", "cannot run mine: No such file or directory" },
		{ tmpdir, "mine", "cannot run mine: Permission denied" },
	};
	RI_FREE char *before = strdup(getenv("PATH"));
	RI_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(tmpdir), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;
		struct ri_err e = { 0 };
		int rc;

		if (rows[i].path)
			setenv("PATH", rows[i].path, 1);
		else
			unsetenv("PATH");
		rc = ri_tool_prepare(&of_image, rows[i].name, &r, &e);
		if (rows[i].want[0] == '/') {
			check_ok(rows[i].want, rc, &e);
			assert_string_equal(r.program, rows[i].want);
		} else {
			check_err(rows[i].name, rc, &e, RI_E_IO, rows[i].want);
		}
	}
	setenv("PATH", before, 1);
	assert_int_equal(fchdir(here), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_system_calls),
		cmocka_unit_test(test_who_it_is),
		cmocka_unit_test(test_appliance),
		cmocka_unit_test(test_a_program),
		cmocka_unit_test(test_where_it_is),
	};

	return cmocka_run_group_tests(tests, set_up, tmp_tear_down);
}
