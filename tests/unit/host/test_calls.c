// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is left, and said, where a call of the kernel fails: each in turn. So long because one source alone of a
 * program can include unit/calls.h, and all of builder/host is in this one.
 */
#include "unit/host/sweep.h"

#include "unit/files.h"

#include "host/confine.h"
#include "host/dir.h"
#include "host/pending.h"
#include "host/privileges.h"
#include "host/process.h"
#include "host/sha256.h"
#include "host/tool_link.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>

static bool there(const char *name)
{
	struct stat st;

	return lstat(tmp_path(name), &st) == 0;
}

static void remove_all(const char *name)
{
	if (there(name))
		assert_int_equal(nftw(tmp_path(name), tmp_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static struct ri_dir work; /* the test's own */

static int set_up(void **state)
{
	struct ri_err e;

	return tmp_set_up(state) < 0 || mkdir(tmp_path("work"), 0700) < 0 ||
		       mkdir(tmp_path("place"), 0700) < 0 ||
		       symlink(tmp_path("place"), tmp_path("absolute")) < 0 ||
		       symlink("absolute", tmp_path("link")) < 0
		   ? -1
		   : ri_dir_open(tmp_path("work"), 0, &work, &e);
}

static int tear_down(void **state)
{
	ri_dir_close(&work);
	return tmp_tear_down(state);
}

static const char old[] = "as it was\n", new[] = "and as it will be\n";

static int put(const void *row, struct ri_err *e)
{
	(void)row;
	return ri_dir_put(&work, "file", ri_str(new), 0600, e);
}

/* All of one or all of the other; the next time begins with the old one. */
static void after_put(int now)
{
	RI_BUF found = { 0 };
	struct ri_err e = { 0 };

	if (there("work/file")) {
		check_ok("read", ri_file_read(tmp_path("work/file"), 64, &found, &e), &e);
		if (now == 0 || !ri_span_eq(ri_buf_span(&found), ri_str(old)))
			check_span("what was put", ri_buf_span(&found), ri_str(new));
	}
	assert_int_equal(tmp_count(tmp_path("work")), 1);
	check_ok("old", put_file(tmp_path("work/file"), ri_str(old), 0600, &e), &e);
}

/* Over links, and made. */
static int use(const void *row, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir sub = { 0 };
	RI_STRV names = { 0 };
	RI_FD int fd = -1;
	bool yes = true;

	(void)row;
	if (ri_dir_open(tmp_path("link/new"), 0700, &d, e) < 0 ||
	    ri_dir_has(&d, "x", &yes, e) < 0 || ri_dir_make(&d, "sub", &sub, e) < 0 ||
	    ri_dir_symlink(&d, "link", "x", e) < 0)
		return -1;
	fd = ri_dir_create(&d, "x", 0600, e);
	if (fd < 0 || ri_dir_chmod(&d, "x", 0640, e) < 0 ||
	    ri_dir_rename(&d, "x", &sub, "y", e) < 0 || ri_dir_list(&d, &names, e) < 0 ||
	    ri_dir_sync(&d, e) < 0 || ri_dir_remove(&d, "sub", e) < 0)
		return -1;
	return !yes && names.n == 2 ? 0 : ri_fail(e, RI_E_IO, EDOM, "%zu names", names.n);
}

static void after_use(int now)
{
	if (now == 0)
		assert_int_equal(tmp_count(tmp_path("place/new")), 1);
	remove_all("place/new");
}

static int relative(const void *row, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };

	(void)row;
	return ri_dir_open("place", 0, &d, e);
}

static void nothing_made(int now)
{
	(void)now;
	assert_int_equal(tmp_count(tmp_path("work")), 0);
}

static int create(const void *row, struct ri_err *e)
{
	int fd = ri_dir_create(&work, "file", 0600, e);

	(void)row;
	if (fd < 0)
		return -1;
	close(fd);
	assert_int_equal(unlink(tmp_path("work/file")), 0);
	return 0;
}

static int create_new(const void *row, struct ri_err *e)
{
	RI_FREE char *name = NULL;
	int fd = ri_dir_create_new(&work, "some-", 0600, &name, e);
	char path[64];

	(void)row;
	if (fd < 0)
		return -1;
	close(fd);
	snprintf(path, sizeof path, "work/%s", name);
	assert_int_equal(unlink(tmp_path(path)), 0);
	return 0;
}

static int make_sub(const void *row, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir sub = { 0 };

	(void)row;
	if (ri_dir_make(&work, "sub", &sub, e) < 0)
		return -1;
	assert_int_equal(rmdir(tmp_path("work/sub")), 0);
	return 0;
}

/* As deep as it goes. */
static int remove_deep(const void *row, struct ri_err *e)
{
	struct ri_err ignored = { 0 };

	(void)row;
	check_ok("tree", make_dirs(tmp_path("work/a/b/c/d"), &ignored), &ignored);
	assert_int_equal(symlink("x", tmp_path("work/a/b/c/d/link")), 0);
	return ri_dir_remove(&work, "a", e);
}

static void after_deep(int now)
{
	assert_int_equal(there("work/a"), now != 0);
	remove_all("work/a");
}

static int unnamed(const void *row, struct ri_err *e)
{
	RI_FD int fd = ri_dir_unnamed(work.path, e);

	(void)row;
	return fd < 0 ? -1 : 0;
}

static char temporary[64];

static int make_temporary(const void *row, struct ri_err *e)
{
	struct ri_dir d = { 0 };

	(void)row;
	if (ri_dir_make_temporary(&d, e) < 0)
		return -1;
	snprintf(temporary, sizeof temporary, "%s", d.path);
	ri_dir_close(&d);
	return 0;
}

static int remove_temporary(const void *row, struct ri_err *e)
{
	size_t left = calls_left;
	struct ri_dir d = { 0 };

	(void)row;
	calls_left = 0;
	if (ri_dir_make_temporary(&d, e) < 0)
		return -1;
	snprintf(temporary, sizeof temporary, "%s", d.path);
	calls_left = left;
	ri_dir_remove_temporary(&d);
	assert_null(d.path);
	return 0;
}

static void after_making(int now)
{
	if (now == 0)
		assert_int_equal(rmdir(temporary), 0);
}

/* What it could not remove is empty. */
static void after_removing(int now)
{
	assert_int_equal(now, 0);
	assert_int_equal(rmdir(temporary), calls_failed ? 0 : -1);
}

static void test_directories(void **state)
{
	static const struct row rows[] = {
		{ .name = "use", .op = use, .after = after_use, .least = 40 },
		{ .name = "relative", .op = relative, .least = 8 },
		{ .name = "create", .op = create, .after = nothing_made, .least = 2 },
		{ .name = "new", .op = create_new, .after = nothing_made, .least = 3 },
		{ .name = "make", .op = make_sub, .after = nothing_made, .least = 3 },
		{ .name = "deep", .op = remove_deep, .after = after_deep, .least = 30 },
		{ .name = "unnamed",
		    .op = unnamed,
		    .after = nothing_made,
		    .ignored = { "open64" },
		    .least = 1 },
		{ .name = "temporary", .op = make_temporary, .after = after_making, .least = 4 },
		{ .name = "removing it",
		    .op = remove_temporary,
		    .after = after_removing,
		    .ignored = { "any" },
		    .least = 6 },
	};
	RI_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(chdir(tmpdir), 0);
	SWEEP(rows);
	assert_int_equal(fchdir(here), 0);
}

static void test_put(void **state)
{
	static const struct row row = { .name = "put", .op = put, .after = after_put, .least = 6 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("old", put_file(tmp_path("work/file"), ri_str(old), 0600, &e), &e);
	sweep(&row, 1);
	assert_int_equal(calls_each("put", "write", ENOSPC, put, check_row, &row), 1);
	remove_all("work/file");
}

/* Two files, of which one is looked at by every way there is. */
static int use_files(const void *row, struct ri_err *e)
{
	RI_FD int fd = -1;
	char back[8], hex[RI_SHA256_HEX + 1];
	RI_BUF text = { 0 };

	(void)row;
	fd = ri_dir_create(&work, "file", 0600, e);
	if (fd < 0)
		return -1;
	if (ri_file_write(fd, ri_str(old), "it", e) < 0)
		return -1;
	if (ri_file_write_at(fd, "more", 4, sizeof old - 1) < 0 ||
	    ri_file_read_at(fd, back, 4, sizeof old - 1) != 4)
		return ri_fail(e, RI_E_IO, errno, "at an offset");
	if (ri_file_sync(tmp_path("work/file"), e) < 0 ||
	    ri_file_read(tmp_path("work/file"), 100, &text, e) < 0 ||
	    ri_sha256_file(tmp_path("work/file"), hex, NULL, e) < 0)
		return -1;
	return text.n == sizeof old + 3 && memcmp(back, "more", 4) == 0
		   ? 0
		   : ri_fail(e, RI_E_IO, EDOM, "its content");
}

static void after_files(int now)
{
	(void)now;
	remove_all("work/file");
}

static int keep(const void *row, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;

	(void)row;
	return ri_pending_open(tmp_path("work/file"), 0600, &p, e) < 0 ||
		       ri_file_write(p.fd, ri_str(new), "it", e) < 0 || ri_pending_keep(&p, e) < 0
		   ? -1
		   : 0;
}

static int drop(const void *row, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;

	(void)row;
	return ri_pending_open(tmp_path("work/file"), 0600, &p, e);
}

/* All of it under its name, or nothing at all; only what cannot be removed stays. */
static void after_pending(int now)
{
	RI_BUF found = { 0 };
	struct ri_err e = { 0 };

	if (there("work/file")) {
		check_ok("read", ri_file_read(tmp_path("work/file"), 64, &found, &e), &e);
		check_span("what was kept", ri_buf_span(&found), ri_str(new));
		assert_int_equal(tmp_count(tmp_path("work")), 1);
	} else if (!calls_failed || strcmp(calls_failed, "unlinkat") != 0) {
		assert_int_equal(tmp_count(tmp_path("work")), 0);
	}
	(void)now;
	remove_all("work");
	assert_int_equal(mkdir(tmp_path("work"), 0700), 0);
	ri_dir_close(&work);
	check_ok("work", ri_dir_open(tmp_path("work"), 0, &work, &e), &e);
}

static int allow(const void *row, struct ri_err *e)
{
	RI_FD int rules = -1;

	(void)row;
	if (ri_landlock_rules(&rules, e) < 0)
		return -1;
	if (rules < 0)
		return 0;
	return ri_landlock_allow(rules, work.path, RI_LANDLOCK_FILL, e) < 0 ||
		       ri_landlock_allow(rules, "/dev/null", RI_LANDLOCK_WRITE, e) < 0 ||
		       ri_landlock_allow(rules, "/no/such", RI_LANDLOCK_READ, e) < 0 ||
		       ri_landlock_allow(rules, "/dev/null/x", RI_LANDLOCK_READ, e) < 0
		   ? -1
		   : 0;
}

static size_t not_closed;

static void after_close(const void *row, int now, const struct ri_err *e)
{
	(void)row;
	if (now < 0) {
		assert_int_equal(e->sys, ENOSPC);
		assert_false(there("work/file"));
		not_closed++;
	}
	after_pending(now);
}

static int ask(const void *row, struct ri_err *e)
{
	RI_FD int rules = -1;

	(void)row;
	if (ri_landlock_rules(&rules, e) < 0)
		return -1;
	return calls_failed && rules >= 0 ? ri_fail(e, RI_E_IO, EDOM, "there are rules") : 0;
}

static void test_files(void **state)
{
	static const struct row rows[] = {
		{ .name = "files", .op = use_files, .after = after_files, .least = 13 },
		{ .name = "keep", .op = keep, .after = after_pending, .least = 6 },
		{ .name = "drop",
		    .op = drop,
		    .after = after_pending,
		    .ignored = { "unlinkat" },
		    .least = 4 },
		{ .name = "landlock", .op = allow, .least = 1 },
	};
	static const char *const again[] = { "read", "write", "pread64", "pwrite64" };

	(void)state;
	SWEEP(rows);
	for (size_t i = 0; i < sizeof again / sizeof *again; i++)
		interrupt(&rows[0], again[i]);
	/* What the kernel wrote when the file was closed. */
	assert_true(calls_each("keep", "close", ENOSPC, keep, after_close, &rows[1]) > 1);
	assert_int_equal(not_closed, 1);
}

/* On a kernel that is too old for it, or has it turned off. */
static void test_without(void **state)
{
	static const struct row rows[] = {
		{ .name = "use", .op = use, .after = after_use, .ignored = { "openat2" } },
		{ .name = "landlock", .op = ask, .ignored = { "landlock" } },
	};

	(void)state;
	descriptors = tmp_count("/proc/self/fd");
	assert_true(calls_each("use", "openat2", ENOSYS, use, check_row, &rows[0]) >= 5);
	assert_true(calls_each("use", "openat2", EPERM, use, check_row, &rows[0]) >= 5);
	assert_true(calls_each("landlock", "landlock", ENOSYS, ask, check_row, &rows[1]) > 0);
	assert_true(calls_each("landlock", "landlock", EOPNOTSUPP, ask, check_row, &rows[1]) > 0);
}

/** What a child says of @fn, which is to give up rights, unless it becomes true(1). */
struct told {
	int now;
	struct ri_err e;
	bool landlock; /* it has it */
};
static struct told *told; /* in memory that both have */

static int in_child(int (*fn)(struct ri_err *e), struct ri_err *e)
{
	int status;
	pid_t pid;

	*told = (struct told){ 0 };
	pid = fork();
	if (pid == 0) {
		told->now = fn(&told->e);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	if (told->now < 0)
		*e = told->e;
	return told->now;
}

static int confine(struct ri_err *e)
{
	bool landlock = false;
	int rc = ri_confine(&ri_confinements[RI_CONFINED_READER], &landlock, e);

	told->landlock = landlock;
	return rc;
}

static int be_confined(const void *row, struct ri_err *e)
{
	(void)row;
	return in_child(confine, e);
}

static int shed(struct ri_err *e)
{
	return ri_privileges_shed(true, e);
}

static int be_shed(const void *row, struct ri_err *e)
{
	(void)row;
	return in_child(shed, e);
}

static struct ri_tool_ready ready;

/* Whichever user it is: it can neither be more again nor start anything. */
static bool has_little(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];

	return syscall(SYS_capget, &head, d) == 0 &&
	       ((d[0].permitted | d[0].effective) & ~(1u << CAP_DAC_OVERRIDE)) == 0 &&
	       (d[1].permitted | d[1].effective) == 0 &&
	       (geteuid() != 0 || prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0) &&
	       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 && setuid(0) < 0 && errno == EPERM &&
	       syscall(SYS_fork) < 0 && errno == EPERM;
}

static int enter(struct ri_err *e)
{
	if (ri_tool_enter(&ready) < 0)
		return ri_fail(e, RI_E_IO, errno, "entering");
	calls_left = 0;
	return has_little() ? 0 : ri_fail(e, RI_E_IO, EDOM, "it can do too much");
}

/* Of a file that anybody, or only root, can write to. */
static int be_tool(const struct ri_tool_file *file, struct ri_err *e)
{
	const struct ri_tool t = { .files = file, .n = 1 };
	int rc;

	if (ri_tool_prepare(&t, "true", &ready, e) < 0)
		return -1;
	rc = in_child(enter, e);
	ri_tool_free(&ready);
	return rc;
}

static int be_nobody(const void *row, struct ri_err *e)
{
	static const struct ri_tool_file file = { "/dev/null", RI_LANDLOCK_WRITE };

	(void)row;
	return be_tool(&file, e);
}

static int be_root(const void *row, struct ri_err *e)
{
	const struct ri_tool_file file = { work.path, RI_LANDLOCK_FILL };

	(void)row;
	return be_tool(&file, e);
}

static int link_tool(const void *row, struct ri_err *e)
{
	static const struct ri_tool_file file = { "/dev/zero", RI_LANDLOCK_READ };
	const struct ri_tool tool = { .files = &file, .n = 1 };
	const struct ri_strv none = { 0 };

	(void)row;
	return ri_tool_link(&work, "/bin/true", &none, &tool, e);
}

static void after_link(int now)
{
	if (now == 0)
		assert_int_equal(tmp_count(tmp_path("work")), 2);
	else
		assert_false(there("work/" RI_TOOL_LINK));
	remove_all("work/" RI_TOOL_LINK);
}

static int become(struct ri_err *e)
{
	char *argv[] = { (char *)(uintptr_t)tmp_path("work/" RI_TOOL_LINK), NULL };

	return ri_tool_become(1, argv, e);
}

static int be_linked(const void *row, struct ri_err *e)
{
	(void)row;
	return in_child(become, e);
}

static int prepare(const void *row, struct ri_err *e)
{
	static const struct ri_tool_file file = { "/dev/zero", RI_LANDLOCK_READ };
	const struct ri_tool tool = { .files = &file, .n = 1 };
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;

	(void)row;
	return ri_tool_prepare(&tool, "true", &r, e);
}

static void not_in_force(const void *row, int now, const struct ri_err *e)
{
	(void)row, (void)e;
	if (now == 0 && calls_failed)
		assert_false(told->landlock);
}

/* The rest has to do. */
static void without_landlock(void)
{
	static const struct row row = { .name = "nobody", .ignored = { "landlock" } };

	calls_each_of_child("confine", "landlock", ENOSYS, be_confined, not_in_force, &row);
	assert_int_equal(told->now, 0);
	calls_each("nobody", "landlock", ENOSYS, be_nobody, NULL, &row);
	assert_int_equal(told->now, 0);
}

static void test_confinement(void **state)
{
	static const struct row rows[] = {
		{ .name = "prepare", .op = prepare, .ignored = { "access" }, .least = 10 },
		{ .name = "nobody",
		    .op = be_nobody,
		    .child = true,
		    .ignored = { "trying" },
		    .least = 10 },
		{ .name = "root",
		    .op = be_root,
		    .child = true,
		    .ignored = { "trying" },
		    .least = 10 },
		{ .name = "link", .op = link_tool, .after = after_link, .least = 8 },
		{ .name = "confine", .op = be_confined, .child = true, .least = 50 },
		{ .name = "shed", .op = be_shed, .child = true, .least = 3 },
	};
	static const struct row linked = { .name = "linked",
		.op = be_linked,
		.child = true,
		.ignored = { "trying" },
		.least = 10 };
	struct ri_err e = { 0 };

	(void)state;
	told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(told != MAP_FAILED);
	SWEEP(rows);
	check_ok("link", link_tool(NULL, &e), &e);
	sweep(&linked, 1);
	without_landlock();
	munmap(told, sizeof *told);
}

static int start(const void *row, struct ri_err *e)
{
	static const struct ri_tool_file file = { "/dev/zero", RI_LANDLOCK_READ };
	static const struct ri_tool tool = { .files = &file, .n = 1 };
	static const char *const argv[] = { "cat", "/no/such/file", NULL };
	const struct ri_child_opts o = { .argv = argv,
		.tool = &tool,
		.fds = { { work.fd, 7 }, { work.fd, 1 } },
		.n_fds = 2,
		.activated = true,
		.own_group = true,
		.death_signal = SIGKILL };
	RI_ON_EXIT(ri_child_close) struct ri_child c = RI_CHILD_INIT;
	char said[100];
	int rc;

	(void)row;
	if (ri_child_start(&o, &c, e) < 0)
		return -1;
	if (ri_child_hear(&c, INT64_MAX, said, sizeof said) == 0)
		return ri_fail(e, RI_E_IO, calls_errnum, "nothing was heard");
	do /* a signal cuts it short */
		rc = ri_child_wait(&c, 20000);
	while (rc == 0);
	if (rc < 0)
		return ri_fail(e, RI_E_IO, errno, "waiting");
	return rc == 1 && WIFEXITED(c.status) && WEXITSTATUS(c.status) == 1
		   ? 0
		   : ri_fail(e, RI_E_IO, EDOM, "its end");
}

static int run(const void *row, struct ri_err *e)
{
	static const char *const argv[] = { "sh", "-c", "echo one; echo two >&2", NULL };
	RI_BUF out = { 0 };

	(void)row;
	if (ri_process_check(argv, NULL, &out, e) < 0)
		return -1;
	return ri_span_eq(ri_buf_span(&out), ri_str("one\n"))
		   ? 0
		   : ri_fail(e, RI_E_IO, EDOM, "its output");
}

static void test_programs(void **state)
{
	static const struct row rows[] = {
		{ .name = "start",
		    .op = start,
		    .ignored = { "access", "poll", "read" },
		    .least = 10 },
		{ .name = "its start",
		    .op = start,
		    .child = true,
		    .ignored = { "trying" },
		    .least = 10 },
		{ .name = "run", .op = run, .least = 8 },
	};
	static const char *const again[] = { "read", "poll", "waitpid" };

	(void)state;
	SWEEP(rows);
	for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
		interrupt(&rows[0], again[i]);
		interrupt(&rows[2], again[i]);
	}
}

/* A /proc that cannot be read has no children. */
static int count(const void *arg, struct ri_err *e)
{
	int n = ri_process_count_children("tail");

	(void)arg;
	return n == 1 ? 0 : ri_fail(e, RI_E_IO, n == 0 ? calls_errnum : EDOM, "%d", n);
}

static void test_children(void **state)
{
	static const char *const argv[] = { "tail", "-f", "/dev/null", NULL };
	const struct ri_child_opts o = { .argv = argv };
	RI_ON_EXIT(ri_child_close) struct ri_child c = RI_CHILD_INIT;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("start", ri_child_start(&o, &c, &e), &e);
	assert_true(calls_each("count", NULL, EIO, count, NULL, NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_put),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_without),
		cmocka_unit_test(test_confinement),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_children),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
