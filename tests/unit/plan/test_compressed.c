// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is planned otherwise for a root in the compressed form. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

static void plan(struct fixture *fx, struct ri_plan *out)
{
	struct ri_err e = { 0 };

	fx->job.form = RI_COMPRESSED;
	check_ok("settle", ri_job_settle(&fx->job, &e), &e);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, out, &e), &e);
}

/* One file with the root, and an fstab in it that says what the root is; the disk's is the same in both forms. */
static void test_a_build(void **state)
{
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan other = { 0 };
	struct ri_err e = { 0 };

	check_ok("tmpfs", ri_plan_make(&fx->job, &fx->facts, &other, &e), &e);
	assert_int_equal(other.form, RI_TMPFS);
	plan(fx, &fx->plan);
	assert_int_equal(fx->plan.form, RI_COMPRESSED);
	assert_string_equal(fx->plan.archive_path, RI_PATH_ARCHIVE_IMAGE);
	assert_ptr_equal(find(&fx->plan.actions, RI_PATH_ARCHIVE_IMAGE), &fx->plan.actions.v[0]);
	assert_int_equal(fx->plan.actions.v[0].kind, RI_ACT_UPLOAD);
	assert_int_equal(fx->plan.actions.v[0].mode, 0600);
	assert_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_GZIP));
	assert_null(find(&fx->plan.actions, RI_PATH_ARCHIVE_ZSTD));
	check_span("inside", ri_buf_span(&fx->plan.fstab_archive),
	    ri_str(
		"# /etc/fstab\noverlay / overlay rw,relatime 0 0\n#ramimg: UUID=aaaa none swap sw 0 0\n"));
	check_span("on the disk", ri_buf_span(&fx->plan.text[RI_TEXT_FSTAB]),
	    ri_buf_span(&other.text[RI_TEXT_FSTAB]));
}

/* Which form an earlier build had nobody need know: the files of all of them go, by a build and by a revert. */
static void test_after_another_form(void **state)
{
	static const char *const files[] = { RI_PATH_ARCHIVE_GZIP, RI_PATH_ARCHIVE_ZSTD,
		RI_PATH_ARCHIVE_IMAGE };
	struct fixture *fx = *state;
	RI_ON_EXIT(ri_plan_free) struct ri_plan again = { 0 };
	RI_ON_EXIT(ri_plan_free) struct ri_plan back = { 0 };
	struct ri_err e = { 0 };

	plan(fx, &fx->plan);
	fx_build(&fx->facts, &fx->plan);
	fx->job.form = RI_TMPFS;
	check_ok("again", ri_plan_make(&fx->job, &fx->facts, &again, &e), &e);
	check_ok("revert", ri_plan_revert(&fx->facts, &back, &e), &e);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		assert_int_equal(find(&again.undo_actions, files[i])->kind, RI_ACT_REMOVE);
		assert_int_equal(find(&back.undo_actions, files[i])->kind, RI_ACT_REMOVE);
	}
	assert_false(again.undo.any_edited);
	check_span("the fstab before", find(&back.undo_actions, RI_PATH_FSTAB)->bytes,
	    ri_str(FX_FSTAB));
	assert_null(find(&again.actions, RI_PATH_ARCHIVE_IMAGE));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		assert_non_null(ri_rules_match(&again.rules, files[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_build, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_after_another_form, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
