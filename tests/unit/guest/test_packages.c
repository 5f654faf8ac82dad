// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The lists of packages that a guest keeps, and where it cannot be read. */
#include "unit/check.h"
#include "unit/fake_guest.h"

#include "guest/packages.h"

static void put(struct fake_guest *k, const char *path, const char *bytes)
{
	fake_put(k, path, bytes, strlen(bytes), 0644);
}

static void put_dir(struct fake_guest *k, const char *path)
{
	fake_put(k, path, "", 0, 0755)->dir = true;
}

static void fresh(struct fake_guest *k)
{
	fake_free(k);
	*k = (struct fake_guest){ .w = { .g.ops = &fake_ops, .ops = &fake_write_ops } };
}

static void debian(struct fake_guest *k)
{
	fresh(k);
	put_dir(k, "/var/lib/dpkg");
	put(k, "/var/lib/dpkg/status", "Package: a\n");
}

static void check(struct fake_guest *k, const char *name, const char *want, bool rpm)
{
	RI_ON_EXIT(ri_packages_free) struct ri_packages p = { 0 };
	struct ri_err e = { 0 };

	check_ok(name, ri_packages_read(&k->w.g, &p, &e), &e);
	check_span(name, ri_buf_span(&p.dpkg), ri_str(want));
	assert_int_equal(p.rpm, rpm);
	assert_false(p.more);
}

static void test_lists(void **state)
{
	struct fake_guest k = { 0 };

	(void)state;
	fresh(&k);
	check(&k, "none", "", false);
	debian(&k);
	check(&k, "dpkg", "Package: a\n", false);
	put_dir(&k, "/var/lib/dpkg/status.d");
	put(&k, "/var/lib/dpkg/status.d/z", "Package: z");
	put(&k, "/var/lib/dpkg/status.d/b", "Package: b\n");
	put(&k, "/var/lib/dpkg/status.d/b.md5sums", "0 x\n");
	put_dir(&k, "/var/lib/dpkg/status.d/d");
	check(&k, "status.d", "Package: a\n\n\nPackage: b\n\n\nPackage: z", false);
	fake_forget(&k, "/var/lib/dpkg/status");
	check(&k, "status.d alone", "\n\nPackage: b\n\n\nPackage: z", false);
	debian(&k);
	put_dir(&k, "/var/lib/rpm");
	check(&k, "Debian's rpm", "Package: a\n", false);
	put(&k, "/var/lib/rpm/rpmdb.sqlite", "x");
	check(&k, "rpm", "Package: a\n", true);
	fresh(&k);
	put_dir(&k, "/usr/lib/sysimage/rpm");
	put(&k, "/usr/lib/sysimage/rpm/Packages.db", "x");
	check(&k, "where it is now", "", true);
	fake_free(&k);
}

/* A list that is none, or a directory in its place: nothing of it is read, which is said. */
static void test_too_long(void **state)
{
	RI_ON_EXIT(ri_packages_free) struct ri_packages p = { 0 };
	struct fake_guest k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	debian(&k);
	fake_find(&k, "/var/lib/dpkg/status")->dir = true;
	check_ok("a directory", ri_packages_read(&k.w.g, &p, &e), &e);
	assert_int_equal(p.dpkg.n, 0);
	assert_true(p.more);
	fake_free(&k);
}

static void test_each_failure(void **state)
{
	struct fake_guest k = { 0 };
	size_t n;

	(void)state;
	for (n = 1;; n++) {
		RI_ON_EXIT(ri_packages_free) struct ri_packages p = { 0 };
		struct ri_err e = { 0 };

		debian(&k);
		put_dir(&k, "/var/lib/dpkg/status.d");
		put(&k, "/var/lib/dpkg/status.d/z", "Package: z");
		put_dir(&k, "/var/lib/rpm");
		k.fail_at = n;
		if (ri_packages_read(&k.w.g, &p, &e) == 0)
			break;
		assert_int_equal(e.code, RI_E_IO);
		assert_int_equal(e.sys, ENOSPC);
	}
	/* Three directories and a fourth that is not there, three lists, two files. */
	assert_int_equal(n, 10);
	fake_free(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
