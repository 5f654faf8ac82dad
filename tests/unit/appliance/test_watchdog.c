// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An appliance that does not end by itself is ended; one that does is let be. */
#include "unit/check.h"
#include "unit/hung.h"

#include "appliance/watchdog.h"
#include "base/cancel.h"

#include <signal.h>

static pid_t hung_qemu(void)
{
	return hung_start("qemu-system-x86_64");
}

static int wait_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_launch_that_hangs(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 1, &e), &e);
	pid = hung_qemu();
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGKILL);
	ri_watchdog_stop(&w);
	assert_true(w.expired);
}

static void test_launch_in_time(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 60, &e), &e);
	pid = hung_qemu();
	ri_watchdog_launched(&w, 0);
	ri_watchdog_stop(&w);
	assert_false(w.expired);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* let be */
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGTERM);
}

/* What a guest makes it do has an end, too. */
static void test_work_that_hangs(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 60, &e), &e);
	pid = hung_qemu();
	ri_watchdog_launched(&w, 1);
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGKILL);
	ri_watchdog_stop(&w);
	assert_true(w.expired);
}

static void test_end_that_hangs(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 0, &e), &e);
	pid = hung_qemu();
	ri_watchdog_launched(&w, 0);
	assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
	ri_watchdog_ending(&w, 1);
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGKILL);
	ri_watchdog_stop(&w);
	assert_true(w.expired);
}

static void test_end_in_time(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 0, &e), &e);
	pid = hung_qemu();
	ri_watchdog_launched(&w, 0);
	ri_watchdog_ending(&w, 60);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGTERM);
	ri_watchdog_stop(&w);
	assert_false(w.expired);
	ri_watchdog_ending(&w, 1); /* of a watch that is over */
}

/*
 * A signal during a launch ends what is making the appliance, as it ends QEMU. In a process of its own, since
 * a cancellation is for good.
 */
static void test_cancelled_launch(void **state)
{
	static const char *const programs[] = { "supermin", "qemu-system-x86_64" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			struct ri_watchdog w = { 0 };
			struct ri_err e = { 0 };
			int status = 0;
			pid_t pid;

			if (ri_watchdog_start(&w, 300, &e) < 0)
				_exit(2);
			pid = hung_start(programs[i]);
			ri_cancel_request();
			ri_watchdog_wake(&w);
			if (waitpid(pid, &status, 0) != pid)
				_exit(3);
			ri_watchdog_stop(&w);
			_exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : 4);
		}
		assert_int_equal(wait_status(child), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_launch_that_hangs, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_launch_in_time, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_work_that_hangs, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_end_that_hangs, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_end_in_time, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_cancelled_launch, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
