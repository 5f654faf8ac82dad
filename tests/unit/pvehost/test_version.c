// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether this Proxmox VE is recent enough, and whether that is known. */
#include "unit/fake_host.h"

#include "pvehost/version.h"

static void test_version(void **state)
{
	static const char unknown[] =
	    "the version of qemu-server is not known; it has to be 8.0.6 or later";
	static const struct {
		const char *script, *blocker, *remark;
	} rows[] = {
		{ "printf 8.0.6", NULL, NULL },
		{ "printf 8.0.10", NULL, NULL },
		{ "printf 9.2.6", NULL, NULL },
		{ "printf 8.1", NULL, NULL },
		{ "printf 8.0.5",
		    "qemu-server is 8.0.5, which also moves local volumes that the configuration does not name; it has "
		    "to be 8.0.6 or later",
		    NULL },
		{ "printf 7.4-4",
		    "qemu-server is 7.4-4, which also moves local volumes that the configuration does not name; it has "
		    "to be 8.0.6 or later",
		    NULL },
		{ ":", NULL, unknown },
		{ "printf new", NULL, unknown },
		{ "echo no packages found >&2; exit 1", NULL, unknown },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		RI_STRV blockers = { 0 };
		RI_STRV remarks = { 0 };

		host_program("dpkg-query", rows[i].script);
		check_ok(rows[i].script, ri_pveversion_check(&blockers, &remarks, &e), &e);
		assert_string_equal(blockers.n > 0 ? blockers.v[0] : "",
		    rows[i].blocker ? rows[i].blocker : "");
		assert_string_equal(remarks.n > 0 ? remarks.v[0] : "",
		    rows[i].remark ? rows[i].remark : "");
		assert_true(blockers.n + remarks.n <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { HOST_TEST(test_version) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
