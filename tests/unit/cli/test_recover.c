// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* `recover` where no commit was interrupted. */
#include "unit/captured.h"
#include "unit/fake_host.h"

#include "cli/cmd_internal.h"

static struct ri_job job;

static int set_up(void **state)
{
	struct ri_err e = { 0 };

	if (host_set_up(state) < 0)
		return -1;
	check_ok("job", ri_job_defaults(&job, &e), &e);
	free(job.stage_dir);
	job.stage_dir = strdup(tmp_path("stage"));
	free(job.old_stage_dir);
	job.old_stage_dir = NULL;
	spit(tmp_path("vm.raw"), ri_str("a disk"));
	return 0;
}

static int tear_down(void **state)
{
	ri_job_free(&job);
	return host_tear_down(state);
}

static int recover(struct ri_opts o, struct ri_buf *out, struct ri_err *e)
{
	int was = capture_begin(), rc;

	o.pve_root = tmpdir;
	rc = ri_cmd_recover(&o, &job, e);
	capture_end(was, out);
	return rc;
}

static void test_nothing_to_recover(void **state)
{
	static const char text[] = "%s/vm.raw: nothing to recover\n",
			  json[] =
			      "{\n  \"format\": \"ramimg.recover/1\",\n  \"recovered\": false\n}\n";
	RI_FREE char *path = strdup(tmp_path("vm.raw"));
	const struct {
		const char *name, *want;
		struct ri_opts o;
	} rows[] = {
		{ "complete", text, { .target = path } },
		{ "undo", text, { .target = path, .undo = true } },
		{ "discard", text, { .target = path, .discard = true } },
		{ "json", json, { .target = path, .json = true } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };

		check_ok(rows[i].name, recover(rows[i].o, &out, &e), &e);
		check_span(rows[i].name, ri_buf_span(&out), ri_str(rooted(rows[i].want)));
	}
}

static void test_two_ways(void **state)
{
	const struct ri_opts o = { .target = tmp_path("vm.raw"), .undo = true, .discard = true };
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("both", recover(o, &out, &e), &e, RI_E_USAGE,
	    "--undo and --discard are two ways; choose one");
}

static void test_no_volume(void **state)
{
	RI_FREE char *path = strdup(tmp_path("absent.raw"));
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(recover((struct ri_opts){ .target = path }, &out, &e), -1);
	assert_int_not_equal(e.code, RI_E_COMMIT);
	assert_non_null(strstr(e.msg, "absent.raw"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_nothing_to_recover),
		T(test_two_ways),
		T(test_no_volume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
