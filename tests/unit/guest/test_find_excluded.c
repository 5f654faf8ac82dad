// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rules match in a guest: paths with their sizes, and as patterns that stand for themselves. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"

#include "guest/find_excluded.h"

#define GUEST RI_ON_EXIT(fake_free) struct fake_guest
#define LIST RI_ON_EXIT(ri_excluded_free) struct ri_excluded_list
#define RULES RI_ON_EXIT(ri_rules_free) struct ri_rules

static void rules_of(struct ri_rules *r, const char *const *patterns)
{
	struct ri_err e = { 0 };

	for (; *patterns; patterns++)
		check_ok(*patterns, ri_strv_add(&r->patterns, *patterns, &e), &e);
}

static const char *const every_kind[] = { "/tmp/", "/srv/a*", "/var/tmp/", "/data/", "/none/",
	"/absent*", NULL };

static void test_what_is_found(void **state)
{
	static const struct {
		const char *what, *pattern;
		uint64_t bytes;
	} want[] = { { "/tmp/", "./tmp/*", 4 }, { "/srv/a[b", "./srv/a\\[b", 5 },
		{ "/srv/a*b\\", "./srv/a\\*b\\\\", 3 } };
	GUEST k = { 0 };
	LIST l = { 0 }, again = { 0 };
	RULES r = { 0 };
	RI_STRV excludes = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	rules_of(&r, every_kind);
	check_ok("find", ri_excluded_find(&k.w.g, &r, &l, &excludes, &e), &e);
	assert_int_equal(l.n, 3);
	assert_int_equal(excludes.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(l.v[i].what, want[i].what);
		assert_int_equal(l.v[i].bytes, want[i].bytes);
		assert_string_equal(excludes.v[i], want[i].pattern);
	}
	check_ok("find without patterns", ri_excluded_find(&k.w.g, &r, &again, NULL, &e), &e);
	assert_int_equal(again.n, 3);
}

/* What two rules leave out is in the list, and in the sum, once. */
static void test_rules_overlap(void **state)
{
	static const char *const sets[][4] = {
		{ "/tmp/", "/tmp/", NULL },
		{ "/tmp/*", "/tmp/", NULL },
		{ "/tmp/", "/tmp/*", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		GUEST k = { 0 };
		LIST l = { 0 };
		RULES r = { 0 };
		RI_STRV excludes = { 0 };
		struct ri_err e = { 0 };

		small_fresh(&k);
		rules_of(&r, sets[i]);
		check_ok("find", ri_excluded_find(&k.w.g, &r, &l, &excludes, &e), &e);
		assert_int_equal(l.n, 1);
		assert_string_equal(l.v[0].what, "/tmp/");
		assert_int_equal(l.v[0].bytes, 4);
		assert_int_equal(excludes.n, 1);
	}
}

static int directories(struct ri_guest *g, const char *pattern, struct ri_strv *out,
    struct ri_err *e)
{
	(void)g, (void)pattern;
	return ri_strv_add(out, "/srv/", e) < 0 ? -1 : ri_strv_add(out, "/", e);
}

/* The "/" that marks a directory is no part of its path, but that of the root is. */
static void test_directories(void **state)
{
	GUEST k = { 0 };
	LIST l = { 0 };
	RULES r = { 0 };
	RI_STRV excludes = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small_ops.glob = directories;
	rules_of(&r, (const char *const[]){ "/srv*", NULL });
	check_ok("find", ri_excluded_find(&k.w.g, &r, &l, &excludes, &e), &e);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.v[0].what, "/srv");
	assert_string_equal(l.v[1].what, "/");
	assert_string_equal(excludes.v[0], "./srv");
}

static void test_too_many(void **state)
{
	GUEST k = { 0 };
	LIST l = { 0 };
	RULES r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	small_fresh(&k);
	small.full = "/full/*";
	rules_of(&r, (const char *const[]){ "/tmp/", "/full/*", NULL });
	check_err("find", ri_excluded_find(&k.w.g, &r, &l, NULL, &e), &e, RI_E_BUDGET,
	    "/full/*: the rule matches 10001 paths, and may match 10000 at most; leave out the directory that "
	    "they are in, or remove them in the guest");
	assert_int_equal(l.n, 0);
}

static void test_a_failure_at_every_call(void **state)
{
	GUEST k = { 0 };
	RULES r = { 0 };
	size_t n;

	(void)state;
	small_fresh(&k);
	rules_of(&r, every_kind);
	for (n = 1;; n++) {
		LIST l = { 0 };
		RI_STRV excludes = { 0 };
		struct ri_err e = { 0 };
		int rc;

		k.calls = 0;
		k.fail_at = n;
		rc = ri_excluded_find(&k.w.g, &r, &l, &excludes, &e);
		if (k.calls < n) {
			check_ok("no failure", rc, &e);
			break;
		}
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, ": fake "));
		assert_int_equal(l.n, 0);
	}
	/* kind, list and usage; glob and two of usage; kind; kind and list; kind; glob */
	assert_int_equal(n - 1, 3 + 3 + 1 + 2 + 1 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_found),
		cmocka_unit_test(test_rules_overlap),
		cmocka_unit_test(test_directories),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_a_failure_at_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
