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

#define NO_KVM(why) "the appliance does not start with KVM (" why "); trying again without it\n"
#define HUNG "the appliance did not start within 60 s"
#define AGAIN "the appliance does not start; trying again without KVM\n"
#define ONCE_MORE "the appliance did not start within 300 s; once more\n"
#define MARKED "KVM has hung here within the last hour and is not tried ("
#define QEMU_SAYS "qemu-system-x86_64: failed to initialize kvm: Input/output error"
#define NO_APPLIANCE "libguestfs cannot make its appliance (`ramimg doctor` says what is missing): "
#define SUPERMIN "supermin exited with error status 1."

struct launched {
	const char *name;
	enum ri_kvm kvm;
	bool mark, no_device, reads;
	int ways[4];
	const char *console, *error; /* what QEMU and libguestfs say */
	const char *said, *msg;      /* msg NULL: it starts */
	size_t launches;
	bool marked, with_kvm;
	const char *last; /* a line of the last launch's */
};

static void check_launch(const struct launched *r)
{
	RI_ON_EXIT(ri_guest_rw_closep) struct ri_guest_rw *w = NULL;
	const struct ri_appliance_use use = { .kvm = r->kvm,
		.reads = r->reads,
		.kvm_device = r->no_device ? tmp_path("no-kvm") : "/dev/null" };
	RI_FREE char *mark = ri_kvm_hangs_path(NULL);
	struct ri_err e = { 0 };
	const char *last = NULL;
	int rc;

	whole_mark(r->mark);
	fake_guestfs_reset();
	snprintf(fake_guestfs.error, sizeof fake_guestfs.error, "%s",
	    r->error ? r->error : "it is the fake's");
	fake_guestfs.console = r->console;
	fake_guestfs.launching = launch;
	ways = r->ways;
	lines[0] = '\0';
	rc = ri_appliance_open(&whole_stage, &use, &w, &e);
	if (r->msg)
		check_err(r->name, rc, &e, RI_E_IO, r->msg);
	else
		check_ok(r->name, rc, &e);
	if (strncmp(lines, r->said, strlen(r->said)) != 0 || (!*r->said && *lines))
		fail_msg("%s: said [%s]", r->name, lines);
	if (launches() != r->launches || ri_kvm_hangs_is_set(mark) != r->marked)
		fail_msg("%s: %zu launches, marked %d", r->name, launches(), !r->marked);
	assert_int_equal(fake_guestfs.handles, rc == 0);
	if (rc == 0 && ri_appliance_has_kvm(w) != r->with_kvm)
		fail_msg("%s: it has KVM %d", r->name, !r->with_kvm);
	for (const char *p = fake_guestfs.log; (p = strstr(p, "set_backend direct")); p++)
		last = p;
	if (r->last && (!last || !strstr(last, r->last)))
		fail_msg("%s: the last launch was [%s]", r->name, last);
	/* What is not launched for uploads has no disk for them. */
	assert_null(strstr(fake_guestfs.log, RI_STAGE_HANDOVER));
}

static const struct launched of_itself[] = {
	{ .name = "KVM",
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .with_kvm = true,
	    .last = "force_kvm 1\n" },
	{ .name = "as many processors",
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .with_kvm = true,
	    .last = "set_smp 2\n" },
	{ .name = "no KVM",
	    .ways = { FAILS, STARTS },
	    .console = "boot\r\n" QEMU_SAYS "\r\n",
	    .said = NO_KVM(QEMU_SAYS),
	    .launches = 2,
	    .last = "set_smp 1\n" },
	{ .name = "KVM hangs",
	    .ways = { HANGS, STARTS },
	    .said = NO_KVM(HUNG),
	    .launches = 2,
	    .marked = true,
	    .last = "force_tcg 1\n" },
	{ .name = "it is known to",
	    .mark = true,
	    .ways = { STARTS },
	    .said = MARKED,
	    .launches = 1,
	    .marked = true,
	    .last = "force_tcg 1\n" },
	{ .name = "something else",
	    .ways = { FAILS, STARTS },
	    .console = "kvm-clock: Using msrs\r\nHypervisor detected: KVM\r\n",
	    .said = AGAIN,
	    .launches = 2,
	    .last = "force_tcg 1\n" },
	{ .name = "nobody may open it",
	    .no_device = true,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .last = "force_tcg 1\n" },
	{ .name = "emulated, there is one processor",
	    .no_device = true,
	    .reads = true,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .last = "set_smp 1\n" },
	{ .name = "all hang",
	    .ways = { HANGS, HANGS, HANGS },
	    .said = NO_KVM(HUNG) ONCE_MORE,
	    .msg = "without KVM (-v says more): the appliance did not start within 300 s",
	    .launches = 3,
	    .last = "set_smp 1\n" },
	{ .name = "it goes once more",
	    .ways = { HANGS, HANGS, STARTS },
	    .said = NO_KVM(HUNG) ONCE_MORE,
	    .launches = 3,
	    .marked = true },
	{ .name = "none works",
	    .ways = { FAILS, FAILS },
	    .said = AGAIN,
	    .msg = "without KVM (-v says more): starting the appliance: it is the fake's",
	    .launches = 2 },
	/* Without an appliance KVM is of no interest. */
	{ .name = "supermin",
	    .ways = { FAILS },
	    .error = SUPERMIN,
	    .said = "",
	    .msg = NO_APPLIANCE "starting the appliance: " SUPERMIN,
	    .launches = 1 },
	{ .name = "supermin, and it is known to hang",
	    .mark = true,
	    .ways = { FAILS },
	    .error = SUPERMIN,
	    .said = MARKED,
	    .msg = NO_APPLIANCE "starting the appliance: " SUPERMIN,
	    .launches = 1,
	    .marked = true },
};

static void test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof of_itself / sizeof *of_itself; i++)
		check_launch(&of_itself[i]);
}

#define NOT_YES "KVM does not work here, and appliance.kvm is \"yes\": "

static const struct launched chosen[] = {
	{ .name = "no",
	    .kvm = RI_KVM_NO,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .last = "force_tcg 1\n" },
	{ .name = "no, and it is known to hang",
	    .kvm = RI_KVM_NO,
	    .mark = true,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .marked = true,
	    .last = "force_tcg 1\n" },
	{ .name = "yes",
	    .kvm = RI_KVM_YES,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .with_kvm = true,
	    .last = "force_kvm 1\n" },
	{ .name = "yes, whatever is remembered",
	    .kvm = RI_KVM_YES,
	    .mark = true,
	    .ways = { STARTS },
	    .said = "",
	    .launches = 1,
	    .marked = true,
	    .with_kvm = true },
	{ .name = "yes, and it hangs",
	    .kvm = RI_KVM_YES,
	    .ways = { HANGS },
	    .said = "",
	    .msg = NOT_YES HUNG,
	    .launches = 1 },
	{ .name = "yes, and QEMU cannot",
	    .kvm = RI_KVM_YES,
	    .ways = { FAILS },
	    .console = QEMU_SAYS "\r\n",
	    .said = "",
	    .msg = NOT_YES QEMU_SAYS,
	    .launches = 1 },
	{ .name = "yes, and it is something else",
	    .kvm = RI_KVM_YES,
	    .ways = { FAILS },
	    .said = "",
	    .msg = "starting the appliance: it is the fake's",
	    .launches = 1 },
};

/* appliance.kvm: the choice is not the appliance's own. */
static void test_choice(void **state)
{
	char no_device[300];
	const struct launched none = { .name = "yes, and there is none",
		.kvm = RI_KVM_YES,
		.no_device = true,
		.said = "",
		.msg = no_device };

	(void)state;
	for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
		check_launch(&chosen[i]);
	snprintf(no_device, sizeof no_device,
	    "appliance.kvm is \"yes\", and %s cannot be opened: No such file or directory",
	    tmp_path("no-kvm"));
	check_launch(&none);
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
	fake_guestfs.left = 2;
	fake_guestfs.only = "set_backend_setting";
	ways = hangs;
	lines[0] = '\0';
	check_err("open",
	    ri_appliance_open(&whole_stage,
		&(struct ri_appliance_use){ .reads = true, .kvm_device = "/dev/null" }, &w, &e),
	    &e, RI_E_IO, "saying whether to use KVM: set_backend_setting does not work");
	assert_string_equal(lines, NO_KVM(HUNG));
	assert_int_equal(launches(), 1);
	assert_int_equal(fake_guestfs.handles, 0);
}

/* A directory of the runtime that is none leaves what is staged to remember it in. */
static void test_where_to_remember(void **state)
{
	RI_FREE char *run = ri_kvm_hangs_path("/stage"), *stage = NULL, *want = NULL;

	(void)state;
	assert_true(asprintf(&want, "%s/ramimg/kvm-hangs", tmp_path("run")) > 0);
	assert_string_equal(run, want);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "relative", 1), 0);
	assert_null(ri_kvm_hangs_path(NULL));
	assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
	assert_null(ri_kvm_hangs_path(NULL));
	stage = ri_kvm_hangs_path("/stage");
	assert_string_equal(stage, "/stage/kvm-hangs");
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
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_what_hung_before),
		cmocka_unit_test(test_where_to_remember),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
