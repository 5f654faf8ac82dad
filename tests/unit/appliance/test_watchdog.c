/* An appliance that does not end by itself is ended; one that does is let be. */
#include "unit/check.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "appliance/watchdog.h"

#include <signal.h>

/* A child whose program has the name of libguestfs's hypervisor, and that does nothing for long. */
static pid_t hung_qemu(void)
{
	const char *argv[] = { tmp_path("qemu-system-x86_64"), "600", NULL };
	pid_t pid;

	if (access(argv[0], F_OK) < 0)
		assert_int_equal(symlink("/bin/sleep", argv[0]), 0);
	assert_int_equal(
	    posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)(uintptr_t)argv, environ), 0);
	return pid;
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

static void test_end_that_hangs(void **state)
{
	struct ri_watchdog w = { 0 };
	struct ri_err e = { 0 };
	pid_t pid;

	(void)state;
	check_ok("start", ri_watchdog_start(&w, 0, &e), &e);
	pid = hung_qemu();
	ri_watchdog_launched(&w);
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
	ri_watchdog_launched(&w);
	ri_watchdog_ending(&w, 60);
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(WTERMSIG(wait_status(pid)), SIGTERM);
	ri_watchdog_stop(&w);
	assert_false(w.expired);
	ri_watchdog_ending(&w, 1); /* of a watch that is over */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_launch_that_hangs, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_end_that_hangs, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_end_in_time, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
