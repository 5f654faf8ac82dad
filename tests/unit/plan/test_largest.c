// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which directories make a tree big, and the rule that leaves each out. */
#include "unit/check.h"

#include "plan/largest.h"
#include "plan/rules.h"

#define MIB ((uint64_t)1 << 20)

static void add(struct ri_dir_sizes *d, const char *path, bool is_dir, uint64_t bytes)
{
	struct ri_err e = { 0 };

	check_ok(path, ri_dir_sizes_add(d, path, is_dir, bytes, &e), &e);
}

/* Each "PATH MIB", a path with "/" at its end being a directory. */
static struct ri_dir_sizes *tree(const char *const *lines)
{
	struct ri_dir_sizes *d = ri_dir_sizes_new();

	assert_non_null(d);
	for (; *lines; lines++) {
		const char *blank = strrchr(*lines, ' ');
		size_t n = (size_t)(blank - *lines);
		bool is_dir = n > 1 && blank[-1] == '/';
		RI_FREE char *path = strndup(*lines, is_dir ? n - 1 : n);

		assert_non_null(path);
		add(d, path, is_dir || n == 1, strtoull(blank, NULL, 10) * MIB);
	}
	return d;
}

static void check_largest(const char *const *lines, const char *want)
{
	RI_ON_EXIT(ri_dir_sizes_freep) struct ri_dir_sizes *d = tree(lines);
	RI_ON_EXIT(ri_largest_free) struct ri_largest l = { 0 };
	struct ri_err e = { 0 };
	RI_BUF got = { 0 };

	check_ok(want, ri_dir_sizes_largest(d, &l, &e), &e);
	for (size_t i = 0; i < l.n; i++)
		ri_buf_addf(&got, "%s %llu\n", l.v[i].path,
		    (unsigned long long)(l.v[i].bytes / MIB));
	assert_string_equal(got.p ? got.p : "", want);
}

static void test_nothing(void **state)
{
	(void)state;
	check_largest((const char *[]){ NULL }, "");
	/* Files in / alone are in no directory that could be left out. */
	check_largest((const char *[]){ "/ 1", "/swap 4000", "/etc/ 0", NULL }, "");
}

static void test_who_gives_way(void **state)
{
	(void)state;
	/* A chain of directories with one in each, however deep, is its last. */
	check_largest((const char *[]){ "/var/lib/docker/overlay2/a/x 300",
			  "/var/lib/docker/overlay2/b/x 300", "/var/lib/docker/overlay2/c/x 300",
			  "/var/lib/docker/image/x 5", NULL },
	    "/var/lib/docker/overlay2 900\n");
	/* Near the top, several are named; further down, all that is in one is its. */
	check_largest((const char *[]){ "/var/lib/docker/x 500", "/var/lib/mysql/x 300",
			  "/var/lib/apt/x 1", "/usr/lib/a/x/y 200", "/usr/lib/a/z/y 200",
			  "/usr/bin/x 150", "/home/a/x 20", "/home/b/x 20", NULL },
	    "/var/lib/docker 500\n/usr/lib/a 400\n/var/lib/mysql 300\n/usr/bin 150\n"
	    "/home/a 20\n/home/b 20\n");
}

static void test_who_stays(void **state)
{
	(void)state;
	/* What lies in files of its own would be named by none of those in it. */
	check_largest((const char *[]){ "/srv/file 100", "/srv/a/x 90", NULL }, "/srv 190\n");
	/* Many small ones are one large one. */
	check_largest((const char *[]){ "/home/a/x 10", "/home/b/x 10", "/home/c/x 10",
			  "/home/d/x 10", "/home/e/x 10", NULL },
	    "/home 50\n");
	check_largest((const char *[]){ "/a/b/c/d/x 60", "/a/b/c/e/x 40", NULL }, "/a/b/c 100\n");
	/* A directory's own size is its own, in whatever order it comes. */
	check_largest((const char *[]){ "/a/f 3", "/a/ 4", "/b/ 2", NULL }, "/a 7\n/b 2\n");
}

static void test_ten(void **state)
{
	RI_ON_EXIT(ri_dir_sizes_freep) struct ri_dir_sizes *d = ri_dir_sizes_new();
	RI_ON_EXIT(ri_largest_free) struct ri_largest l = { 0 };
	struct ri_err e = { 0 };
	char path[32];

	(void)state;
	assert_non_null(d);
	for (unsigned i = 0; i < 30; i++) {
		snprintf(path, sizeof path, "/d%u/f", i);
		add(d, path, false, (i * 7 % 30 + 1) * MIB);
	}
	check_ok("ten", ri_dir_sizes_largest(d, &l, &e), &e);
	assert_int_equal(l.n, RI_LARGEST_N);
	for (size_t i = 0; i < l.n; i++)
		assert_int_equal(l.v[i].bytes, (30 - i) * MIB);
}

/* Depth and number are bounded, and nothing is lost by that. */
static void test_bounds(void **state)
{
	RI_ON_EXIT(ri_dir_sizes_freep) struct ri_dir_sizes *d = ri_dir_sizes_new();
	RI_ON_EXIT(ri_largest_free) struct ri_largest l = { 0 };
	struct ri_err e = { 0 };
	char path[64];

	(void)state;
	assert_non_null(d);
	for (unsigned i = 0; i < 2 * RI_LARGEST_DIRS; i++) {
		snprintf(path, sizeof path, "/big/d%u/f", i);
		add(d, path, false, 1);
	}
	add(d, "/late/f", false, 1 << 10);
	add(d, "/big/f", false, 1 << 10);
	check_ok("many", ri_dir_sizes_largest(d, &l, &e), &e);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].path, "/big");
	assert_int_equal(l.v[0].bytes, 2 * RI_LARGEST_DIRS + (1 << 10));
	check_largest((const char *[]){ "/1/2/3/4/5/6/7/8/9/10/f 5", "/1/2/3/4/5/6/7/8/f 6",
			  "/1/2/3/4/5/6/7/8/9/ 1", NULL },
	    "/1/2/3/4/5/6/7/8 12\n");
}

static void test_rule(void **state)
{
	static const struct {
		const char *path, *written, *rule, *inside;
	} cases[] = {
		{ "/var/lib/docker", "/var/lib/docker/", "/var/lib/docker/", "/var/lib/docker/x" },
		/* A part of a store would leave the rest without it. */
		{ "/var/lib/docker/overlay2", "/var/lib/docker/", "/var/lib/docker/",
		    "/var/lib/docker/image/x" },
		{ "/var/lib/containers/storage/overlay", "/var/lib/containers/",
		    "/var/lib/containers/", "/var/lib/containers/x" },
		{ "/var/lib/dockers", "/var/lib/dockers/", "/var/lib/dockers/",
		    "/var/lib/dockers/x" },
		{ "/home/a b", "/home/a b/", "/home/a b/", "/home/a b/x" },
		{ "/srv/[*?\\\"", "/srv/\\\\[\\\\*\\\\?\\\\\\\\\\\"/", "/srv/\\[\\*\\?\\\\\"/",
		    "/srv/[*?\\\"/x" },
		{ "/usr/local", "/usr/local/", "/usr/local/", "/usr/local/x" },
		{ "/usr/share/doc", "/usr/share/doc/", "/usr/share/doc/", "/usr/share/doc/x" },
		{ "/libs", "/libs/", "/libs/", "/libs/x" },
	};
	static const char *const none[] = { "/", "/usr", "/usr/lib/x86_64-linux-gnu", "/lib",
		"/etc/ssl", "/var", "/var/lib", "/var/lib/dpkg/info" };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *patterns[] = { strdup(cases[i].rule) };
		const struct ri_rules rules = { { patterns, 1 } };
		struct ri_err e = { 0 };
		RI_BUF rule = { 0 };

		ri_largest_rule(cases[i].path, &rule);
		assert_string_equal(rule.p, cases[i].written);
		check_ok(cases[i].rule, ri_rule_check(cases[i].rule, &e), &e);
		assert_non_null(ri_rules_match(&rules, cases[i].inside));
		free(patterns[0]);
	}
	for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
		RI_BUF rule = { 0 };

		ri_largest_rule(none[i], &rule);
		assert_int_equal(rule.n, 0);
	}
}

/* Each store once, with all of it that is among the largest, and none that is not. */
static void test_stores(void **state)
{
	static const struct ri_largest l = {
		{ { (char *)(uintptr_t) "/var/lib/containerd/a", 1 },
		    { (char *)(uintptr_t) "/usr/lib", 2 },
		    { (char *)(uintptr_t) "/var/lib/docker/overlay2", 4 },
		    { (char *)(uintptr_t) "/var/lib/docker/volumes", 8 },
		    { (char *)(uintptr_t) "/var/lib/dockers", 16 },
		    { (char *)(uintptr_t) "/var/lib/containers", 32 } },
		6
	};
	static const struct ri_largest none = { { { (char *)(uintptr_t) "/usr/lib", 2 } }, 1 };
	RI_BUF got = { 0 };
	const char *store;
	uint64_t bytes;
	size_t at = 0;

	(void)state;
	while ((store = ri_largest_next_store(&l, &at, &bytes)))
		ri_buf_addf(&got, "%s %llu\n", store, (unsigned long long)bytes);
	assert_string_equal(got.p,
	    "/var/lib/docker 12\n/var/lib/containers 32\n/var/lib/containerd 1\n");
	at = 0;
	assert_null(ri_largest_next_store(&none, &at, &bytes));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_who_gives_way),
		cmocka_unit_test(test_who_stays),
		cmocka_unit_test(test_ten),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_stores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
