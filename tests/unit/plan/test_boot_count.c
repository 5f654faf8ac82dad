// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Boot counting: what a build, a verify and a revert make of the environment block, and who may not
 * count at all. */
#include "unit/check.h"
#include "unit/plan_fixture.h"

#include "format/grubenv.h"
#include "plan/boot_count.h"

#define HEADER "# GRUB Environment Block\n"

/* The guest has a block with these lines. */
static void have(struct ri_facts *f, const char *lines)
{
	RI_BUF b = { 0 };

	ri_buf_addf(&b, HEADER "%s", lines);
	while (b.n < RI_GRUBENV_BYTES)
		ri_buf_add(&b, "#", 1);
	fx_text(&f->grubenv, RI_PATH_GRUBENV, b.p);
}

/* @a puts a whole block with these lines and no others. */
static void puts_block(const struct ri_action *a, const char *lines)
{
	RI_BUF want = { 0 };

	assert_non_null(a);
	assert_int_equal(a->kind, RI_ACT_PUT);
	assert_int_equal(a->bytes.n, RI_GRUBENV_BYTES);
	ri_buf_addf(&want, HEADER "%s#", lines);
	assert_true(ri_span_starts(a->bytes, want.p));
}

static bool counts(const struct ri_plan *p)
{
	return memmem(p->entry.p, p->entry.n, "save_env ramimg_failed", 22) != NULL;
}

static void build(struct fixture *fx)
{
	struct ri_err e = { 0 };

	check_ok("plan", ri_plan_make(&fx->job, &fx->facts, &fx->plan, &e), &e);
}

static void test_a_guest_without_a_block_gets_one(void **state)
{
	struct fixture *fx = *state;

	build(fx);
	assert_true(fx->plan.counting && counts(&fx->plan));
	assert_null(fx->plan.not_counted);
	puts_block(find(&fx->plan.actions, RI_PATH_GRUBENV), "");
	assert_non_null(find(&fx->plan.actions, RI_PATH_STATE_GRUBENV_OURS));
}

static void test_a_build_clears_the_count(void **state)
{
	struct fixture *fx = *state;

	have(&fx->facts, "saved_entry=0\nramimg_failed=2\nrecordfail=1\n");
	build(fx);
	puts_block(find(&fx->plan.actions, RI_PATH_GRUBENV), "saved_entry=0\nrecordfail=1\n");
	assert_true(find(&fx->plan.actions, RI_PATH_GRUBENV)->keep_attrs);
	assert_null(find(&fx->plan.actions, RI_PATH_STATE_GRUBENV_OURS));
}

static void test_a_block_without_a_count_stays(void **state)
{
	struct fixture *fx = *state;

	have(&fx->facts, "saved_entry=0\n");
	build(fx);
	assert_true(fx->plan.counting && counts(&fx->plan));
	assert_null(find(&fx->plan.actions, RI_PATH_GRUBENV));
}

/* Off: no block is made, and what an earlier build counted goes. */
static void test_off(void **state)
{
	struct fixture *fx = *state;

	fx->job.boot_counting = false;
	build(fx);
	assert_false(fx->plan.counting || counts(&fx->plan));
	assert_null(fx->plan.not_counted);
	assert_null(find(&fx->plan.actions, RI_PATH_GRUBENV));
	ri_plan_free(&fx->plan);
	have(&fx->facts, "ramimg_failed=1\n");
	build(fx);
	puts_block(find(&fx->plan.actions, RI_PATH_GRUBENV), "");
}

static void on_lvm(struct ri_facts *f)
{
	f->bootdev.lvm_hint = strdup("lvmid/a/b");
}
static void grub_apart(struct ri_facts *f)
{
	f->mounts[1] = (struct ri_mount){ strdup("/boot/grub"), strdup("/dev/sda2"), strdup("ext4"),
		strdup("b"), 1u << 30, 1u << 29, { 0, NULL } };
	f->mounts_n = 2;
}
static void damaged(struct ri_facts *f)
{
	fx_text(&f->grubenv, RI_PATH_GRUBENV, "#");
}
static void full(struct ri_facts *f)
{
	RI_BUF line = { 0 };

	ri_buf_add_str(&line, "x=");
	while (line.n < RI_GRUBENV_BYTES - strlen(HEADER "\n"))
		ri_buf_add(&line, "x", 1);
	ri_buf_add_str(&line, "\n");
	have(f, line.p);
}

static void test_where_grub_cannot_count(void **state)
{
	static const struct {
		void (*make)(struct ri_facts *f);
		const char *why;
	} rows[] = {
		{ on_lvm, "/boot is on LVM, to which GRUB cannot write" },
		{ grub_apart, "/boot/grub is a file system of its own" },
		{ damaged,
		    "/boot/grub/grubenv is damaged or full; mend it in the guest: grub-editenv "
		    "/boot/grub/grubenv create" },
		{ full, "/boot/grub/grubenv is damaged or full; mend it in the guest: grub-editenv "
			"/boot/grub/grubenv create" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fixture *fx;
		void *made = NULL;

		assert_int_equal(set_up(&made), 0);
		fx = made;
		rows[i].make(&fx->facts);
		build(fx);
		assert_false(fx->plan.counting || counts(&fx->plan));
		assert_string_equal(fx->plan.not_counted, rows[i].why);
		assert_null(find(&fx->plan.actions, RI_PATH_GRUBENV));
		tear_down(&made);
	}
}

/* The default that takes over is the guest's own, from before any build. */
static void test_stock_default(void **state)
{
	static const char own[] =
	    "### BEGIN /etc/grub.d/00_header ###\nif [ \"${next_entry}\" ] ; then\n"
	    "   set default=\"${next_entry}\"\nelse\n   set default=\"${saved_entry}\"\nfi\n"
	    "### END /etc/grub.d/00_header ###\n### BEGIN /etc/grub.d/40_custom ###\n"
	    "### END /etc/grub.d/40_custom ###\n";
	struct fixture *fx = *state;

	build(fx);
	assert_non_null(strstr(fx->plan.entry.p, "\n  set default=\"0\"\n"));
	ri_plan_free(&fx->plan);
	fx_text(&fx->facts.now[RI_TEXT_CFG], RI_PATH_CFG, own);
	build(fx);
	assert_non_null(strstr(fx->plan.entry.p, "\n  set default=\"${saved_entry}\"\n"));
}

static void test_clear(void **state)
{
	struct fixture *fx = *state;
	struct ri_err e = { 0 };

	have(&fx->facts, "ramimg_failed=2\nx=1\n");
	assert_int_equal(ri_bootcount_of(&fx->facts), 2);
	check_ok("clear", ri_plan_clear_count(&fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.undo_actions.n, 1);
	puts_block(&fx->plan.undo_actions.v[0], "x=1\n");
	ri_plan_free(&fx->plan);
	have(&fx->facts, "x=1\n");
	assert_int_equal(ri_bootcount_of(&fx->facts), 0);
	check_ok("clear", ri_plan_clear_count(&fx->facts, &fx->plan, &e), &e);
	assert_int_equal(fx->plan.undo_actions.n, 0);
}

static void test_revert(void **state)
{
	static const struct {
		bool ours;
		const char *lines, *left; /* left: NULL: it goes; "=": it stays as it is */
	} rows[] = {
		{ true, "", NULL },
		{ true, "ramimg_failed=1\n", NULL },
		{ true, "saved_entry=1\nramimg_failed=1\n", "saved_entry=1\n" },
		{ true, "saved_entry=1\n", "=" },
		{ false, "", "=" },
		{ false, "ramimg_failed=2\n", "" },
	};
	struct fixture *fx = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_plan_free) struct ri_plan p = { 0 };
		const struct ri_action *a;
		struct ri_err e = { 0 };

		have(&fx->facts, rows[i].lines);
		fx->facts.grubenv_ours = rows[i].ours;
		check_ok("revert", ri_plan_revert(&fx->facts, &p, &e), &e);
		a = find(&p.undo_actions, RI_PATH_GRUBENV);
		if (!rows[i].left)
			assert_true(a && a->kind == RI_ACT_REMOVE);
		else if (strcmp(rows[i].left, "=") == 0)
			assert_null(a);
		else
			puts_block(a, rows[i].left);
		assert_non_null(find(&p.undo_actions, RI_PATH_STATE_GRUBENV_OURS));
	}
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_a_guest_without_a_block_gets_one),
		CASE(test_a_build_clears_the_count),
		CASE(test_a_block_without_a_count_stays),
		CASE(test_off),
		cmocka_unit_test(test_where_grub_cannot_count),
		CASE(test_stock_default),
		CASE(test_clear),
		CASE(test_revert),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
