// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whether a VM's disks may be changed. */
#include "unit/check.h"

#include "pveconf/vmconf.h"
#include "pveconf/vmconf_boot.h"

static void parse(const char *text, struct ri_vmconf *c)
{
	struct ri_err e = { 0 };

	check_ok(text, ri_vmconf_parse(ri_str(text), c, &e), &e);
}

static void test_writable(void **state)
{
	static const struct {
		const char *text;
		enum ri_code code;
		const char *error; /* NULL: writable */
	} cases[] = {
		{ "name: x\n", RI_OK, NULL },
		{ "template: 0\n", RI_OK, NULL },
		{ "name: x\n[one]\nlock: backup\nvmstate: a:b\n", RI_OK, NULL },
		{ "lock: backup\n", RI_E_BUSY,
		    "VM 105 is locked (backup); wait for that to end, or, if it died, run: qm unlock "
		    "105" },
		{ "template: 1\n", RI_E_UNSUPPORTED,
		    "VM 105 is a template; clone it and build the clone, or write a new image with "
		    "--output" },
		{ "lock: suspended\n", RI_E_BUSY,
		    "VM 105 is hibernated, and its saved memory expects the disk as it is; start it "
		    "and shut it down" },
		{ "vmstate: a:vm-105-state-suspend\nlock: backup\n", RI_E_BUSY,
		    "VM 105 is hibernated, and its saved memory expects the disk as it is; start it "
		    "and shut it down" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_err e = { 0 };
		int rc;

		parse(cases[i].text, &c);
		rc = ri_vmconf_writable(&c, 105, NULL, &e);
		if (cases[i].error)
			check_err(cases[i].text, rc, &e, cases[i].code, cases[i].error);
		else
			check_ok(cases[i].text, rc, &e);
	}
}

static void test_locked_by_a_commit(void **state)
{
	static const struct {
		const char *text;
		bool good, locked;
	} cases[] = {
		{ "name: a\n", true, false },
		{ "lock: create\n", true, true },
		{ "lock: backup\n", false, false },
		{ "lock: create\ntemplate: 1\n", false, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_vmconf_free) struct ri_vmconf c = { 0 };
		struct ri_err e = { 0 };
		bool locked = !cases[i].locked;

		parse(cases[i].text, &c);
		if ((ri_vmconf_writable(&c, 105, &locked, &e) == 0) != cases[i].good ||
		    locked != cases[i].locked)
			fail_msg("%s: %s", cases[i].text, e.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writable),
		cmocka_unit_test(test_locked_by_a_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
