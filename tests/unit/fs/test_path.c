// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "fs/path.h"

#include <errno.h>
#include <sys/stat.h>

/*
 * Paths over a tree made up of rows; a row's number is its inode.
 */
static const struct {
	uint32_t parent;
	const char *name;
	uint32_t mode;
	const char *target;
} tree[] = {
	{ 0, "", S_IFDIR, NULL },                       /* 0 */
	{ 0, "etc", S_IFDIR, NULL },                    /* 1 */
	{ 1, "passwd", S_IFREG, NULL },                 /* 2 */
	{ 0, "usr", S_IFDIR, NULL },                    /* 3 */
	{ 3, "lib", S_IFDIR, NULL },                    /* 4 */
	{ 0, "lib", S_IFLNK, "usr/lib" },               /* 5 */
	{ 4, "up", S_IFLNK, "../../etc" },              /* 6 */
	{ 0, "loop", S_IFLNK, "loop" },                 /* 7 */
	{ 0, "out", S_IFLNK, "../../../etc" },          /* 8 */
	{ 0, "abs", S_IFLNK, "/usr/../lib/up/passwd" }, /* 9 */
	{ 0, "none", S_IFLNK, "/nowhere" },             /* 10 */
	{ 0, "empty", S_IFLNK, "" },                    /* 11 */
	{ 0, "dir", S_IFLNK, "usr/" },                  /* 12 */
	{ 0, "grow", S_IFLNK, "grow/x" },               /* 13 */
	{ 1, "..", S_IFREG, NULL },                     /* never found: the walk does not ask */
};

static int lookup(void *arg, struct ri_node dir, struct ri_span name, struct ri_node *out,
    uint32_t *mode, struct ri_err *e)
{
	(void)arg;
	if (ri_span_eq(name, ri_str("broken")))
		return ri_fail(e, RI_E_UNSUPPORTED, 0, "damaged");
	for (uint32_t i = 1; i < sizeof tree / sizeof *tree; i++)
		if (tree[i].parent == dir.ino && ri_span_eq(name, ri_str(tree[i].name))) {
			*out = (struct ri_node){ 0, i };
			*mode = tree[i].mode;
			return 1;
		}
	return 0;
}

static int read_link(void *arg, struct ri_node link, struct ri_buf *out, struct ri_err *e)
{
	(void)arg, (void)e;
	ri_buf_add_str(out, tree[link.ino].target);
	return 0;
}

static const struct ri_path_ops ops = { lookup, read_link, NULL, { 0, 0 } };

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		bool follow;
		const char *real; /* NULL: nowhere, because of why */
		int why;
	} rows[] = {
		{ "/", true, "/", 0 },
		{ "", true, "/", 0 },
		{ "/..", true, "/", 0 },
		{ "/../..//./etc/.", true, "/etc", 0 },
		{ "/etc/passwd", true, "/etc/passwd", 0 },
		{ "/etc//passwd", false, "/etc/passwd", 0 },
		{ "/etc/passwd/", true, NULL, ENOTDIR },
		{ "/etc/passwd/.", true, NULL, ENOTDIR },
		{ "/etc/passwd/..", true, NULL, ENOTDIR },
		{ "/etc/shadow", true, NULL, ENOENT },
		{ "/nowhere/..", true, NULL, ENOENT },
		{ "/lib", false, "/lib", 0 },
		{ "/lib", true, "/usr/lib", 0 },
		{ "/lib/", false, "/usr/lib", 0 },
		{ "/lib/up", false, "/usr/lib/up", 0 },
		{ "/lib/up", true, "/etc", 0 },
		{ "/lib/up/passwd", false, "/etc/passwd", 0 },
		{ "/lib/up/..", true, "/", 0 },
		{ "/lib/..", true, "/usr", 0 },
		{ "/abs", true, "/etc/passwd", 0 },
		{ "/abs/", true, NULL, ENOTDIR },
		{ "/out", true, "/etc", 0 },
		{ "/out/passwd", true, "/etc/passwd", 0 },
		{ "/loop", false, "/loop", 0 },
		{ "/loop", true, NULL, ELOOP },
		{ "/grow", true, NULL, ELOOP },
		{ "/none", false, "/none", 0 },
		{ "/none", true, NULL, ENOENT },
		{ "/empty", true, NULL, ENOENT },
		{ "/dir", true, "/usr", 0 },
		{ "/dir", false, "/dir", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
		struct ri_err e = { 0 };
		int why = 0, rc = ri_path_walk(&ops, rows[i].path, rows[i].follow, &p, &why, &e);

		if (rc != (rows[i].real != NULL) || (rc == 0 && why != rows[i].why))
			fail_msg("%s: %d, %s", rows[i].path, rc, strerror(why));
		if (rc == 1)
			assert_string_equal(p.real, rows[i].real);
	}
}

static void test_error(void **state)
{
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_err e = { 0 };
	int why = 0;

	(void)state;
	check_err("broken", ri_path_walk(&ops, "/etc/broken/x", true, &p, &why, &e), &e,
	    RI_E_UNSUPPORTED, "damaged");
}

/* A directory that is in itself: deeper than any path goes. */
static int itself(void *arg, struct ri_node dir, struct ri_span name, struct ri_node *out,
    uint32_t *mode, struct ri_err *e)
{
	(void)arg, (void)name, (void)e;
	*out = dir;
	*mode = S_IFDIR;
	return 1;
}

static void test_depth(void **state)
{
	const struct ri_path_ops deep = { itself, read_link, NULL, { 0, 0 } };
	RI_ON_EXIT(ri_path_free) struct ri_path p = { 0 };
	struct ri_err e = { 0 };
	RI_BUF path = { 0 };
	int why = 0;

	(void)state;
	for (int i = 0; i < RI_PATH_DEPTH - 1; i++)
		ri_buf_add_str(&path, "/a");
	assert_int_equal(ri_path_walk(&deep, path.p, true, &p, &why, &e), 1);
	ri_path_free(&p);
	ri_buf_add_str(&path, "/a");
	assert_int_equal(ri_path_walk(&deep, path.p, true, &p, &why, &e), 0);
	assert_int_equal(why, ENAMETOOLONG);
	ri_buf_free(&path);
	for (int i = 0; i < 17; i++)
		ri_buf_addf(&path, "/%0250d", i);
	assert_int_equal(ri_path_walk(&deep, path.p, true, &p, &why, &e), 0);
	assert_int_equal(why, ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
