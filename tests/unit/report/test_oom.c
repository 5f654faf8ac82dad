// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * No memory at each allocation of a report, jansson's own included: it fails, or is the whole report all the same,
 * but never one from which something is missing. Nothing leaks.
 */
#include "unit/oom.h"
#include "unit/report/results.h"

#include "host/json.h"
#include "report/doctor.h"
#include "report/json.h"
#include "report/json_vm.h"
#include "report/spdx.h"
#include "report/table.h"
#include "report/text.h"
#include "report/trial.h"

static struct ri_facts facts;

static int text_facts(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_facts(&facts, &result_plan, "why", &result_ram, out, e);
}

static int text_plan(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_plan(&facts, &result_plan, &result_left, out, e);
}

static int text_build(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_build(&facts, &result_plan, &result_payload, "/d", "a.raw", out, e);
}

static int text_verdict(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_verdict(&result_verdict, true, out, e);
}

static int text_table(struct ri_buf *out, struct ri_err *e)
{
	RI_STRV cells = { 0 };

	return ri_table_cell(&cells, "a", e) < 0 || ri_table_cell(&cells, "", e) < 0
		   ? -1
		   : ri_table_print(&cells, 2, out, e);
}

static int json_facts(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_facts(&facts, &result_plan, "why", &result_ram, out, e);
}

static int json_too_little(struct ri_buf *out, struct ri_err *e)
{
	struct ri_payload pl = result_payload;
	struct ri_err failed = { .code = RI_E_BUDGET, .msg = "too little" };

	pl.ram = result_ram;
	return ri_report_too_little(&failed, &pl, out, e);
}

static int json_plan(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_plan(&facts, &result_plan, &result_left, out, e);
}

static int json_build(struct ri_buf *out, struct ri_err *e)
{
	const struct ri_job job = { .tmpfs_size = TEXT("100%") };
	const struct ri_timings t = { { { .name = "packing", .ms = 1500 } }, 1 };
	const struct ri_build_run run = { &t, "/srv/out" };
	const struct ri_volume v = { .target = TEXT("local:a"), .fd = -1, .claim = -1 };

	return ri_report_build(&job, &facts, &result_plan, &result_payload, &v, &run, out, e);
}

static int json_spdx(struct ri_buf *out, struct ri_err *e)
{
	const struct ri_job job = { 0 };
	struct ri_payload pl = result_payload;

	pl.packages.dpkg =
	    (struct ri_buf){ .p = TEXT("Package: a\nVersion: 1\nMaintainer: A <b>\n"), .n = 40 };
	return ri_report_spdx(&job, &facts, &pl, out, e);
}

static int json_verdict(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_verdict(&result_verdict, false, "in use", out, e);
}

static int json_recover(struct ri_buf *out, struct ri_err *e)
{
	const struct ri_recovered r = { true, 9, 4, 1 };

	return ri_report_recover(&r, RI_RECOVER_UNDO, out, e);
}

static struct ri_vmstatus status = { .vmid = 105,
	.built = RI_BUILT_YES,
	.ram_now = { 900, { 512, 512, 512, 1, false } },
	.name = TEXT("w\xc3\xa9"
		     "b"), /* UTF-8, which stays, and which is none */
	.node = TEXT("pve1"),
	.how = TEXT("guest agent \xe9"),
	.config = "attached",
	.migration = {
	    .blockers = { (char *[]){ TEXT("hostpci0"), TEXT("hostpci1"), NULL }, 2 } } };

static int json_statuses(struct ri_buf *out, struct ri_err *e)
{
	const struct ri_vmstatuses s = { &status, 1 };

	return ri_report_statuses(&s, out, e);
}

static int json_blockers(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_blockers(&status, out, e);
}

static int json_detach(struct ri_buf *out, struct ri_err *e)
{
	const struct ri_detach_result r = { .key = "scsi0", .commands = status.migration.blockers };

	return ri_report_detach("ramimg.detach/1", &r, 105, out, e);
}

static int json_list(struct ri_buf *out, struct ri_err *e)
{
	struct ri_listed row = { 105, TEXT("web"), TEXT("scsi0"), TEXT("local:a"), TEXT("/a"),
		TEXT("1G"), TEXT("raw"), "attached", TEXT("stopped"), true,
		{ 700, { 512, 512, 512, 1, false } }, { 0 }, RI_BUILT_YES, NULL, NULL, true };
	const struct ri_list l = { &row, 1 };

	return ri_report_list(&l, out, e);
}

static const struct ri_doctor looked = {
	.v = { { .name = "kernel",
	    .needs = "the appliance",
	    .health = RI_HEALTH_MISSING,
	    .found = { .p = TEXT("none"), .n = 4 },
	    .remedy = { .p = TEXT("apt"), .n = 3 } } },
	.n = 1,
};
static const struct ri_doctor_start not_started = { .why = "no luck" };

static int text_doctor(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_doctor(&looked, &not_started, out, e);
}

static int json_doctor(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_doctor(&looked, &not_started, out, e);
}

static const struct ri_trial_machine machine = { .memory = 64, .cpus = 1 };
static const struct ri_trial_checks checks = {
	.v = { [RI_TRIAL_LOADER] = { RI_TRIAL_FAILED, TEXT("no & luck"), 1 } },
};
static const struct ri_trial_told told = { "a.raw", &machine, NULL, &checks, 1, "console", 0 };

static int text_trial(struct ri_buf *out, struct ri_err *e)
{
	return ri_print_trial(&told, out, e);
}

static int json_trial(struct ri_buf *out, struct ri_err *e)
{
	return ri_report_trial(&told, out, e);
}

static int junit_trial(struct ri_buf *out, struct ri_err *e)
{
	return ri_junit_trial(&told, out, e);
}

static const struct row {
	const char *name;
	int (*op)(struct ri_buf *out, struct ri_err *e);
	size_t least; /* allocations, so that a way around them is seen */
} rows[] = {
	{ "text facts", text_facts, 2 },
	{ "text plan", text_plan, 2 },
	{ "text build", text_build, 2 },
	{ "text verdict", text_verdict, 1 },
	{ "text table", text_table, 5 },
	{ "text doctor", text_doctor, 10 },
	{ "text trial", text_trial, 5 },
	{ "junit trial", junit_trial, 3 },
	{ "json trial", json_trial, 15 },
	{ "json facts", json_facts, 50 },
	{ "json plan", json_plan, 50 },
	{ "json too little", json_too_little, 20 },
	{ "json build", json_build, 100 },
	{ "json spdx", json_spdx, 100 },
	{ "json verdict", json_verdict, 20 },
	{ "json revert", ri_report_revert, 5 },
	{ "json recover", json_recover, 10 },
	{ "json version", ri_report_version, 5 },
	{ "json statuses", json_statuses, 20 },
	{ "json blockers", json_blockers, 10 },
	{ "json detach", json_detach, 10 },
	{ "json list", json_list, 20 },
	{ "json doctor", json_doctor, 15 },
};

/* @return whether an allocation failed, the @nth. */
static bool fails(const struct row *r, size_t nth, const struct ri_buf *want)
{
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };
	int rc;

	oom_left = nth;
	oom_failed = false;
	rc = r->op(&out, &e);
	oom_left = 0;
	if (rc == 0)
		check_span(r->name, ri_buf_span(&out), ri_buf_span(want));
	else if (rc != -1 || e.code != RI_E_NOMEM || !oom_failed)
		fail_msg("%s: at %zu it returned %d, code %d, said [%s]", r->name, nth, rc,
		    (int)e.code, e.msg);
	return oom_failed;
}

static void test_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ri_err e = { 0 };
		RI_BUF want = { 0 };
		size_t n = 1;

		check_ok(rows[i].name, rows[i].op(&want, &e), &e);
		while (fails(&rows[i], n, &want))
			n++;
		if (n <= rows[i].least)
			fail_msg("%s: only %zu allocations", rows[i].name, n - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
	};
	int rc;

	fx_facts(&facts);
	json_set_alloc_funcs(malloc, free);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	ri_facts_free(&facts);
	return rc;
}
