// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What made the initrd that is extended counts, not what is installed beside it. */
#include "unit/check.h"
#include "unit/guest/small_guest.h"
#include "unit/initrds.h"

#include "guest/inspect_initrd.h"

#define FACTS RI_ON_EXIT(ri_facts_free) struct ri_facts
#define GUEST RI_ON_EXIT(fake_free) struct fake_guest
#define INITRD "/boot/initrd.img-" SMALL_KERNEL

static struct ri_job *job(void)
{
	static char none[] = "";
	static struct ri_job j = { .kernel = none };

	return &j;
}

/* A guest that has initramfs-tools installed, and an initrd as in "base". */
static void inspected(struct fake_guest *k, struct ri_facts *f)
{
	RI_BUF base = { 0 };
	struct ri_err e = { 0 };

	small_fresh(k);
	k->host_files = true;
	slurp(tmp_path("base"), &base);
	fake_put(k, INITRD, base.p, base.n, 0644);
	check_ok("inspect", ri_inspect(&k->w.g, true, f, &e), &e);
}

static void test_of_dracut(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_other((const char *const[]){ "init", "usr/lib/dracut/hooks/pre-pivot/x", NULL });
	inspected(&k, &f);
	assert_string_equal(f.initramfs, "initramfs-tools");
	check_ok("initrd", ri_inspect_initrd(&k.w.g, job(), &f, &e), &e);
	assert_string_equal(f.initramfs, "dracut");
	assert_null(f.initrd_fault);
}

static void test_of_initramfs_tools(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_base(&rows[RI_INITRD_GZIP], true);
	inspected(&k, &f);
	free(f.initramfs);
	f.initramfs = strdup("dracut");
	check_ok("initrd", ri_inspect_initrd(&k.w.g, job(), &f, &e), &e);
	assert_string_equal(f.initramfs, "initramfs-tools");
	assert_true(f.initrd.bytes > 0 && f.initrd.entries > 0 && f.initrd.unpacked_bytes > 0);
}

/* Said of the guest's path, and forgotten when another look finds a good one. */
static void test_faults(void **state)
{
	static const struct {
		const char *names[4], *bytes, *want;
		enum ri_code code;
	} cases[] = {
		{ { "init", "init_functions" }, NULL,
		    "the initrd " INITRD
		    ": made by mkinitcpio; ramimg can extend those of initramfs-tools and dracut only",
		    RI_E_UNSUPPORTED },
		{ { NULL }, "junk junk",
		    "the initrd " INITRD
		    ": at byte 0: neither a cpio archive nor compressed in a known way",
		    RI_E_GUEST },
		{ { NULL }, "", "the initrd " INITRD " is empty", RI_E_GUEST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		GUEST k = { 0 };
		FACTS f = { 0 };
		RI_BUF good = { 0 };
		struct ri_err e = { 0 };

		if (cases[i].bytes)
			spit(tmp_path("base"), ri_str(cases[i].bytes));
		else
			make_other(cases[i].names);
		inspected(&k, &f);
		/* An empty one is no candidate; it has become one since it was listed. */
		for (size_t j = 0; j < f.boot_files_n; j++)
			f.boot_files[j].size += 1;
		check_ok("initrd", ri_inspect_initrd(&k.w.g, job(), &f, &e), &e);
		assert_string_equal(f.initrd_fault, cases[i].want);
		assert_int_equal(f.initrd_code, cases[i].code);
		make_base(&rows[RI_INITRD_GZIP], false);
		slurp(tmp_path("base"), &good);
		fake_put(&k, INITRD, good.p, good.n, 0644);
		check_ok("again", ri_inspect_initrd(&k.w.g, job(), &f, &e), &e);
		assert_null(f.initrd_fault);
	}
}

/* Without a kernel that could be booted there is none to look at, and what is installed stays the word. */
static void test_no_kernel(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_other((const char *const[]){ "init", "usr/lib/dracut/hooks/pre-pivot/x", NULL });
	inspected(&k, &f);
	ri_strv_free(&f.modules);
	check_ok("initrd", ri_inspect_initrd(&k.w.g, job(), &f, &e), &e);
	assert_string_equal(f.initramfs, "initramfs-tools");
	assert_null(f.initrd_fault);
}

/* The initrd that is looked at is the one of the kernel that the build takes, and that one may not be there. */
static void test_of_another_kernel(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };
	struct ri_job wants = { .kernel = (char[]){ "4.19-other" } };

	(void)state;
	make_other((const char *const[]){ "init", "usr/lib/dracut/hooks/pre-pivot/x", NULL });
	inspected(&k, &f);
	check_ok("initrd", ri_inspect_initrd(&k.w.g, &wants, &f, &e), &e);
	assert_string_equal(f.initramfs, "initramfs-tools");
	wants.kernel = (char[]){ SMALL_KERNEL };
	check_ok("initrd", ri_inspect_initrd(&k.w.g, &wants, &f, &e), &e);
	assert_string_equal(f.initramfs, "dracut");
}

/* That it cannot be read is an error and no fact. */
static void test_unreadable(void **state)
{
	GUEST k = { 0 };
	FACTS f = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	make_base(&rows[RI_INITRD_GZIP], false);
	inspected(&k, &f);
	k.calls = 0;
	k.fail_at = 1;
	k.fail_sys = EIO;
	assert_int_equal(ri_inspect_initrd(&k.w.g, job(), &f, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_non_null(strstr(e.msg, "reading " INITRD));
	assert_null(f.initrd_fault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_dracut),
		cmocka_unit_test(test_of_initramfs_tools),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_no_kernel),
		cmocka_unit_test(test_of_another_kernel),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
