// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Directories of the host: which ones are refused, and that nothing outside of one is ever reached. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/dir.h"
#include "host/hostfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NOBODY 65534

static void dir(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(tmp_path(name), 0700), 0);
	assert_int_equal(chmod(tmp_path(name), mode), 0);
}

static void file(const char *name)
{
	struct ri_err e = { 0 };

	check_ok(name, put_file(tmp_path(name), ri_str(name), 0600, &e), &e);
}

static bool there(const char *name)
{
	struct stat st;

	return lstat(tmp_path(name), &st) == 0;
}

static void refused(const char *name, const char *why)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };

	assert_int_equal(ri_dir_open(tmp_path(name), 0700, &d, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	if (!strstr(e.msg, why))
		fail_msg("%s: [%s] is not in [%s]", name, why, e.msg);
	assert_null(d.path);
}

static void opened(const char *name)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };

	check_ok(name, ri_dir_open(tmp_path(name), 0700, &d, &e), &e);
	assert_string_equal(d.path, tmp_path(name));
}

static void test_made_with_its_parents(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(ri_dir_open(tmp_path("a/b"), 0, &d, &e), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_false(there("a"));
	umask(0);
	opened("a/b");
	umask(0022);
	assert_int_equal(stat(tmp_path("a"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	opened("a/./b//");
	file("a/file");
	refused("a/file", "Not a directory");
	refused("a/file/x", "Not a directory");
}

static void test_writable_for_others(void **state)
{
	(void)state;
	dir("all", 0777);
	refused("all", "other users can write to /tmp/ramimg-test-");
	refused("all", "(mode 0777), and could redirect");
	refused("all/below", "chmod go-w");
	assert_false(there("all/below"));
	dir("group", 0770);
	refused("group", "(mode 0770)");
	/* Below a sticky one, what is ours stays ours; in it, another could have been first. */
	dir("sticky", 01777);
	refused("sticky", "(mode 1777)");
	opened("sticky/below");
	dir("readable", 0755);
	opened("readable");
}

static void test_links(void **state)
{
	(void)state;
	dir("place", 0700);
	assert_int_equal(symlink("place", tmp_path("link")), 0);
	opened("link");
	opened("link/below");
	assert_true(there("place/below"));
	assert_int_equal(symlink(tmpdir, tmp_path("place/up")), 0);
	opened("place/up/link/../place");
	assert_int_equal(symlink("loop", tmp_path("loop")), 0);
	refused("loop", "Too many levels of symbolic links");
	dir("all", 0777);
	assert_int_equal(symlink("all/below", tmp_path("to-all")), 0);
	refused("to-all", "other users can write to ");
}

/* As root alone: another user's directory, on the way or at its end, and another user's link. */
static void test_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("needs root, to give files to another user\n");
		skip();
	}
	dir("theirs", 0755);
	dir("theirs/mine", 0700);
	dir("sticky", 01777);
	dir("sticky/theirs", 0700);
	dir("place", 0700);
	assert_int_equal(symlink(tmp_path("place"), tmp_path("sticky/link")), 0);
	assert_int_equal(lchown(tmp_path("theirs"), NOBODY, NOBODY), 0);
	assert_int_equal(lchown(tmp_path("sticky/theirs"), NOBODY, NOBODY), 0);
	assert_int_equal(lchown(tmp_path("sticky/link"), NOBODY, NOBODY), 0);
	refused("theirs", "belongs to another user (uid 65534), who could redirect");
	refused("theirs/mine", "/theirs belongs to another user");
	refused("theirs/new", "/theirs belongs to another user");
	refused("sticky/theirs", "belongs to another user");
	refused("sticky/link", "that another user (uid 65534) made");
	assert_false(there("theirs/new"));
}

/* The working directory is a parent as well. */
static void test_relative(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ri_err e = { 0 };

	(void)state;
	dir("all", 0777);
	dir("all/mine", 0700);
	assert_int_equal(chdir(tmp_path("all/mine")), 0);
	assert_int_equal(ri_dir_open("out/x", 0700, &d, &e), -1);
	assert_non_null(strstr(e.msg, "/all (mode 0777)"));
	e = (struct ri_err){ 0 };
	assert_int_equal(chmod(tmp_path("all"), 0755), 0);
	check_ok("relative", ri_dir_open("out/x", 0700, &d, &e), &e);
	assert_int_equal(fchdir(here), 0);
	assert_string_equal(d.path, "out/x");
	assert_true(there("all/mine/out/x"));
}

static void names_stay_inside(const struct ri_dir *d)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir sub = { 0 };
	static const char *const bad[] = { "../outside", "..", "link", "/etc" };
	struct ri_err e;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(ri_dir_file(d, bad[i], O_RDONLY, &e), -1);
		assert_int_equal(ri_dir_create(d, bad[i], 0600, &e), -1);
		assert_int_equal(ri_dir_sub(d, bad[i], &sub, &e), -1);
	}
	assert_int_equal(ri_dir_remove(d, "../outside", &e), -1);
	assert_int_equal(ri_dir_remove(d, "..", &e), -1);
}

static void check_below(void)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir sub = { 0 };
	struct ri_dir none = { 0 };
	RI_STRV names = { 0 };
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };
	bool yes = true;

	check_ok("open", ri_dir_open(tmp_path("d"), 0700, &d, &e), &e);
	assert_int_equal(symlink(tmp_path("outside"), tmp_path("d/link")), 0);
	names_stay_inside(&d);
	check_ok("put", ri_dir_put(&d, "x", ri_str("old"), 0644, &e), &e);
	check_ok("again", ri_dir_put(&d, "x", ri_str("new"), 0600, &e), &e);
	check_ok("read", ri_file_read(tmp_path("d/x"), 3, &text, &e), &e);
	check_span("x", ri_buf_span(&text), ri_str("new"));
	check_ok("make", ri_dir_make(&d, "sub", &sub, &e), &e);
	assert_int_equal(ri_dir_make(&d, "sub", &none, &e), -1);
	assert_int_equal(e.sys, EEXIST);
	e = (struct ri_err){ 0 };
	check_ok("move", ri_dir_rename(&d, "x", &sub, "y", &e), &e);
	check_ok("has", ri_dir_has(&d, "x", &yes, &e), &e);
	assert_false(yes);
	check_ok("list", ri_dir_list(&d, &names, &e), &e);
	assert_int_equal(names.n, 2);
	assert_true(ri_strv_has(&names, "sub") && ri_strv_has(&names, "link"));
	/* A link goes, and what it leads to stays; a directory goes with what is in it. */
	check_ok("link", ri_dir_remove(&d, "link", &e), &e);
	check_ok("sub", ri_dir_remove(&d, "sub", &e), &e);
	check_ok("absent", ri_dir_remove(&d, "sub", &e), &e);
	assert_int_equal(tmp_count(tmp_path("d")), 0);
	assert_true(there("outside/kept"));
}

static void test_below(void **state)
{
	(void)state;
	dir("outside", 0700);
	file("outside/kept");
	check_below();
}

/* Do @check in a child for which the system calls of @filter fail. */
static void under(const struct sock_fprog *filter, void (*check)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter) < 0)
			_exit(2);
		check(); /* an assertion that fails ends the process in another way */
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)

/* On a kernel without openat2: a filter says that it is not there. */
static void test_below_without_openat2(void **state)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | ENOSYS),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { sizeof code / sizeof *code, code };

	(void)state;
	dir("outside", 0700);
	file("outside/kept");
	under(&filter, check_below);
}

static void test_removed_levels(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_dir_open(tmpdir, 0, &d, &e), &e);
	opened("a/b/c/d/e/f");
	assert_int_equal(ri_dir_remove(&d, "a", &e), -1);
	assert_int_equal(e.sys, ELOOP);
	assert_true(there("a/b/c/d/e"));
	e = (struct ri_err){ 0 };
	ri_dir_close(&d);
	check_ok("b", ri_dir_open(tmp_path("a/b"), 0, &d, &e), &e);
	check_ok("fewer", ri_dir_remove(&d, "c", &e), &e);
	assert_false(there("a/b/c"));
}

static void test_temporary(void **state)
{
	RI_FREE char *path = NULL;
	struct ri_dir d = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	check_ok("make", ri_dir_make_temporary(&d, &e), &e);
	path = strdup(d.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	check_ok("put", ri_dir_put(&d, "x", ri_str("x"), 0600, &e), &e);
	ri_dir_remove_temporary(&d);
	assert_int_equal(access(path, F_OK), -1);
	ri_dir_remove_temporary(&d); /* of no effect */
}

static void test_unnamed(void **state)
{
	RI_FD int fd = -1;
	struct ri_err e = { 0 };

	(void)state;
	fd = ri_dir_unnamed(tmpdir, &e);
	assert_true(fd >= 0);
	assert_int_equal(tmp_count(tmpdir), 0);
	check_ok("write", ri_file_write(fd, ri_str("x"), "x", &e), &e);
	/* One that has no such files, nor any that can be created. */
	assert_int_equal(ri_dir_unnamed("/proc/self", &e), -1);
	assert_non_null(strstr(e.msg, "cannot create /proc/self/ramimg-"));
}

static void check_named(void)
{
	RI_FD int fd = -1;
	struct ri_err e = { 0 };

	fd = ri_dir_unnamed(tmpdir, &e);
	assert_true(fd >= 0);
	assert_int_equal(tmp_count(tmpdir), 0);
	check_ok("write", ri_file_write(fd, ri_str("x"), "x", &e), &e);
	assert_int_equal(ri_dir_unnamed("/no/such", &e), -1);
	assert_non_null(strstr(e.msg, "cannot open the directory /no/such"));
}

/* It would stay there. */
static void check_unremovable(void)
{
	struct ri_err e = { 0 };

	assert_int_equal(ri_dir_unnamed(tmpdir, &e), -1);
	assert_int_equal(e.sys, EROFS);
	assert_non_null(strstr(e.msg, "cannot remove /tmp/ramimg-test-"));
}

/* On a file system that has only files with names. */
static void test_unnamed_elsewhere(void **state)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_unlinkat, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | EROFS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
		LOAD(args[2]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | EOPNOTSUPP),
		ANSWER(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof code / sizeof *code, code };

	(void)state;
	under(&filter, check_unremovable);
	assert_int_equal(tmp_count(tmpdir), 1);
	code[2].k = SECCOMP_RET_ALLOW;
	assert_int_equal(nftw(tmpdir, tmp_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
	assert_int_equal(mkdir(tmpdir, 0700), 0);
	under(&filter, check_named);
}

/* A component of as many bytes as there may be, and of more. */
static void test_long_names(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	char name[NAME_MAX + 4] = "", path[sizeof tmpdir + sizeof name + 1];
	struct ri_err e = { 0 };
	bool yes;

	(void)state;
	memset(name, 'n', NAME_MAX);
	snprintf(path, sizeof path, "%s/%s", tmpdir, name);
	check_ok("long", ri_dir_open(path, 0700, &d, &e), &e);
	assert_int_equal(access(path, F_OK), 0);
	ri_dir_close(&d);
	for (size_t n = NAME_MAX; n < NAME_MAX + 3; n++) {
		name[n] = 'n';
		snprintf(path, sizeof path, "%s/%s", tmpdir, name);
		assert_int_equal(ri_dir_open(path, 0700, &d, &e), -1);
		assert_int_equal(e.sys, ENAMETOOLONG);
	}
	e = (struct ri_err){ 0 };
	check_ok("open", ri_dir_open(tmpdir, 0, &d, &e), &e);
	assert_int_equal(ri_dir_has(&d, name, &yes, &e), -1);
	assert_int_equal(e.sys, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_made_with_its_parents, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_writable_for_others, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_links, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_of_another_user, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_relative, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_below, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_below_without_openat2, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_removed_levels, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_temporary),
		cmocka_unit_test_setup_teardown(test_unnamed, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_unnamed_elsewhere, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_long_names, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
