// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Starting the appliance once, by a fake of it: on what, how it went, and that nothing stays. */
#include "unit/doctor/fake_start.h"
#include "unit/tmpdir.h"

static void test_ways(void **state)
{
	static const struct {
		const char *name;
		enum ri_kvm kvm;
		bool with;
		struct ri_err open, end;
		enum ri_code code; /* it fails as a whole */
		const char *why;
	} rows[] = {
		{ .name = "with KVM", .kvm = RI_KVM_YES, .with = true, .why = "" },
		{ .name = "without", .kvm = RI_KVM_NO, .why = "" },
		{ .name = "it does not start",
		    .open = { .code = RI_E_IO, .msg = "no kernel" },
		    .why = "no kernel" },
		{ .name = "it does not end",
		    .end = { .code = RI_E_IO, .msg = "it stays" },
		    .why = "it stays" },
		{ .name = "no memory",
		    .open = { .code = RI_E_NOMEM, .msg = "out of memory" },
		    .code = RI_E_NOMEM },
	};
	char stage[100];
	struct ri_job job = { .stage_dir = stage };

	(void)state;
	snprintf(stage, sizeof stage, "%s/stage", tmpdir);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_doctor_start start;
		struct ri_err e = { 0 };
		int rc;

		memset(&starting, 0, sizeof starting);
		starting.kvm = rows[i].with;
		starting.open_fails = rows[i].open;
		starting.end_fails = rows[i].end;
		job.kvm = (int)rows[i].kvm;
		rc = ri_doctor_try(&job, &start_by, &start, &e);
		if (rows[i].code != RI_OK)
			check_err(rows[i].name, rc, &e, rows[i].code, rows[i].open.msg);
		else
			check_ok(rows[i].name, rc, &e);
		assert_int_equal(starting.use.kvm, rows[i].kvm);
		assert_int_equal(starting.disk, 1 << 20);
		assert_int_equal(starting.opened, starting.closed);
		/* The stage of it has gone. */
		assert_int_equal(tmp_count(stage), 0);
		if (rc < 0)
			continue;
		assert_string_equal(start.why, rows[i].why);
		assert_true(start.started == !*rows[i].why && start.kvm == rows[i].with);
		assert_in_range(start.ms, 0, 100000);
	}
}

/* Where nothing can be staged there is nothing to start it on. */
static void test_no_stage(void **state)
{
	char stage[100];
	struct ri_job job = { .stage_dir = stage };
	struct ri_doctor_start start;
	struct ri_err e = { 0 };

	(void)state;
	memset(&starting, 0, sizeof starting);
	snprintf(stage, sizeof stage, "%s/open", tmpdir);
	assert_int_equal(mkdir(stage, 0700), 0);
	assert_int_equal(chmod(stage, 0777), 0);
	assert_int_equal(ri_doctor_try(&job, &start_by, &start, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "other users can write to"));
	assert_false(start.started);
	assert_int_equal(starting.opened, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ways, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_no_stage, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
