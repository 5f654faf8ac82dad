// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A lack of memory at every allocation of what is done with an appliance; libguestfs itself has enough. */
#include "unit/appliance/whole.h"
#include "unit/oom.h"

#include "appliance/hypervisor.h"
#include "appliance/sweep.h"

static const struct ri_appliance_use use = { .uploads = true, .reads = true };

static int work(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
	size_t left = oom_left;

	(void)arg;
	/* Opening it goes on without much; it has tests of its own. */
	oom_left = 0;
	fake_guestfs_reset();
	check_ok("open", ri_appliance_open(&whole_stage, &use, &w, e), e);
	oom_left = left;
	return whole_work(w, e);
}

/* Without memory for a file's place on the transfer disk it is uploaded all the same. */
static void test_work(void **state)
{
	size_t n, went_on = 0;

	(void)state;
	whole_mark(true);
	for (n = 1;; n++) {
		struct ri_err e = { 0 };
		int rc;

		oom_left = n;
		oom_failed = false;
		rc = work(NULL, &e);
		oom_left = 0;
		assert_int_equal(fake_guestfs.handles, 0);
		if (rc == 0) {
			check_ok("work", rc, &e);
			assert_string_equal(whole_told, whole_want);
			went_on += oom_failed;
		} else if (e.code != RI_E_NOMEM) {
			fail_msg("without memory at %zu it said [%s]", n, e.msg);
		}
		if (!oom_failed)
			break;
		if (rc == 0)
			assert_non_null(strstr(fake_guestfs.log, "\nupload "));
	}
	assert_true(n > 40);
	assert_in_range(went_on, 1, 10);
}

static int confine(const void *arg, struct ri_err *e)
{
	guestfs_h *h = guestfs_create();
	int rc = ri_hypervisor_confine(h, arg, e);

	guestfs_close(h);
	return rc;
}

static void test_confine(void **state)
{
	(void)state;
	spit(fake_guestfs.hv, LIT("#!/bin/sh\nprintf '\\n-runas user\\n'\n"));
	assert_int_equal(chmod(fake_guestfs.hv, 0755), 0);
	whole_be_root(true);
	assert_true(oom_each("confine", confine, &whole_stage) > 15);
	whole_be_root(false);
}

/* An appliance is not opened without memory of its own. */
static void test_open(void **state)
{
	struct ri_guest_rw *w = NULL;
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	oom_left = 1;
	assert_int_equal(ri_appliance_open(&whole_stage, &use, &w, &e), -1);
	oom_left = 0;
	assert_int_equal(e.code, RI_E_NOMEM);
	assert_null(w);
	assert_int_equal(fake_guestfs.calls, 0);
}

/* What is remembered or tidied up is not when there is no memory for it: nothing else happens. */
static void test_what_need_not_be(void **state)
{
	const char *mark = tmp_path("run/oom/kvm-hangs");
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		oom_left = n;
		oom_failed = false;
		ri_kvm_hangs_set(mark);
		oom_left = 0;
		assert_true(ri_kvm_hangs_is_set(mark) || oom_failed);
		if (!oom_failed)
			break;
	}
	assert_true(n > 3);
	oom_left = 1;
	assert_null(ri_kvm_hangs_path(NULL));
	oom_left = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_work),
		cmocka_unit_test(test_confine),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_what_need_not_be),
	};

	return cmocka_run_group_tests(tests, whole_set_up, whole_tear_down);
}
