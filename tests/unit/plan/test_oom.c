// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of the decisions: each says so, and leaks nothing. */
#include "unit/oom.h"
#include "unit/facts_fixture.h"

#include "plan/excluded.h"
#include "plan/plan.h"
#include "plan/verdict.h"

static int defaults(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	return ri_job_defaults(&job, e) < 0 ? -1 : ri_job_for_user(&job, 1000, arg, "/home/u", e);
}

static int settings(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	(void)arg;
	if (ri_job_defaults(&job, e) < 0)
		return -1;
	for (size_t i = 0; i < ri_settings_n; i++) {
		const struct ri_setting *row = &ri_settings[i];
		struct ri_strv list = { (char *[]){ (char[]){ "/srv" } }, 1 };

		if (row->kind == RI_SET_LIST && strcmp(row->path, "archive.exclude") == 0 &&
		    ri_setting_set_list(row, &job, &list, e) < 0)
			return -1;
		if (row->kind == RI_SET_STRING && strstr(row->path, "dir") &&
		    ri_setting_set_text(row, &job, "/srv", e) < 0)
			return -1;
	}
	return 0;
}

static int plan(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan reset = { 0 };
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };
	const struct ri_facts *f = arg;

	return ri_job_defaults(&job, e) < 0 || ri_plan_make(&job, f, &p, e) < 0 ||
		       ri_plan_revert(f, &back, e) < 0 || ri_plan_clear_count(f, &reset, e) < 0
		   ? -1
		   : 0;
}

static int excluded(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list l = { 0 };

	return ri_excluded_add(&l, arg, 1, 2, e) < 0 || ri_excluded_add(&l, "/b", 1, 2, e) < 0 ||
		       ri_excluded_add(&l, arg, 1, 2, e) < 0
		   ? -1
		   : 0;
}

static int verdict(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_verdict_free) struct ri_verdict v = { 0 };
	const struct ri_verify_seen seen = { 0 };

	return ri_verdict_make(arg, &seen, &v, e);
}

static void test_each(void **state)
{
	RI_ON_EXIT(ri_facts_free) struct ri_facts f = { 0 };

	(void)state;
	fx_facts(&f);
	assert_true(oom_each("defaults", defaults, "/state") > 2);
	assert_true(oom_each("settings", settings, NULL) > 4);
	assert_true(oom_each("plan", plan, &f) > 30);
	assert_true(oom_each("excluded", excluded, "/a") > 2);
	assert_true(oom_each("verdict", verdict, &f) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
