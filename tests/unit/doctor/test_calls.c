// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An error at every call of the kernel: what cannot be looked at is not taken for there, and nothing else fails. */
#include "unit/calls.h"
#include "unit/doctor/fake_start.h"
#include "unit/doctor/made_host.h"

static size_t rows, missing;

static int look(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_doctor_free) struct ri_doctor d = { 0 };
	int rc = ri_doctor_look(arg, RI_DOCTOR_ALL, &d, e);

	rows = d.n;
	missing = ri_doctor_missing(&d);
	return rc;
}

/* A look at a host never fails for what it finds; a row may be without what could not be found out. */
static void after(const void *arg, int now, const struct ri_err *e)
{
	(void)arg;
	if (now != 0 && e->code != RI_E_IO)
		fail_msg("%s: code %d, said [%s]", calls_failed ? calls_failed : "nothing",
		    (int)e->code, e->msg);
	if (!calls_failed)
		assert_true(rows == 14 && missing == 0);
}

static void test_look(void **state)
{
	(void)state;
	made_new(false);
	made.h.output = made.output;
	assert_true(calls_each("look", NULL, EIO, look, after, &made.h) > 30);
	made_end();
}

/* Whatever fails before the appliance, it is not started, or it is and ends. */
static int try(const void *arg, struct ri_err *e)
{
	struct ri_doctor_start start;
	int rc = ri_doctor_try(arg, &start_by, &start, e);

	assert_int_equal(starting.opened, starting.closed);
	assert_true(rc < 0 || start.started);
	return rc;
}

static void test_start(void **state)
{
	char stage[100];
	const struct ri_job job = { .stage_dir = stage };

	(void)state;
	assert_int_equal(tmp_set_up(NULL), 0);
	snprintf(stage, sizeof stage, "%s/stage", tmpdir);
	assert_true(calls_each("start", "ftruncate64", EIO, try, NULL, &job) >= 1);
	assert_true(calls_each("start", "openat64", EIO, try, NULL, &job) > 5);
	assert_true(calls_each("start", "mkdirat", EIO, try, NULL, &job) >= 1);
	assert_int_equal(tmp_tear_down(NULL), 0);
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as ri_cancel_install has it */
	made.was_root = geteuid() == 0;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_look),
		cmocka_unit_test(test_start),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
