// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What becomes of a text where a part of what a build left is missing, or somebody was there first. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

/* What a build leaves behind, as facts of the next run. */
static void build_it(struct fixture *fx)
{
	static const char *const paths[RI_TEXTS] = { RI_PATH_FSTAB, RI_PATH_CUSTOM, RI_PATH_CFG };
	struct ri_facts *f = &fx->facts;
	struct ri_err e = { 0 };

	check_ok("build", ri_plan_make(&fx->job, f, &fx->plan, &e), &e);
	for (size_t i = 0; i < RI_TEXTS; i++) {
		fx_text(&f->orig[i], "orig", f->now[i].bytes.p);
		fx_text(&f->ours[i], "ours", fx->plan.text[i].p);
		fx_text(&f->now[i], paths[i], fx->plan.text[i].p);
	}
	fx_text(&f->fstab_copy, RI_PATH_FSTAB_COPY, f->orig[RI_TEXT_FSTAB].bytes.p);
	f->built = true;
	ri_plan_free(&fx->plan);
}

static struct ri_span cleaned(const struct fixture *fx, enum ri_text_id id)
{
	return ri_buf_span(&fx->plan.undo.text[id].clean);
}

static void revert(struct fixture *fx)
{
	struct ri_err e = { 0 };

	check_ok("revert", ri_plan_revert(&fx->facts, &fx->plan, &e), &e);
}

/* Nobody knows the root's line any more: neither a revert nor a build takes the tmpfs for it. */
static void test_no_original_of_the_fstab(void **state)
{
	static const char why[] =
	    "/etc/fstab: its root is a tmpfs and no original is left: neither " RI_PATH_FSTAB_COPY
	    " nor " RI_PATH_STATE " is there; write the root's line back by hand";
	static const char by_hand[] = "UUID=other / ext4 rw 0 1\n";
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	build_it(fx);
	fx->facts.orig[RI_TEXT_FSTAB].present = fx->facts.fstab_copy.present = false;
	check_err("revert", ri_plan_revert(&fx->facts, &fx->plan, &e), &e, RI_E_GUEST, why);
	e = (struct ri_err){ 0 };
	assert_int_equal(ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), -1);
	assert_int_equal(e.code, RI_E_GUEST);
	assert_non_null(strstr(e.msg, why));
	/* As it says. */
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, by_hand);
	revert(fx);
	check_span("by hand", cleaned(fx, RI_TEXT_FSTAB), ri_str(by_hand));
	ri_plan_free(&fx->plan);
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, "# nothing\n");
	revert(fx);
	check_span("none", cleaned(fx, RI_TEXT_FSTAB), LIT("# nothing\n"));
}

/* The originals are gone, all but the fstab's copy, and what ramimg wrote is still there. */
static void test_only_ours(void **state)
{
	struct fixture *fx = *state;

	build_it(fx);
	for (size_t i = 0; i < RI_TEXTS; i++)
		fx->facts.orig[i].present = false;
	revert(fx);
	check_span("fstab", cleaned(fx, RI_TEXT_FSTAB), ri_str(FX_FSTAB));
	check_span("custom", cleaned(fx, RI_TEXT_CUSTOM), ri_str(FX_CUSTOM));
	check_span("cfg", cleaned(fx, RI_TEXT_CFG), ri_str(FX_CFG));
}

/* Somebody has put the originals back, or removed a text. */
static void test_nothing_to_do(void **state)
{
	struct fixture *fx = *state;

	build_it(fx);
	fx_text(&fx->facts.now[RI_TEXT_FSTAB], RI_PATH_FSTAB, FX_FSTAB);
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, FX_CFG);
	ri_buf_free(&fx->facts.now[RI_TEXT_CUSTOM].bytes);
	fx->facts.now[RI_TEXT_CUSTOM].present = false;
	revert(fx);
	assert_false(fx->plan.undo.any_edited);
	assert_null(find(&fx->plan.undo_actions, RI_PATH_FSTAB));
	assert_null(find(&fx->plan.undo_actions, RI_PATH_CUSTOM));
	assert_null(find(&fx->plan.undo_actions, RI_PATH_CFG));
}

/* @cfg now, @original before: what is left of it. */
static void check_cfg(const char *cfg, const char *original, const char *want)
{
	struct fixture *fx;
	void *made = NULL;

	assert_int_equal(set_up(&made), 0);
	fx = made;
	build_it(fx);
	fx_text(&fx->facts.orig[RI_TEXT_CFG], "orig", original);
	fx_text(&fx->facts.now[RI_TEXT_CUSTOM], RI_PATH_CUSTOM, FX_CUSTOM);
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, cfg);
	revert(fx);
	check_span(cfg, cleaned(fx, RI_TEXT_CFG), ri_str(want));
	tear_down(&made);
}

#define CFG(value)                                                                                 \
	"### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"                   \
	"   set default=\"${next_entry}\"\n   set next_entry=\nelse\n   set default=\"" value      \
	"\"\nfi\n### END /etc/grub.d/00_header ###\n\n### BEGIN /etc/grub.d/40_custom ###\n"       \
	"# This file provides an easy way to add custom menu entries.\n"                           \
	"### END /etc/grub.d/40_custom ###\n"

/* The entry is gone from grub.cfg already; its default is the original's, unless it is somebody's. */
static void test_the_default(void **state)
{
	(void)state;
	check_cfg(CFG("ramimg-x"), CFG("3"), CFG("3"));
	check_cfg(CFG("7"), CFG("3"), CFG("7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_original_of_the_fstab, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_only_ours, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_to_do, set_up, tear_down),
		cmocka_unit_test(test_the_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
