// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Starting the appliance: with KVM, without, again, and what is remembered of it. */
#include "unit/appliance/whole.h"

#include "base/log.h"

#include <errno.h>

enum { STARTS, FAILS, HANGS };

static const int *ways; /* how each launch goes, in turn */
static char lines[2000];

/* One that hangs is ended by the watchdog once its time is up (test_watchdog.c). */
static int launch(struct ri_watchdog *watch)
{
	int way = *ways++;

	if (way == HANGS)
		watch->expired = true;
	return way == STARTS ? 0 : -1;
}

static void keep_line(void *arg, enum ri_level level, const char *text)
{
	size_t used = strlen(lines);

	(void)arg;
	if (level <= RI_LOG_INFO)
		snprintf(lines + used, sizeof lines - used, "%s\n", text);
}

static void progress(void *arg, const char *phase, uint64_t done, uint64_t total, int end)
{
	(void)arg, (void)phase, (void)done, (void)total, (void)end;
}

static size_t launches(void)
{
	size_t n = 0;

	for (const char *p = fake_guestfs.log; (p = strstr(p, "\nlaunch\n")); p++)
		n++;
	return n;
}

#define NO_KVM "the appliance does not start with KVM; trying again without it\n"
#define ONCE_MORE "the appliance did not start within 300 s; once more\n"

static void test_ways(void **state)
{
	static const struct {
		const char *name;
		bool mark;
		int ways[4];
		const char *said, *msg; /* msg NULL: it starts */
		size_t launches;
		bool marked;
		const char *last_cpus;
	} rows[] = {
		{ "KVM", false, { STARTS }, "", NULL, 1, false, "set_smp 2\n" },
		{ "no KVM", false, { FAILS, STARTS }, NO_KVM, NULL, 2, false, "set_smp 1\n" },
		{ "KVM hangs", false, { HANGS, STARTS }, NO_KVM, NULL, 2, true, "set_smp 1\n" },
		{ "it is known to", true, { STARTS }, NULL, NULL, 1, true, "set_smp 1\n" },
		{ "all hang", false, { HANGS, HANGS, HANGS }, NO_KVM ONCE_MORE,
		    "without KVM (-v says more): the appliance did not start within 300 s", 3,
		    false, "set_smp 1\n" },
		{ "it goes once more", false, { HANGS, HANGS, STARTS }, NO_KVM ONCE_MORE, NULL, 3,
		    true, "set_smp 1\n" },
		{ "none works", false, { FAILS, FAILS }, NO_KVM,
		    "without KVM (-v says more): starting the appliance: it is the fake's", 2,
		    false, "set_smp 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
		static const struct ri_appliance_use use = { .uploads = false };
		RI_FREE char *mark = ri_kvm_hangs_path();
		struct ri_err e = { 0 };
		int rc;

		whole_mark(rows[i].mark);
		fake_guestfs_reset();
		snprintf(fake_guestfs.error, sizeof fake_guestfs.error, "it is the fake's");
		fake_guestfs.launching = launch;
		ways = rows[i].ways;
		lines[0] = '\0';
		rc = ri_appliance_open(&whole_stage, &use, &w, &e);
		if (rows[i].msg)
			check_err(rows[i].name, rc, &e, RI_E_IO, rows[i].msg);
		else
			check_ok(rows[i].name, rc, &e);
		if (rows[i].said)
			assert_string_equal(lines, rows[i].said);
		else
			assert_non_null(strstr(lines, "KVM has hung here within the last hour"));
		assert_int_equal(launches(), rows[i].launches);
		assert_int_equal(ri_kvm_hangs_is_set(mark), rows[i].marked);
		assert_int_equal(fake_guestfs.handles, rc == 0);
		assert_non_null(strstr(fake_guestfs.log, rows[i].last_cpus));
		/* What is not launched for uploads has no disk for them. */
		assert_null(strstr(fake_guestfs.log, RI_STAGE_HANDOVER));
	}
}

/* KVM hung, and then it cannot even be set up without: that is no hang, and is not tried once more. */
static void test_what_hung_before(void **state)
{
	static const int hangs[] = { HANGS };
	struct ri_guest_rw *w = NULL;
	struct ri_err e = { 0 };

	(void)state;
	whole_mark(false);
	fake_guestfs_reset();
	fake_guestfs.launching = launch;
	fake_guestfs.left = 1;
	fake_guestfs.only = "set_backend_setting";
	ways = hangs;
	lines[0] = '\0';
	check_err("open",
	    ri_appliance_open(&whole_stage, &(struct ri_appliance_use){ .reads = true }, &w, &e),
	    &e, RI_E_IO,
	    "without KVM (-v says more): turning KVM off: set_backend_setting does not work");
	assert_string_equal(lines, NO_KVM);
	assert_int_equal(launches(), 1);
	assert_int_equal(fake_guestfs.handles, 0);
}

/* A directory of the runtime that is none leaves nothing to remember it in. */
static void test_nowhere_to_remember(void **state)
{
	(void)state;
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "relative", 1), 0);
	assert_null(ri_kvm_hangs_path());
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	assert_null(ri_kvm_hangs_path());
	assert_int_equal(setenv("XDG_RUNTIME_DIR", tmp_path("run"), 1), 0);
}

static int set_up(void **state)
{
	static const struct ri_log_sink sink = { keep_line, progress, NULL, RI_LOG_DEBUG };

	ri_log_set_sink(&sink);
	return whole_set_up(state);
}

static int tear_down(void **state)
{
	ri_log_set_sink(NULL);
	return whole_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ways),
		cmocka_unit_test(test_what_hung_before),
		cmocka_unit_test(test_nowhere_to_remember),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
