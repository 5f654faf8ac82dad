// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the loader says over the status port, and what a console shows. */
#include "unit/check.h"
#include "trial/heard.h"

#include <stdlib.h>

#define FRAME(text) "ramimg-status-begin\r\n" text "ramimg-status-end\r\n"
#define RAM                                                                                        \
	"{\r\n\t\"result\": \"ram\",\r\n\t\"reason\": null,\r\n\t\"form\": \"compressed\",\r\n"    \
	"\t\"bytes\": 799014912,\r\n\t\"seconds\": {\"total\": 13.5},\r\n\t\"released\": [],\r\n"  \
	"\t\"kept\": []\r\n}\r\n"
#define RELEASED                                                                                       \
	"{\"result\": \"ram\", \"form\": \"tmpfs\", \"bytes\": 5, \"released\": [\"sda\", \"sdb\"],\n" \
	"\"kept\": [\"vdb: is mounted on /x\"]}\n"
#define ON_DISK "{\"result\": \"disk\", \"reason\": \"not enough RAM\", \"bytes\": -1}\n"

static void check_lists(const struct ri_trial_heard *h, size_t released, size_t kept)
{
	assert_int_equal(h->status.released.n, released);
	assert_int_equal(h->status.kept.n, kept);
}

static void test_last_whole_one_counts(void **state)
{
	RI_ON_EXIT(ri_trial_heard_free) struct ri_trial_heard h = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("first", ri_trial_hear(ri_str("noise\n" FRAME(RAM)), &h, &e), &e);
	assert_true(h.any && h.status.in_ram && h.status.compressed);
	assert_int_equal(h.status.bytes, 799014912);
	assert_true(h.status.seconds > 13.4 && h.status.seconds < 13.6);
	check_lists(&h, 0, 0);
	check_ok("second",
	    ri_trial_hear(
		ri_str(FRAME(RAM) "login: \n\n" FRAME(RELEASED) "ramimg-status-begin\n" ON_DISK),
		&h, &e),
	    &e);
	assert_true(h.status.in_ram && !h.status.compressed);
	check_lists(&h, 2, 1);
	assert_string_equal(h.status.kept.v[0], "vdb: is mounted on /x");
	check_ok("disk", ri_trial_hear(ri_str(FRAME(ON_DISK)), &h, &e), &e);
	assert_true(h.any && !h.status.in_ram);
	assert_string_equal(h.status.reason, "not enough RAM");
	assert_int_equal(h.status.bytes, 0);
	check_lists(&h, 0, 0);
}

static void test_what_is_none(void **state)
{
	static const char *const rows[] = {
		"",
		"ramimg-status-end\n",
		"ramimg-status-begin\n" RAM,
		FRAME(""),
		FRAME("not JSON\n"),
		FRAME("[\"result\"]\n"),
		FRAME("{\"result\": 1}\n"),
		"x ramimg-status-begin\n" RAM "ramimg-status-end\n",
		/* Cut off by another one. */
		"ramimg-status-begin\n{\"result\": \"ram\"ramimg-status-end\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_trial_heard_free) struct ri_trial_heard h = { 0 };
		struct ri_err e = { 0 };

		check_ok(rows[i], ri_trial_hear(ri_str(rows[i]), &h, &e), &e);
		if (h.any)
			fail_msg("%zu: taken for a status: %s", i, rows[i]);
	}
}

static void test_consoles(void **state)
{
	static const struct {
		const char *shown;
		bool login;
		const char *given_up; /* a word of what is said about it */
	} rows[] = {
		{ "", false, NULL },
		{ "debian login: ", true, NULL },
		{ "Debian GNU/Linux 12 debian ttyS0\r\n\r\ndebian login: \x1b[0m", true, NULL },
		{ "debian login: \r\n[   14.2] a late message\r\n", false, NULL },
		{ "login: is what it was\nLast", false, NULL },
		{ "[    1.2] Kernel panic - not syncing: VFS\r\n---[ end", false, "panicked" },
		{ "[DEPEND] Dependency failed for local-fs.target\r\nYou are in emergency mode. After logging in, type",
		    false, "systemd's emergency mode" },
		{ "\r\nEntering emergency mode. Exit the shell to continue.\r\n", false,
		    "dracut's" },
		{ "BusyBox v1.35.0\r\n\r\n(initramfs) ", false, "prompt" },
		{ "Starting the emergency mode's target (initramfs) is over\r\n", false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *given_up = ri_trial_given_up(ri_str(rows[i].shown));

		if (ri_trial_asks_login(ri_str(rows[i].shown)) != rows[i].login ||
		    !given_up != !rows[i].given_up ||
		    (given_up && !strstr(given_up, rows[i].given_up)))
			fail_msg("%s", rows[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_whole_one_counts),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_consoles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
