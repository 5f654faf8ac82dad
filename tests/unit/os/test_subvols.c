// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which subvolume an fstab's options mean. */
#include "unit/check.h"
#include "os/subvols.h"

static void make(struct ri_subvols *l)
{
	struct ri_err e = { 0 };

	check_ok("top", ri_subvols_add(l, RI_SUBVOL_TOP, "/", &e), &e);
	check_ok("root", ri_subvols_add(l, 256, "/@rootfs/", &e), &e);
	check_ok("home", ri_subvols_add(l, 257, "@home", &e), &e);
	check_ok("odd", ri_subvols_add(l, 258, "a b,c/d", &e), &e);
	l->by_default = 256;
}

static void test_meant(void **state)
{
	static const struct {
		const char *options;
		uint64_t id; /* 0: there is none */
	} rows[] = {
		{ "", 256 },
		{ "defaults,compress=zstd", 256 },
		{ "subvol=@home", 257 },
		{ "subvol=/@home/", 257 },
		{ "subvol=@rootfs,subvol=@home", 257 },
		{ "subvol=/", 5 },
		{ "subvol=", 5 },
		{ "subvol=@none", 0 },
		{ "subvol=@hom", 0 },
		{ "subvolume=@home", 256 },
		{ "subvol=\"a\\040b,c/d\"", 258 },
		{ "subvolid=257", 257 },
		{ "subvolid=0x101", 257 },
		{ "subvolid=0401", 257 },
		{ "subvolid=0", 5 },
		{ "subvolid=5", 5 },
		{ "subvolid=300", 0 },
		{ "subvolid=-1", 0 },
		{ "subvolid=257x", 0 },
		{ "subvolid=", 0 },
		{ "subvolid=256,subvolid=257", 257 },
		/* Written by some installers both ways; the path is what stays after a rollback. */
		{ "subvolid=300,subvol=/@home", 257 },
	};
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols l = { 0 };

	(void)state;
	make(&l);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_subvol *s = NULL;
		struct ri_err e = { 0 };

		check_ok(rows[i].options, ri_subvols_meant(&l, ri_str(rows[i].options), &s, &e),
		    &e);
		if ((s ? s->id : 0) != rows[i].id)
			fail_msg("%s: %llu", rows[i].options, (unsigned long long)(s ? s->id : 0));
	}
}

static void test_below(void **state)
{
	char top[] = "", root[] = "@rootfs";
	const struct ri_subvol all = { 5, top }, one = { 256, root };

	(void)state;
	assert_string_equal(ri_subvol_below(&all, "@rootfs/x"), "@rootfs/x");
	assert_null(ri_subvol_below(&all, ""));
	assert_string_equal(ri_subvol_below(&one, "@rootfs/x/y"), "x/y");
	assert_null(ri_subvol_below(&one, "@rootfs"));
	assert_null(ri_subvol_below(&one, "@rootfs2/x"));
	assert_null(ri_subvol_below(&one, ""));
}

static void test_too_many(void **state)
{
	RI_ON_EXIT(ri_subvols_free) struct ri_subvols l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	for (uint64_t i = 0; i < RI_SUBVOLS_MAX; i++)
		check_ok("one more", ri_subvols_add(&l, i, "x", &e), &e);
	check_err("too many", ri_subvols_add(&l, 7, "x", &e), &e, RI_E_BUDGET,
	    "more than 2000 subvolumes, which is the most; remove snapshots in the guest");
	assert_int_equal(l.n, RI_SUBVOLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meant),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
