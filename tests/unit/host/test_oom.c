// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory, at each allocation in turn. */
#include "unit/oom.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/base64.h"
#include "host/json.h"
#include "host/pending.h"
#include "host/process.h"
#include "host/sha256.h"
#include "host/tool_filter.h"
#include "host/tool_link.h"

#include <sys/mman.h>
#include <sys/wait.h>

/* What it leaves behind then may be anything (asprintf(3)). */
static int print(char **out, const char *format, va_list ap)
{
	*out = (char *)1;
	return oom_now() ? -1 : vasprintf(out, format, ap);
}

int __wrap_asprintf(char **out, const char *format, ...) RI_PRINTF(2, 3);
int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = print(out, format, ap);
	va_end(ap);
	return n;
}

/* As _FORTIFY_SOURCE has it. */
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...) RI_PRINTF(3, 4);
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...)
{
	va_list ap;
	int n;

	(void)flag;
	va_start(ap, format);
	n = print(out, format, ap);
	va_end(ap);
	return n;
}

static int decode(const void *text, struct ri_err *e)
{
	RI_BUF out = { 0 };

	return ri_base64_decode(text, &out, e);
}

static int report(const void *text, struct ri_err *e)
{
	RI_JSON j = json_object();
	RI_BUF out = { 0 };

	if (json_object_set_new(j, "text", ri_json_text(text)) < 0)
		return ri_nomem(e);
	return ri_json_dump(j, &out, e);
}

static int sum(const void *path, struct ri_err *e)
{
	char hex[RI_SHA256_HEX + 1];

	return ri_sha256_file(path, hex, NULL, e);
}

static int read_file(const void *path, struct ri_err *e)
{
	RI_BUF text = { 0 };

	return ri_file_read(path, 100, &text, e);
}

static void test_small_ones(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	check_ok("x", put_file(tmp_path("x"), ri_str("text"), 0600, &e), &e);
	assert_int_equal(oom_each("base64", decode, "Zm9v"), 2);
	assert_true(oom_each("json", report, "\xff") >= 2);
	assert_int_equal(oom_each("sha256", sum, tmp_path("x")), 1);
	assert_int_equal(oom_each("read", read_file, tmp_path("x")), 1);
}

static int in_dir(const void *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir sub = { 0 };
	RI_FREE char *name = NULL;
	RI_STRV names = { 0 };
	RI_FD int fd = -1;

	if (ri_dir_open(path, 0700, &d, e) < 0 || ri_dir_sub(&d, "sub", &sub, e) < 0)
		return -1;
	fd = ri_dir_create_new(&d, "x-", 0600, &name, e);
	if (fd < 0)
		return -1;
	return ri_dir_remove(&d, name, e) < 0 ||
		       ri_dir_put(&sub, "file", ri_str("text"), 0600, e) < 0 ||
		       ri_dir_list(&d, &names, e) < 0
		   ? -1
		   : 0;
}

static int removed(const void *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir made = { 0 };

	return ri_dir_open(path, 0, &d, e) < 0 ||
		       ri_dir_open(tmp_path("place/new/a"), 0700, &made, e) < 0 ||
		       ri_dir_remove(&d, "new", e) < 0
		   ? -1
		   : 0;
}

static int temporary(const void *arg, struct ri_err *e)
{
	struct ri_dir d = { 0 };

	(void)arg;
	if (ri_dir_make_temporary(&d, e) < 0)
		return -1;
	oom_left = 0;
	ri_dir_remove_temporary(&d);
	return 0;
}

static void test_directories(void **state)
{
	RI_FD int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(mkdir(tmp_path("place"), 0700), 0);
	assert_int_equal(mkdir(tmp_path("place/sub"), 0700), 0);
	assert_int_equal(symlink("place", tmp_path("link")), 0);
	assert_int_equal(chdir(tmpdir), 0);
	assert_true(oom_each("directory", in_dir, "./link") > 8);
	assert_true(oom_each("removing", removed, "place") > 5);
	assert_true(oom_each("temporary", temporary, NULL) > 3);
	assert_int_equal(fchdir(here), 0);
}

static int pend(const void *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_pending_drop) struct ri_pending p = RI_PENDING_INIT;

	return ri_pending_open(path, 0600, &p, e) < 0 || ri_pending_keep(&p, e) < 0 ? -1 : 0;
}

static void test_pending(void **state)
{
	const char *path = tmp_path("pending/x");

	(void)state;
	assert_int_equal(mkdir(tmp_path("pending"), 0700), 0);
	assert_true(oom_each("pending", pend, path) > 3);
	assert_int_equal(tmp_count(tmp_path("pending")), 1);
}

static int prepare(const void *name, struct ri_err *e)
{
	static const struct ri_tool tool;
	RI_ON_EXIT(ri_tool_free) struct ri_tool_ready r = RI_TOOL_READY_INIT;

	return ri_tool_prepare(&tool, name, &r, e);
}

static int run(const void *arg, struct ri_err *e)
{
	const char *argv[] = { "sh", "-c", "echo one; echo two >&2", NULL };
	RI_BUF out = { 0 };

	(void)arg;
	return ri_process_check(argv, NULL, &out, e);
}

static void test_programs(void **state)
{
	(void)state;
	assert_int_equal(oom_each("a tool by its path", prepare, "/bin/true"), 3);
	assert_true(oom_each("a tool", prepare, "true") >= 3);
	assert_true(oom_each("a program", run, NULL) >= 4);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int link_tool(const void *d, struct ri_err *e)
{
	static const struct ri_tool_file file = { "/dev/zero", RI_LANDLOCK_READ };
	const struct ri_tool tool = { .files = &file, .n = 1 };
	static char argument[] = "argument", *arguments[] = { argument };
	const struct ri_strv list = { .v = arguments, .n = 1 };

	return ri_tool_link(d, "/bin/true", &list, &tool, e);
}

/** What a child says that becomes a tool, but for its nth allocation; it is true(1) after its last. */
struct told {
	bool failed;
	int now;
	enum ri_code code;
};

static struct told become(size_t n)
{
	char *argv[] = { (char *)(uintptr_t)tmp_path("tool/" RI_TOOL_LINK), NULL };
	struct told *told =
	    mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct told all;
	int status;
	pid_t pid;

	assert_true(told != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct ri_err e = { 0 };

		oom_left = n;
		told->now = ri_tool_become(1, argv, &e);
		told->failed = oom_failed;
		told->code = e.code;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	all = *told;
	munmap(told, sizeof *told);
	return all;
}

static void test_links(void **state)
{
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	struct ri_err e = { 0 };
	struct told told;
	size_t n = 0;

	(void)state;
	check_ok("open", ri_dir_open(tmp_path("tool"), 0700, &d, &e), &e);
	assert_true(oom_each("a link", link_tool, &d) > 1);
	for (told = become(++n); told.failed; told = become(++n)) {
		assert_int_equal(told.now, -1);
		assert_int_equal(told.code, RI_E_NOMEM);
	}
	assert_int_equal(told.now, 0);
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_ones),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
