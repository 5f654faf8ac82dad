// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a VM needs, before anything is packed: by what is used on the disk, and by what is known exactly. */
#include "unit/fake_build.h"

#include "build/ram_estimate.h"

#define MIB ((uint64_t)1 << 20)
#define INITRD                                                                                     \
	(struct ri_initrd_size)                                                                    \
	{                                                                                          \
		.bytes = 30 * MIB, .entries = 1024, .unpacked_bytes = 120 * MIB,                   \
		.shed_bytes = 100 * MIB                                                            \
	}

struct looked {
	struct ri_job job;
	struct ri_facts facts;
	struct ri_plan plan;
	struct ri_excluded_list left;
};

static void looked_free(struct looked *l)
{
	ri_excluded_free(&l->left);
	ri_plan_free(&l->plan);
	ri_facts_free(&l->facts);
	ri_job_free(&l->job);
}

static void prepare(struct looked *l)
{
	struct ri_err e = { 0 };

	fb_fresh();
	fb_job(&l->job, true);
	fx_facts(&l->facts);
	l->facts.initrd = INITRD;
	/* A third zone would begin at 2.6 GiB. */
	l->facts.mounts->free_bytes = l->facts.mounts->bytes - 1024 * MIB;
	check_ok("plan", ri_plan_make(&l->job, &l->facts, &l->plan, &e), &e);
}

static int look(struct looked *l, struct ri_err *e)
{
	l->plan.about = (struct ri_ram_need){ 1, 2, 3 };
	return ri_ram_estimate(&fb.appliance.w.g, &l->job, &l->facts, &l->left, &l->plan, e);
}

static uint64_t least(struct looked *l)
{
	struct ri_err e = { 0 };

	check_ok("look", look(l, &e), &e);
	return l->plan.about.least;
}

/* A GiB is used of the disk. What goes to the disk and is left out, or comes into the initrd, counts as such. */
static void test_parts(void **state)
{
	RI_ON_EXIT(looked_free) struct looked l = { 0 };
	struct ri_err e = { 0 };
	uint64_t was;

	(void)state;
	prepare(&l);
	was = least(&l);
	assert_in_range(was, 1024 + 128 + 20, 1024 + 128 + 400);
	assert_in_range(l.plan.about.cpu, 1, 4);
	assert_in_range(l.plan.about.used, 1024 * MIB, was * MIB);
	l.facts.mounts->free_bytes -= 160 * MIB;
	assert_in_range(least(&l), was + 160, was + 180);
	check_ok("left", ri_excluded_add(&l.left, "/swapfile", 1, 160 * MIB, &e), &e);
	assert_int_equal(least(&l), was);
	/* What the initrd takes is free again when the reserve is wanted: without one it counts in full. */
	l.job.reserve = 0;
	was = least(&l);
	l.facts.initrd.shed_bytes -= 50 * MIB;
	assert_in_range(least(&l), was + 50, was + 52);
	l.facts.initrd = INITRD;
	l.facts.initrd.entries += 2048;
	assert_in_range(least(&l), was + 6, was + 7);
	l.facts.initrd = INITRD;
	l.job.reserve = 300 * MIB;
	was = least(&l);
	l.job.reserve += 30 * MIB;
	assert_in_range(least(&l), was + 30, was + 31);
}

/* As payload.c has it: with a /usr of its own the modules stay, and UEFI keeps some memory. */
static void test_what_is_entered(void **state)
{
	RI_ON_EXIT(looked_free) struct looked l = { 0 };
	struct ri_manifest m = { 0 };
	char usr[] = "/usr";

	(void)state;
	prepare(&l);
	ri_ram_enter(&l.job, &l.facts, &l.facts.initrd, &m);
	assert_true(m.reserve_bytes == l.job.reserve && m.loader_bytes == l.job.loader_memory);
	assert_true(m.shed_bytes == 100 * MIB && m.initrd_bytes > 30 * MIB && !m.uefi);
	assert_in_range(m.initrd_unpacked_bytes, 123 * MIB, 133 * MIB);
	l.facts.mounts[1] = l.facts.mounts[0];
	l.facts.mounts[1].mountpoint = usr;
	l.facts.mounts_n++;
	l.facts.stubs_n = 1;
	ri_ram_enter(&l.job, &l.facts, &l.facts.initrd, &m);
	assert_true(m.shed_bytes == 0 && m.uefi);
	l.facts.mounts_n--;
	l.facts.stubs_n = 0;
}

static void test_not_known(void **state)
{
	RI_ON_EXIT(looked_free) struct looked l = { 0 };

	(void)state;
	prepare(&l);
	l.facts.initrd = (struct ri_initrd_size){ 0 };
	assert_int_equal(least(&l), 0);
	l.facts.initrd = INITRD;
	l.job.form = RI_COMPRESSED;
	assert_int_equal(least(&l), 0);
	l.job.form = RI_TMPFS;
	assert_true(least(&l) > 0);
	free(l.facts.mounts->fstype);
	l.facts.mounts->fstype = strdup("btrfs");
	assert_int_equal(least(&l), 0);
	assert_true(l.plan.about.cpu == 0 && l.plan.about.used == 0);
}

static void test_errors(void **state)
{
	RI_ON_EXIT(looked_free) struct looked l = { 0 };
	struct ri_err e = { 0 };
	uint64_t bytes;

	(void)state;
	prepare(&l);
	fb.appliance.fail_at = fb.appliance.calls + 1;
	assert_int_equal(look(&l, &e), -1);
	assert_string_equal(e.msg, "estimating the memory: fake download: No space left on device");
	assert_int_equal(l.plan.about.least, 0);
	assert_int_equal(ri_ram_of_kernel(tmp_path("none"), &bytes, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_int_equal(ri_ram_of_kernel(tmpdir, &bytes, &e), -1); /* opened, but not read */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_what_is_entered),
		cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, fb_set_up, fb_tear_down);
}
