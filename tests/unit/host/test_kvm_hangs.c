// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is remembered of a KVM that hangs. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "host/kvm_hangs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static void test_set_and_old(void **state)
{
	static const struct {
		int age_s;
		bool counts;
	} cases[] = { { 0, true }, { 3000, true }, { 3700, false }, { -600, false } };
	const char *path = tmp_path("run/ramimg/kvm-hangs");

	(void)state;
	assert_false(ri_kvm_hangs_is_set(path));
	ri_kvm_hangs_set(path);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct timespec t[2] = { { .tv_nsec = UTIME_OMIT },
			{ .tv_sec = time(NULL) - cases[i].age_s } };

		assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
		assert_int_equal(ri_kvm_hangs_is_set(path), cases[i].counts);
	}
	ri_kvm_hangs_set(path);
	assert_true(ri_kvm_hangs_is_set(path));
}

/* Something else of that name does not count, and nowhere to write to is no failure. */
static void test_no_mark(void **state)
{
	const char *path = tmp_path("mark"), *other = tmp_path("other");

	(void)state;
	ri_kvm_hangs_set(other);
	assert_true(ri_kvm_hangs_is_set(other));
	assert_int_equal(symlink(other, path), 0);
	assert_false(ri_kvm_hangs_is_set(path));
	ri_kvm_hangs_set(tmp_path("other/below"));
	assert_false(ri_kvm_hangs_is_set(tmp_path("other/below")));
	ri_kvm_hangs_set(NULL);
	assert_false(ri_kvm_hangs_is_set(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_set_and_old, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_mark, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
