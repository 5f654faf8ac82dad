// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a QEMU of which version is trusted with. */
#include "unit/trial/made_qemu.h"

#include "trial/emulator.h"

/** Put a QEMU that answers so. */
static void qemu(const char *says, const char *then)
{
	RI_FREE char *script = NULL;

	assert_true(asprintf(&script, "test \"$*\" = --version || exit 9\ncat <<'END'\n%s\nEND\n%s",
			says, then) > 0);
	made_qemu(script);
}

static void test_versions(void **state)
{
	static const struct {
		const char *says;
		bool may;
	} rows[] = {
		{ "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\n"
		  "Copyright (c) 2003-2022 Fabrice Bellard and the QEMU Project developers",
		    false },
		{ "QEMU emulator version 8.0.4 (pve-qemu-kvm_8.0.4)", false },
		{ "QEMU emulator version 8.1.0", true },
		{ "QEMU emulator version 8.2.2 (Debian 1:8.2.2+ds-0ubuntu1)", true },
		{ "QEMU emulator version 9.0.2 (pve-qemu-kvm_9.0.2-4)", true },
		{ "QEMU emulator version 10.0.3 (Debian 1:10.0.3+ds-0+deb13u1)", true },
		{ "QEMU emulator version 5.2.0 (Debian 1:5.2+dfsg-11+deb11u3)", false },
		{ "QEMU emulator version", false },
		{ "an emulator, version 9.0", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		bool may = !rows[i].may;

		qemu(rows[i].says, "");
		check_ok(rows[i].says, ri_trial_emulator_threads(&may, &e), &e);
		if (may != rows[i].may)
			fail_msg("[%s]: %d", rows[i].says, may);
	}
}

static void test_says_nothing(void **state)
{
	struct ri_err e = { 0 };
	bool may = true;

	(void)state;
	made_qemu("");
	check_ok("says nothing", ri_trial_emulator_threads(&may, &e), &e);
	assert_false(may);
}

static void test_fails(void **state)
{
	struct ri_err e = { 0 };
	bool may = true;

	(void)state;
	qemu("QEMU emulator version 9.0.2", "echo 'no such library' >&2; exit 127");
	assert_int_equal(ri_trial_emulator_threads(&may, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "no such library"));
	assert_false(may);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_versions, made_qemu_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_says_nothing, made_qemu_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_fails, made_qemu_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
