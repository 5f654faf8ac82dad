// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The list of an entry's extended attributes. */
#include "unit/check.h"

#include <archive_entry.h>

#include "format/xattrs.h"

static void test_list(void **state)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_null(ri_xattrs_find(&x, "user.b"));
	check_ok("b", ri_xattrs_add(&x, LIT("user.b"), LIT("1\0002"), &e), &e);
	check_ok("a", ri_xattrs_add(&x, LIT("user.a"), LIT(""), &e), &e);
	check_ok("b again", ri_xattrs_add(&x, LIT("user.b"), LIT("other"), &e), &e);
	assert_int_equal(x.n, 2);
	check_span("the first counts", ri_buf_span(&ri_xattrs_find(&x, "user.b")->value),
	    LIT("1\0002"));
	check_span("empty", ri_buf_span(&ri_xattrs_find(&x, "user.a")->value), LIT(""));
	assert_null(ri_xattrs_find(&x, "user"));
	ri_xattrs_free(&x);
	assert_int_equal(x.n, 0);
	assert_null(x.v);
}

/* Out of an entry, and into another in the order of the names, in place of what that has. */
static void test_entries(void **state)
{
	static const char *const names[] = { "user.a", "user.b", "user.c" };
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };
	struct archive_entry *from = archive_entry_new(), *to = archive_entry_new();
	struct ri_err e = { 0 };
	const char *name;
	const void *value;
	size_t n;

	(void)state;
	archive_entry_xattr_add_entry(from, "user.b", "bb", 2);
	archive_entry_xattr_add_entry(from, "user.c", "", 0);
	archive_entry_xattr_add_entry(from, "user.a", "a\0a", 3);
	archive_entry_xattr_add_entry(to, "user.old", "x", 1);
	check_ok("get", ri_xattrs_get(&x, from, &e), &e);
	assert_int_equal(x.n, 3);
	check_ok("set", ri_xattrs_set(&x, to, &e), &e);
	assert_int_equal(archive_entry_xattr_count(to), 3);
	archive_entry_xattr_reset(to);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(archive_entry_xattr_next(to, &name, &value, &n), 0);
		assert_string_equal(name, names[i]);
		check_span(name, ri_span(value, n), ri_buf_span(&ri_xattrs_find(&x, name)->value));
	}
	ri_xattrs_free(&x);
	check_ok("none", ri_xattrs_set(&x, to, &e), &e);
	assert_int_equal(archive_entry_xattr_count(to), 0);
	check_ok("of none", ri_xattrs_get(&x, to, &e), &e);
	assert_int_equal(x.n, 0);
	archive_entry_free(from);
	archive_entry_free(to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
