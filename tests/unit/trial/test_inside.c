// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a trial says of a guest whose agent does not answer, and of a disk that is not unplugged. */
#include "unit/check.h"
#include "trial/inside.h"
#include "trial/trial_internal.h"

static void expect(const struct ri_trial_checks *c, enum ri_trial_what what,
    enum ri_trial_state state, const char *detail)
{
	const struct ri_trial_check *k = &c->v[what];

	if (k->state != state || !k->detail || strcmp(k->detail, detail) != 0)
		fail_msg("check %d: %s, [%s]", (int)what, ri_trial_state_word(k->state), k->detail);
}

/* What the program does by itself is skipped; what was asked for has failed. Nobody is asked. */
static void test_without_an_agent(void **state)
{
	static const char why[] = "there is no guest agent to ask (package qemu-guest-agent)";
	static const struct {
		int (*ask)(struct ri_trial_now *, struct ri_err *);
		enum ri_trial_what what;
		enum ri_trial_state state;
	} rows[] = {
		{ ri_trial_ask_units, RI_TRIAL_UNITS, RI_TRIAL_SKIPPED },
		{ ri_trial_ask_files, RI_TRIAL_FILES, RI_TRIAL_SKIPPED },
		{ ri_trial_ask_memory, RI_TRIAL_MEMORY, RI_TRIAL_SKIPPED },
		{ ri_trial_ask_exec, RI_TRIAL_EXEC, RI_TRIAL_FAILED },
	};
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
	const struct ri_trial_opts o = { .exec = "true" };
	struct ri_trial_now t = { .o = &o, .checks = &c };
	struct ri_err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		check_ok("asked", rows[i].ask(&t, &e), &e);
		expect(&c, rows[i].what, rows[i].state, why);
	}
	check_ok("root", ri_trial_ask_root(&t, &e), &e);
	expect(&c, RI_TRIAL_ROOT, RI_TRIAL_PASSED,
	    "the loader has not run; there is no guest agent to ask for more");
}

static void test_not_unplugged(void **state)
{
	RI_ON_EXIT(ri_trial_checks_free) struct ri_trial_checks c = { 0 };
	struct ri_trial_machine m = { .bus = RI_TRIAL_SATA };
	struct ri_trial_now t = { .m = &m, .checks = &c };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("sata", ri_trial_unplug(&t, &e), &e);
	expect(&c, RI_TRIAL_UNPLUG, RI_TRIAL_SKIPPED,
	    "a disk on sata is not unplugged from a running VM");
	m.bus = RI_TRIAL_VIRTIO_SCSI;
	c.v[RI_TRIAL_RELEASE].state = RI_TRIAL_FAILED;
	check_ok("not let go of", ri_trial_unplug(&t, &e), &e);
	expect(&c, RI_TRIAL_UNPLUG, RI_TRIAL_SKIPPED, "the guest has not let go of the disk");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_an_agent),
		cmocka_unit_test(test_not_unplugged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
