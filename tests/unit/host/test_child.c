// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A child process: what it has when it starts, what is heard of it, how it ends. */
#include "unit/check.h"
#include "unit/orphan.h"

#include "host/child.h"
#include "host/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define SOON 20000 /* ms: when a test fails rather than waits on */

static const char *const *shell(const char *script)
{
	static const char *argv[] = { "/bin/sh", "-c", NULL, NULL };

	argv[2] = script;
	return argv;
}

static void start(const struct ri_child_opts *o, struct ri_child *c)
{
	struct ri_err e = { 0 };

	check_ok("start", ri_child_start(o, c, &e), &e);
}

/* What @script says on its stderr until it ends. */
static void check_says(struct ri_child_opts o, const char *script, const char *want)
{
	RI_ON_EXIT(ri_child_close) struct ri_child c = RI_CHILD_INIT;
	char said[4096];
	size_t n;

	o.argv = shell(script);
	start(&o, &c);
	n = ri_child_hear(&c, ri_clock_ms() + SOON, said, sizeof said);
	check_span(script, ri_span(said, n), ri_str(want));
	assert_int_equal(ri_child_wait(&c, SOON), 1);
	assert_int_equal(c.status, 0);
}

static void test_how_it_ends(void **state)
{
	static const struct {
		const char *script;
		int ms;
		const char *msg;
	} rows[] = {
		{ "kill -9 $$", SOON, "it ended by signal 9 (Killed)" },
		{ "echo one >&2; printf 'last \\033words\\n\\n' >&2; kill -9 $$", SOON,
		    "it ended by signal 9 (Killed): last ?words" },
		{ "printf 'rub\\177out' >&2; exit 2", SOON, "it ended with status 2: rub?out" },
		{ "echo because >&2; exit 3", SOON, "it ended with status 3: because" },
		{ "exit 0", SOON, "it ended with status 0" },
		{ "echo bye >&2; exec 2>&-; exec tail -f /dev/null", 200, "it hung up: bye" },
		{ "echo here >&2; exec tail -f /dev/null", 200, "it hung up: here" },
		{ "seq 200000 >&2; exit 1", SOON, "it ended with status 1: 200000" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_child_opts o = { .argv = shell(rows[i].script) };
		RI_ON_EXIT(ri_child_close) struct ri_child c = RI_CHILD_INIT;
		struct pollfd p = { .events = POLLIN };
		struct ri_err e = { 0 };

		start(&o, &c);
		p.fd = c.err; /* its first word, or its end: the short deadlines begin after it */
		assert_int_equal(poll(&p, 1, SOON), 1);
		check_err(rows[i].script, ri_child_died(&c, "it", rows[i].ms, &e), &e, RI_E_IO,
		    rows[i].msg);
		assert_int_equal(c.pid, 0);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* reaped */
		assert_int_equal(errno, ECHILD);
	}
}

/* One that says something all the time is heard until the deadline; the end of it is kept. */
static void test_endless_words(void **state)
{
	struct ri_child_opts o = { .argv = shell("exec yes 123456 >&2") };
	RI_ON_EXIT(ri_child_close) struct ri_child c = RI_CHILD_INIT;
	int64_t before = ri_clock_ms();
	char said[8];

	(void)state;
	start(&o, &c);
	assert_int_equal(ri_child_hear(&c, before + 300, said, sizeof said), 7);
	assert_true(ri_clock_ms() - before >= 300);
	assert_non_null(strpbrk(said, "123456\n"));
	assert_int_equal(ri_child_wait(&c, 0), 0);
	ri_child_end(&c);
	assert_true(WIFSIGNALED(c.status) && WTERMSIG(c.status) == SIGKILL);
	ri_child_end(&c); /* of no effect */
	assert_int_equal(ri_child_wait(&c, 0), 1);
	ri_child_close(&c);
	assert_int_equal(ri_child_hear(&c, INT64_MAX, said, sizeof said), 0);
	assert_string_equal(said, "");
}

static void test_descriptors(void **state)
{
	struct ri_child_opts o = { 0 };
	int open_here = open("/dev/zero", O_RDONLY), p[2];

	(void)state;
	assert_true(open_here >= 0); /* without O_CLOEXEC, and not inherited all the same */
	check_says(o, "for f in /proc/$$/fd/*; do [ -e $f ] && echo ${f##*/} >&2; done; true",
	    "0\n1\n2\n");
	check_says(o, "x=$(readlink /proc/$$/fd/0 /proc/$$/fd/1); echo $x >&2",
	    "/dev/null /dev/null\n");
	/* Each under the other's number, with a gap before them, and its stdout. */
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	o = (struct ri_child_opts){ .fds = { { p[0], p[1] }, { p[1], p[0] }, { p[1], 1 } },
		.n_fds = 3 };
	{
		RI_BUF script = { 0 };

		ri_buf_addf(&script,
		    "echo a >&%d; read x <&%d; echo $x >&2; echo b; read x <&%d; echo $x >&2; "
		    "[ -e /proc/$$/fd/%d ] || echo closed >&2",
		    p[0], p[1], p[1], open_here);
		check_says(o, script.p, "a\nb\nclosed\n");
	}
	close(p[0]);
	close(p[1]);
	close(open_here);
}

static void test_environment(void **state)
{
	struct ri_child_opts o = { 0 }, bare = { .bare = true }, told = { .activated = true };

	(void)state;
	setenv("RAMIMG_TEST", "ours", 1);
	setenv("LISTEN_FDNAMES", "old", 1);
	check_says(o, "echo $RAMIMG_TEST $LISTEN_FDNAMES >&2", "ours old\n");
	check_says(bare, "tr '\\0' '\\n' </proc/$$/environ >&2", "");
	check_says(told,
	    "echo $RAMIMG_TEST $LISTEN_FDS $LISTEN_FDNAMES >&2; "
	    "[ $(expr $LISTEN_PID + 0) -eq $$ ] && echo me >&2",
	    "ours 1\nme\n");
	unsetenv("LISTEN_FDNAMES");
}

/* The signals of ours that it does not get, and its group. */
static void test_signals_and_group(void **state)
{
	struct ri_child_opts o = { 0 }, group = { .own_group = true };
	const char *own =
	    "[ $(cut -d' ' -f5 /proc/$$/stat) -eq $$ ] && echo own >&2 || echo ours >&2";
	sigset_t some, before;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &before);
	check_says(o, "grep SigBlk /proc/self/status >&2", "SigBlk:\t0000000000000000\n");
	check_says(o, "sh -c 'kill -PIPE $$'; echo $? >&2", "141\n");
	sigprocmask(SIG_SETMASK, &before, NULL);
	check_says(o, own, "ours\n");
	check_says(group, own, "own\n");
}

static void test_cannot_start(void **state)
{
	const char *argv[] = { "ramimg-no-such-program", NULL };
	struct ri_child_opts o = { .argv = argv };
	struct ri_child c;
	struct ri_err e = { 0 };

	(void)state;
	check_err("missing", ri_child_start(&o, &c, &e), &e, RI_E_IO,
	    "cannot run ramimg-no-such-program: No such file or directory");
	assert_int_equal(c.pid, 0);
	assert_int_equal(c.err, -1);
	o.program = "/dev/null";
	e = (struct ri_err){ 0 };
	check_err("no program", ri_child_start(&o, &c, &e), &e, RI_E_IO,
	    "cannot run ramimg-no-such-program: Permission denied");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int start_orphan(const void *arg)
{
	struct ri_child c;
	struct ri_err e = { 0 };

	return ri_child_start(arg, &c, &e);
}

/* It ends when what started it is killed. */
static void test_death_signal(void **state)
{
	const struct ri_child_opts o = { .argv = shell("exec tail -f /dev/null"),
		.death_signal = SIGTERM };

	(void)state;
	check_orphan(start_orphan, &o, SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_it_ends),
		cmocka_unit_test(test_endless_words),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_signals_and_group),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_death_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
