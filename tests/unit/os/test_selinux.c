// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether SELinux is there, by its configuration and the kernel's arguments; and what systems were seen. */
#include "unit/check.h"

#include "os/seen.h"
#include "os/selinux.h"

#define ENFORCING "# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n"

static void test_modes(void **state)
{
	static const struct {
		const char *config, *cmdline;
		bool by_default;
		enum ri_selinux want;
	} rows[] = {
		{ ENFORCING, "ro", true, RI_SELINUX_ENFORCING },
		{ ENFORCING, "ro", false, RI_SELINUX_OFF },
		{ ENFORCING, "ro security=selinux", false, RI_SELINUX_ENFORCING },
		{ ENFORCING, "lsm=landlock,selinux", false, RI_SELINUX_ENFORCING },
		{ ENFORCING, "lsm=selinux,bpf", false, RI_SELINUX_ENFORCING },
		{ ENFORCING, "lsm=landlock,selinuxx", true, RI_SELINUX_OFF },
		{ ENFORCING, "lsm=", true, RI_SELINUX_OFF },
		{ ENFORCING, "security=apparmor", true, RI_SELINUX_OFF },
		{ ENFORCING, "selinux=0", true, RI_SELINUX_OFF },
		{ ENFORCING, "selinux=0\tselinux=1", true, RI_SELINUX_ENFORCING },
		{ ENFORCING, "xselinux=0 ", true, RI_SELINUX_ENFORCING },
		{ ENFORCING, "enforcing=0", true, RI_SELINUX_PERMISSIVE },
		{ "SELINUX=permissive\n", "", true, RI_SELINUX_PERMISSIVE },
		{ "SELINUX=permissive\n", "enforcing=1", true, RI_SELINUX_ENFORCING },
		{ "SELINUX=disabled\n", "enforcing=1", true, RI_SELINUX_OFF },
		/* The first that libselinux knows, by how it begins; blanks may be before the value only. */
		{ "SELINUX= Permissive  \r\nSELINUX=enforcing\n", "", true, RI_SELINUX_PERMISSIVE },
		{ "SELINUX=enforcing\nSELINUX=disabled\n", "", true, RI_SELINUX_ENFORCING },
		{ "SELINUX=disabled\nSELINUX=enforcing\n", "", true, RI_SELINUX_OFF },
		{ "SELINUX=\nSELINUX=on\nSELINUX=EnforcinG", "", true, RI_SELINUX_ENFORCING },
		{ "SELINUX=enforcing # or permissive\n", "", true, RI_SELINUX_ENFORCING },
		{ " SELINUX=permissive\nSELINUX=enforcing\n", "", true, RI_SELINUX_ENFORCING },
		{ " SELINUX=enforcing\n", "", true, RI_SELINUX_OFF },
		{ "#SELINUX=enforcing\nSELINUXTYPE=targeted\n", "", true, RI_SELINUX_OFF },
		{ "", "", true, RI_SELINUX_OFF },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ri_selinux_mode(ri_str(rows[i].config), rows[i].cmdline, rows[i].by_default) !=
		    rows[i].want)
			fail_msg("%s with %s", rows[i].config, rows[i].cmdline);
	assert_int_equal(ri_selinux_mode((struct ri_span){ 0 }, "enforcing=1", true),
	    RI_SELINUX_OFF);
}

static void test_seen(void **state)
{
	char debian[] = "debian", ubuntu[] = "ubuntu", fedora[] = "fedora", v12[] = "12",
	     v40[] = "40";
	const struct ri_osrelease known = { .id = debian, .version_id = v12 };
	const struct ri_osrelease sid = { .id = debian, .version_id = v40 };
	const struct ri_osrelease other = { .id = fedora, .version_id = v40 };
	const struct ri_osrelease near = { .id = ubuntu, .version_id = v12 };

	(void)state;
	assert_int_equal(ri_seen_not(&known, RI_SEEN_MENU), 0);
	assert_int_equal(ri_seen_not(&known, RI_SEEN_BLS | RI_SEEN_SELINUX),
	    RI_SEEN_BLS | RI_SEEN_SELINUX);
	assert_int_equal(ri_seen_not(&sid, RI_SEEN_MENU), RI_SEEN_MENU);
	assert_int_equal(ri_seen_not(&near, RI_SEEN_MENU), RI_SEEN_MENU);
	assert_int_equal(ri_seen_not(&other, RI_SEEN_BLS), RI_SEEN_BLS);
	assert_false(ri_seen_selinux_is_default(&known));
	assert_false(ri_seen_selinux_is_default(&near));
	assert_true(ri_seen_selinux_is_default(&other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests_name("selinux", tests, NULL, NULL);
}
