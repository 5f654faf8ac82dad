// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waiting for a child that ends, is killed, or never does anything again.
 */
#include "unit/check.h"

#include "loader/await.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NEVER = 1 << 30 };

/* A child that calls @end, and must go with this process. */
static pid_t child(void (*end)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		end();
		_exit(1);
	}
	return pid;
}

static int await(void (*end)(void), int64_t idle_ms, bool want_stuck)
{
	struct ri_err e = { 0 };
	bool stuck = !want_stuck;
	int status = -1;

	check_ok("await", ri_await(child(end), idle_ms, &status, &stuck, &e), &e);
	assert_int_equal(stuck, want_stuck);
	return status;
}

static void leave(void)
{
	_exit(7);
}

static void be_killed(void)
{
	raise(SIGKILL);
}

static void hang(void)
{
	for (;;)
		pause();
}

static void test_ends(void **state)
{
	int status = await(leave, NEVER, false);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	status = await(be_killed, NEVER, false);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void test_stuck(void **state)
{
	int status = await(hang, 100, true);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* Whoever ended before anybody waited is not waited for. */
static void test_ended_before(void **state)
{
	struct ri_err e = { 0 };
	pid_t pid = child(leave);
	siginfo_t info;
	int status;
	bool stuck;

	(void)state;
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	check_ok("await", ri_await(pid, NEVER, &status, &stuck, &e), &e);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void test_no_child(void **state)
{
	struct ri_err e = { 0 };
	int status;
	bool stuck;

	(void)state;
	assert_int_equal(ri_await(getpid(), NEVER, &status, &stuck, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_ended_before),
		cmocka_unit_test(test_no_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
