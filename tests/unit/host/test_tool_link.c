// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The link that becomes a tool: what it reads of itself, and what it is then. */
#include "unit/check.h"
#include "unit/files.h"
#include "unit/tmpdir.h"

#include "host/tool_link.h"

#include <sys/wait.h>

#define BECAME 42 /* exit status of a link that did not become anything: its sentence was right */

static void test_its_name(void **state)
{
	(void)state;
	assert_true(ri_tool_is_link("/some/where/" RI_TOOL_LINK));
	assert_true(ri_tool_is_link(RI_TOOL_LINK));
	assert_false(ri_tool_is_link("/some/" RI_TOOL_LINK "/ramimg"));
	assert_false(ri_tool_is_link("ramimg"));
	assert_false(ri_tool_is_link(NULL));
}

/* Start the link as a library would, with two arguments. @return its status; @said by those that fail. */
static int start_link(char said[static 1400])
{
	char *argv[] = { (char *)(uintptr_t)tmp_path(RI_TOOL_LINK), (char[]){ "one" },
		(char[]){ "two" }, NULL };
	int p[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct ri_err e = { 0 };

		if (ri_tool_become(3, argv, &e) == -1 && e.code == RI_E_IO)
			_exit(write(p[1], e.msg, strlen(e.msg)) > 0 ? BECAME : 1);
		_exit(2);
	}
	close(p[1]);
	n = read(p[0], said, 1399);
	close(p[0]);
	assert_true(n >= 0);
	said[n] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Its arguments, those that it was started with first, and its own directory for what it makes. */
static void test_becomes(void **state)
{
	static char dash_c[] = "-c", *arguments[] = { dash_c };
	const struct ri_tool_file file = { tmpdir, RI_LANDLOCK_FILL };
	const struct ri_tool t = { .files = &file, .n = 1 };
	RI_ON_EXIT(ri_dir_close) struct ri_dir d = { 0 };
	const struct ri_strv list = { .v = arguments, .n = 1 };
	char said[1400], self[PATH_MAX], to[PATH_MAX];
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };
	ssize_t n;

	(void)state;
	check_ok("open", ri_dir_open(tmpdir, 0, &d, &e), &e);
	check_ok("script",
	    put_file(tmp_path("tool"),
		ri_str("#!/bin/sh\necho \"$TMPDIR\" \"$@\" >\"${0%/*}/said\"\nexit 7\n"), 0700, &e),
	    &e);
	check_ok("link", ri_tool_link(&d, tmp_path("tool"), &list, &t, &e), &e);
	check_ok("again", ri_tool_link(&d, tmp_path("tool"), &list, &t, &e), &e);
	n = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(n > 0);
	self[n] = '\0';
	n = readlink(tmp_path(RI_TOOL_LINK), to, sizeof to - 1);
	assert_true(n > 0);
	to[n] = '\0';
	assert_string_equal(to, self);
	assert_int_equal(start_link(said), 7);
	check_ok("read", ri_file_read(tmp_path("said"), 200, &text, &e), &e);
	snprintf(to, sizeof to, "%s/ one two -c\n", tmpdir);
	check_span("said", ri_buf_span(&text), ri_str(to));
}

static void test_refuses(void **state)
{
	static const struct {
		const char *name;
		struct ri_span files; /* of the link; p NULL: there are none */
		const char *want;     /* behind the name of that file */
	} rows[] = {
		{ "none", { NULL, 0 }, "" },
		{ "empty", BYTES(""), ": it names no program" },
		{ "without a program",
		    BYTES("ax\0"
			  "0/dev/null\0"),
		    ": it names no program" },
		{ "cut short", BYTES("p/bin/true\0ax"), ": it is cut short" },
		{ "without text", BYTES("p/bin/true\0a"), ": it is cut short" },
	};
	char said[1400], want[300];
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *files = tmp_path(RI_TOOL_LINK ".files");

		if (rows[i].files.p)
			check_ok(rows[i].name, put_file(files, rows[i].files, 0600, &e), &e);
		snprintf(want, sizeof want,
		    rows[i].files.p ? "%s%s" : "cannot open %s%s: No such file or directory", files,
		    rows[i].want);
		assert_int_equal(start_link(said), BECAME);
		assert_string_equal(said, want);
	}
}

/* What is not there, or is no program; of what it does not know, it does nothing. */
static void test_cannot_run(void **state)
{
	char said[1400];
	struct ri_err e = { 0 };
	const char *files = tmp_path(RI_TOOL_LINK ".files");

	(void)state;
	check_ok("missing", put_file(files, LIT("pno-such-program\0"), 0600, &e), &e);
	assert_int_equal(start_link(said), BECAME);
	assert_string_equal(said, "cannot run no-such-program: No such file or directory");
	check_ok("a directory",
	    put_file(files,
		LIT("p/dev\0"
		    "3/dev\0"
		    "9/dev\0"
		    "-x\0"),
		0600, &e),
	    &e);
	assert_int_equal(start_link(said), BECAME);
	assert_string_equal(said, "cannot run /dev: Permission denied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_its_name),
		cmocka_unit_test_setup_teardown(test_becomes, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_refuses, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_cannot_run, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
