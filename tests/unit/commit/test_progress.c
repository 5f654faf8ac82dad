// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a commit and a recovery tell of their phases: those that were cut off do not look finished. */
#include "unit/commit/commit_fixture.h"

#include "base/log.h"

/* The last that was told of each phase. */
static struct told {
	char phase[16];
	uint64_t done, total;
	int how;
} told[4];

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	size_t i = 0;

	(void)arg;
	while (told[i].phase[0] && strcmp(told[i].phase, phase) != 0)
		assert_true(++i < 4);
	snprintf(told[i].phase, sizeof told[i].phase, "%s", phase);
	told[i].done = done;
	told[i].total = total;
	told[i].how = how;
}

static const struct told *of(const char *phase)
{
	for (size_t i = 0; i < 4; i++)
		if (strcmp(told[i].phase, phase) == 0)
			return &told[i];
	fail_msg("nothing was told of %s", phase);
	return NULL;
}

/* A commit whose step @at fails (0: none does). */
static int commit(const char *path, size_t at)
{
	const struct ri_log_sink sink = { .progress = on_progress };
	RI_ON_EXIT(ri_volume_close) struct ri_volume v = RI_VOLUME_INIT;
	RI_ON_EXIT(ri_stage_discard) struct ri_stage s = { 0 };
	struct ri_err e = { 0 };
	int rc;

	cf_image(path, "raw");
	cf_volume(path, &v);
	cf_stage(&v, &s);
	cf_fault.at = at;
	cf_fault.steps = 0;
	memset(told, 0, sizeof told);
	ri_log_set_sink(&sink);
	rc = cf_commit(&s, true, &e);
	ri_log_set_sink(NULL);
	cf_fault.at = 0;
	return rc;
}

static void test_whole(void **state)
{
	const struct told *t;

	(void)state;
	assert_int_equal(commit(tmp_path("d.raw"), 0), 0);
	assert_int_equal(of("comparing")->how, RI_PROGRESS_ENDS);
	assert_int_equal(of("comparing")->done, of("comparing")->total);
	t = of("committing");
	assert_int_equal(t->how, RI_PROGRESS_ENDS);
	assert_true(t->total > 0);
	assert_int_equal(t->done, t->total);
}

/* The third write fails: some bytes are written, and it is no end. */
static void test_cut_off(void **state)
{
	const struct ri_log_sink sink = { .progress = on_progress };
	const char *path = tmp_path("d.raw");
	struct ri_recovered r;
	struct ri_err e;

	(void)state;
	assert_int_equal(commit(path, 3), -1);
	assert_int_equal(of("comparing")->how, RI_PROGRESS_ENDS);
	assert_int_equal(of("committing")->how, RI_PROGRESS_STOPS);
	assert_true(of("committing")->done < of("committing")->total);
	ri_log_set_sink(&sink);
	check_ok("recover", cf_recover(path, RI_RECOVER_UNDO, &r, &e), &e);
	ri_log_set_sink(NULL);
	assert_int_equal(of("undoing")->how, RI_PROGRESS_ENDS);
	assert_int_equal(of("undoing")->done, of("undoing")->total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_cut_off, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
