// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is planned for an image that has a RAM set and no root, and what is made of one. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

/* The root goes first, then what would boot it; the rest is what a boot into RAM takes. */
static void test_actions(void **state)
{
	static const struct {
		enum ri_act_kind kind;
		const char *path;
	} want[] = {
		{ RI_ACT_CLEAR, "/" },
		{ RI_ACT_REMOVE, "/boot/initrd.img-6.1.0-9-amd64" },
		{ RI_ACT_UPLOAD, RI_PATH_ARCHIVE_GZIP },
		{ RI_ACT_UPLOAD, RI_PATH_INITRD },
		{ RI_ACT_PUT, RI_PATH_STATE_RECORD },
		{ RI_ACT_PUT, RI_PATH_STATE_SLIM },
		{ RI_ACT_PUT, RI_PATH_FSTAB },
		{ RI_ACT_PUT, RI_PATH_CFG },
	};
	struct fixture *fx = *state;
	const struct ri_actions *l = &fx->plan.actions;
	struct ri_err e = { 0 };

	fx->job.slim = true;
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG,
	    FX_CFG "menuentry 'Debian' { linux /boot/vmlinuz-6.1.0-9-amd64\n}\n");
	ri_job_settle(&fx->job);
	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
	assert_int_equal(l->n, sizeof want / sizeof *want);
	for (size_t i = 0; i < l->n; i++) {
		assert_string_equal(l->v[i].path, want[i].path);
		assert_int_equal(l->v[i].kind, want[i].kind);
	}
	assert_null(find(l, RI_PATH_CUSTOM));
	assert_ptr_equal(l->facts, &fx->facts);
	assert_true(fx->plan.slim);
	assert_false(fx->plan.counting);
	assert_null(fx->plan.not_counted);
	assert_int_equal(fx->plan.grubenv.n, 0);
	assert_null(strstr(fx->plan.text[RI_TEXT_CFG].p, "menuentry 'Debian'"));
	assert_null(strstr(fx->plan.text[RI_TEXT_CFG].p, "ramimg_failed"));
	assert_non_null(strstr(fx->plan.text[RI_TEXT_CFG].p, "menuentry 'RAM-"));
}

static void on_btrfs(struct fixture *fx)
{
	free(fx->facts.mounts[0].fstype);
	fx->facts.mounts[0].fstype = strdup("btrfs");
}

static void with_entry_files(struct fixture *fx)
{
	fx->facts.bls = true;
}

static void of_a_slim_image(struct fixture *fx)
{
	fx->facts.slim = true;
	fx->job.slim = false;
}

static void test_refused(void **state)
{
	static const struct {
		void (*make)(struct fixture *fx);
		const char *want;
	} rows[] = {
		{ on_btrfs, "--slim: the root is on btrfs" },
		{ with_entry_files, "--slim: GRUB's menu is made of entry files" },
		{ of_a_slim_image, "it is a slim image (build --slim), which has no root" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		void *fresh = NULL;
		struct fixture *fx;

		assert_int_equal(set_up(&fresh), 0);
		fx = fresh;
		fx->job.slim = true;
		rows[i].make(fx);
		assert_int_equal(ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), -1);
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
		assert_non_null(strstr(e.msg, rows[i].want));
		tear_down(&fresh);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_actions, set_up, tear_down),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
