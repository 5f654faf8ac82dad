// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is left of root's rights; each in a process of its own, as nothing comes back. */
#include "unit/check.h"

#include "host/privileges.h"
#include "host/rights.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/capability.h>

/* What of the outcome is in the exit status. */
enum { FILES = 1, DEVICES = 2, NETWORK = 4, BACK = 8, ANY = 16, BROKEN = 64 };

/* By the effective set, and what can be had again. */
static int rights(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[_LINUX_CAPABILITY_U32S_3];
	int said = 0;

	if (syscall(SYS_capget, &head, d) < 0)
		return BROKEN;
	said |= d[0].effective & 1u << CAP_DAC_OVERRIDE ? FILES : 0;
	said |= d[0].effective & 1u << CAP_SYS_ADMIN ? DEVICES : 0;
	said |= d[0].effective & 1u << CAP_NET_ADMIN ? NETWORK : 0;
	said |= (d[0].permitted & ~d[0].effective) || prctl(PR_CAPBSET_READ, CAP_NET_ADMIN) == 1
		    ? BACK
		    : 0;
	said |= d[0].permitted | d[1].permitted | d[0].inheritable | d[1].inheritable ? ANY : 0;
	return said;
}

static int shed_all(void)
{
	struct ri_err e;

	return ri_privileges_shed(false, &e) < 0 ? BROKEN : rights();
}

static int shed_but_devices(void)
{
	struct ri_err e;

	return ri_privileges_shed(true, &e) < 0 ? BROKEN : rights();
}

static int shed_twice(void)
{
	struct ri_err e;

	return ri_privileges_shed(false, &e) < 0 || ri_privileges_shed(true, &e) < 0 ? BROKEN
										     : rights();
}

static int none(void)
{
	ri_privileges_none();
	return rights();
}

/* In a container the bounding set may not be ours to change: the rest goes all the same. */
static int without_setpcap(void)
{
	struct ri_err e;
	const uint64_t all = UINT32_MAX & ~RI_RIGHT(CAP_SETPCAP);

	return ri_rights_keep(all, all) < 0 || ri_privileges_shed(false, &e) < 0 ? BROKEN
										 : rights();
}

static int limits(void)
{
	const struct ri_limit lower = { RLIMIT_NOFILE, 50 }, higher = { RLIMIT_NOFILE, 60 };
	struct rlimit now;

	if (ri_limits_lower(&lower, 1) < 0 || ri_limits_lower(&higher, 1) < 0 ||
	    getrlimit(RLIMIT_NOFILE, &now) < 0)
		return BROKEN;
	return now.rlim_cur == 50 && now.rlim_max == 50 ? 0 : ANY;
}

static int end_of(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fn());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_shed(void **state)
{
	const int had = end_of(rights); /* a container may have taken some */

	(void)state;
	if (geteuid() != 0) { /* who has none keeps none, and that is no error */
		assert_int_equal(end_of(shed_all) & ~BACK, 0);
		return;
	}
	assert_int_equal(end_of(shed_all), had & (FILES | ANY));
	assert_int_equal(end_of(shed_but_devices), had & (FILES | DEVICES | ANY));
	assert_int_equal(end_of(shed_twice), had & (FILES | ANY));
	assert_int_equal(end_of(without_setpcap), had & (FILES | BACK | ANY));
}

static void test_none(void **state)
{
	(void)state;
	assert_int_equal(end_of(none) & ~BACK, 0);
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(end_of(limits), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shed),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
