// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What libguestfs is asked about its defaults, each question failing in turn. */
#include "unit/appliance/fake_guestfs.h"
#include "unit/check.h"

#include "appliance/settings.h"

#include <errno.h>

static char qemu[] = "/usr/bin/qemu";

static void test_asked(void **state)
{
	struct ri_appliance_settings s = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	fake_guestfs_reset();
	check_ok("settings", ri_appliance_settings(&s, &e), &e);
	assert_string_equal(s.path, "/usr/lib/guestfs:relative:/usr/local/lib/guestfs");
	assert_string_equal(s.cachedir, "/var/tmp");
	assert_string_equal(s.hv, qemu);
	assert_int_equal(s.memsize, 1280);
	assert_int_equal(fake_guestfs.handles, 0);
	ri_appliance_settings_free(&s);
	assert_null(s.path);
}

static void test_each_fails(void **state)
{
	static const char *const names[] = { "create", "get_path", "get_cachedir", "get_hv",
		"get_memsize" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct ri_appliance_settings s = { 0 };
		struct ri_err e = { 0 };
		char want[100];

		fake_guestfs_reset();
		fake_guestfs.left = 1;
		fake_guestfs.only = names[i];
		errno = EIO;
		snprintf(want, sizeof want, "libguestfs: %s does not work", names[i]);
		if (i == 0)
			snprintf(want, sizeof want, "libguestfs: %s", strerror(EIO));
		check_err(names[i], ri_appliance_settings(&s, &e), &e, RI_E_IO, want);
		assert_int_equal(fake_guestfs.handles, 0);
		ri_appliance_settings_free(&s);
	}
}

static int set_up(void **state)
{
	(void)state;
	fake_guestfs.hv = qemu;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_each_fails),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
