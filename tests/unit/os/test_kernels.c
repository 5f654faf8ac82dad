// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "os/kernels.h"

enum { MAX = 12 };

static size_t count(const struct ri_boot_file *files)
{
	size_t n = 0;

	while (files[n].name)
		n++;
	return n;
}

/** The words of @list, blanks between them. */
static void fill(struct ri_strv *out, const char *list)
{
	struct ri_err e;

	while (*list) {
		size_t n = strcspn(list, " ");

		assert_int_equal(ri_strv_add_span(out, ri_span(list, n), &e), 0);
		list += n + strspn(list + n, " ");
	}
}

/* @want: "version initrd" of each, newest first, blanks between them. */
static const struct {
	const char *name;
	struct ri_boot_file files[MAX];
	const char *modules, *want;
} good[] = {
	{ "Debian 12",
	    { { "config-6.1.0-9-amd64", 9 }, { "vmlinuz-6.1.0-9-amd64", 8 },
		{ "initrd.img-6.1.0-9-amd64", 9 }, { "System.map-6.1.0-9-amd64", 3 },
		{ "grub", 1 } },
	    "6.1.0-9-amd64", "6.1.0-9-amd64 /boot/initrd.img-6.1.0-9-amd64" },
	{ "newest first",
	    { { "vmlinuz-6.1.0-9-amd64", 8 }, { "initrd.img-6.1.0-9-amd64", 9 },
		{ "vmlinuz-6.1.0-56-amd64", 8 }, { "initrd.img-6.1.0-56-amd64", 9 },
		{ "vmlinuz-6.1.0-10-amd64", 8 }, { "initrd.img-6.1.0-10-amd64", 9 } },
	    "6.1.0-9-amd64 6.1.0-10-amd64 6.1.0-56-amd64",
	    "6.1.0-56-amd64 /boot/initrd.img-6.1.0-56-amd64 "
	    "6.1.0-10-amd64 /boot/initrd.img-6.1.0-10-amd64 "
	    "6.1.0-9-amd64 /boot/initrd.img-6.1.0-9-amd64" },
	{ "release candidates before the release",
	    { { "vmlinuz-6.1-rc3", 8 }, { "initrd.img-6.1-rc3", 9 }, { "vmlinuz-6.1", 8 },
		{ "initrd.img-6.1", 9 }, { "vmlinuz-6.1.trunk", 8 },
		{ "initrd.img-6.1.trunk", 9 } },
	    "6.1 6.1-rc3 6.1.trunk",
	    "6.1 /boot/initrd.img-6.1 6.1.trunk /boot/initrd.img-6.1.trunk "
	    "6.1-rc3 /boot/initrd.img-6.1-rc3" },
	{ "the newest lacks its initrd, its modules, its size",
	    { { "vmlinuz-7", 8 }, { "vmlinuz-8", 8 }, { "initrd.img-8", 9 }, { "vmlinuz-9", 8 },
		{ "initrd.img-9", 0 }, { "vmlinuz-6", 8 }, { "initrd.img-6", 9 },
		{ "vmlinuz-10", 0 }, { "initrd.img-10", 9 } },
	    "6 7 9 10", "6 /boot/initrd.img-6" },
	{ "the other spelling", { { "initrd-5.img", 9 }, { "vmlinuz-5", 8 } }, "5",
	    "5 /boot/initrd-5.img" },
	{ "Fedora's",
	    { { "initramfs-5.img", 9 }, { "initramfs-5kdump.img", 9 }, { "vmlinuz-5", 8 } }, "5",
	    "5 /boot/initramfs-5.img" },
	{ "both spellings", { { "initrd-5.img", 9 }, { "initrd.img-5", 9 }, { "vmlinuz-5", 8 } },
	    "5", "5 /boot/initrd.img-5" },
	{ "what is passed over",
	    { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 }, { "vmlinuz-6.dpkg-new", 8 },
		{ "initrd.img-6.dpkg-new", 9 }, { "vmlinuz-6.bak", 8 }, { "initrd.img-6.bak", 9 },
		{ "vmlinuz-6.old", 8 }, { "initrd.img-6.old", 9 }, { "vmlinuz-6 x", 8 },
		{ "initrd.img-6 x", 9 }, { "vmlinuz-", 8 } },
	    "5 6.dpkg-new 6.bak 6.old x", "5 /boot/initrd.img-5" },
	{ "as large as a kernel may be, and larger",
	    { { "vmlinuz-5", RI_KERNEL_BYTES_MAX }, { "initrd.img-5", 9 },
		{ "vmlinuz-6", RI_KERNEL_BYTES_MAX + 1 }, { "initrd.img-6", 9 } },
	    "5 6", "5 /boot/initrd.img-5" },
	{ "characters", { { "vmlinuz-5+a~b_c", 8 }, { "initrd.img-5+a~b_c", 9 } }, "5+a~b_c",
	    "5+a~b_c /boot/initrd.img-5+a~b_c" },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
		RI_STRV modules = { 0 };
		RI_STRV want = { 0 };
		struct ri_err e = { 0 };

		fill(&modules, good[i].modules);
		fill(&want, good[i].want);
		check_ok(good[i].name,
		    ri_kernels_find(good[i].files, count(good[i].files), &modules, &k, &e), &e);
		assert_int_equal(k.n, want.n / 2);
		for (size_t j = 0; j < k.n; j++) {
			char image[100];

			snprintf(image, sizeof image, "/boot/vmlinuz-%s", want.v[2 * j]);
			assert_string_equal(k.v[j].version, want.v[2 * j]);
			assert_string_equal(k.v[j].image, image);
			assert_string_equal(k.v[j].initrd, want.v[2 * j + 1]);
		}
	}
}

/* @passed: "version: why" of each, newest first, a line each. */
static const struct {
	const char *name;
	struct ri_boot_file files[MAX];
	const char *modules, *passed;
} half[] = {
	{ "nothing", { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 } }, "5", "" },
	{ "each kind, newest first",
	    { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 }, { "vmlinuz-8", 8 }, { "vmlinuz-10", 8 },
		{ "initrd.img-10", 9 }, { "vmlinuz-9", 8 }, { "initrd.img-9", 0 },
		{ "vmlinuz-11", 0 }, { "initrd.img-11", 1 } },
	    "5 8 9 11 7",
	    "11: /boot/vmlinuz-11 is empty\n"
	    "10: /boot/vmlinuz-10 has no directory in /lib/modules\n"
	    "9: /boot/vmlinuz-9 has an empty initrd\n8: /boot/vmlinuz-8 has no initrd\n"
	    "7: /lib/modules/7 has no kernel in /boot\n" },
	{ "what is no kernel's",
	    { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 }, { "vmlinuz-6.bak", 8 },
		{ "initrd.img-4", 1 } },
	    "5 updates 6.bak 6\t kabi-current", "" },
};

static void test_passed_over(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof half / sizeof *half; i++) {
		RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
		RI_STRV modules = { 0 };
		RI_BUF all = { 0 };
		struct ri_err e = { 0 };

		fill(&modules, half[i].modules);
		check_ok(half[i].name,
		    ri_kernels_find(half[i].files, count(half[i].files), &modules, &k, &e), &e);
		assert_int_equal(k.n, 1);
		for (size_t j = 0; j < k.passed_n; j++)
			ri_buf_addf(&all, "%s: %s\n", k.passed[j].version, k.passed[j].why);
		ri_buf_add_str(&all, "");
		assert_string_equal(all.p, half[i].passed);
	}
}

static void three(struct ri_kernels *k)
{
	static const struct ri_boot_file files[] = { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 },
		{ "vmlinuz-6", 8 }, { "initrd.img-6", 9 }, { "vmlinuz-7", 8 },
		{ "initrd.img-7", 9 }, { "vmlinuz-8", 8 } };
	RI_STRV modules = { 0 };
	struct ri_err e = { 0 };

	fill(&modules, "5 6 7 8");
	check_ok("find", ri_kernels_find(files, sizeof files / sizeof *files, &modules, k, &e), &e);
}

/* One comes first, and the others stay in their order. */
static void test_prefer(void **state)
{
	static const char *const rows[][4] = { { "7", "7", "6", "5" }, { "6", "6", "7", "5" },
		{ "5", "5", "7", "6" }, { "8", "7", "6", "5" }, { "", "7", "6", "5" } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };

		three(&k);
		assert_int_equal(ri_kernels_prefer(&k, rows[i][0]), i < 3);
		for (size_t j = 0; j < 3; j++)
			assert_string_equal(k.v[j].version, rows[i][j + 1]);
	}
}

static void test_refused(void **state)
{
	RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	three(&k);
	check_err("none", ri_kernels_refuse(&k, "4", &e), &e, RI_E_UNSUPPORTED,
	    "kernel 4: there is no such kernel in the guest; it can be one of 7, 6, 5");
	check_err("half", ri_kernels_refuse(&k, "8", &e), &e, RI_E_UNSUPPORTED,
	    "kernel 8: /boot/vmlinuz-8 has no initrd; it can be one of 7, 6, 5");
}

static void test_newer(void **state)
{
	(void)state;
	assert_true(ri_kernel_is_newer("6.1.0-10-amd64", "6.1.0-9-amd64"));
	assert_false(ri_kernel_is_newer("6.1.0-9-amd64", "6.1.0-10-amd64"));
	assert_false(ri_kernel_is_newer("6.1", "6.1"));
	assert_true(ri_kernel_is_newer("6.1", "6.1-rc3"));
}

static const struct {
	const char *msg;
	struct ri_boot_file files[MAX];
	const char *modules;
} bad[] = {
	{ "no kernel in /boot", { { 0 } }, "" },
	{ "no kernel in /boot",
	    { { "initrd.img-5", 9 }, { "vmlinuz", 8 }, { "vmlinux-5", 8 }, { "xvmlinuz-5", 8 } },
	    "5" },
	{ "no kernel in /boot",
	    { { "vmlinuz-a/b", 8 }, { "vmlinuz-..", 8 }, { "vmlinuz-.", 8 }, { "vmlinuz-5\n", 8 },
		{ "vmlinuz-'5", 8 }, { "vmlinuz-\xff", 8 }, { "vmlinuz-5.sig", 8 } },
	    "a/b .. . 5" },
	{ "/boot/vmlinuz-6.1.0-9-amd64 has no initrd",
	    { { "vmlinuz-6.1.0-9-amd64", 8 }, { "initrd.img-ramboot", 9 } }, "6.1.0-9-amd64" },
	{ "/boot/vmlinuz-5 has an empty initrd", { { "vmlinuz-5", 8 }, { "initrd.img-5", 0 } },
	    "5" },
	{ "/boot/vmlinuz-5 has no directory in /lib/modules",
	    { { "vmlinuz-5", 8 }, { "initrd.img-5", 9 } }, "5-other" },
	{ "/boot/vmlinuz-5 is empty", { { "vmlinuz-5", 0 }, { "initrd.img-5", 9 } }, "5" },
	{ "/boot/vmlinuz-5 is larger than 256 MiB",
	    { { "vmlinuz-5", RI_KERNEL_BYTES_MAX + 1 }, { "initrd.img-5", 9 } }, "5" },
	{ "/boot/vmlinuz-5 has no initrd, /boot/vmlinuz-6 has an empty initrd",
	    { { "vmlinuz-5", 8 }, { "vmlinuz-6", 8 }, { "initrd.img-6", 0 } }, "5 6" },
	{ "/boot/vmlinuz-1 has no initrd, /boot/vmlinuz-2 has no initrd, /boot/vmlinuz-3 has no "
	  "initrd, /boot/vmlinuz-4 has no initrd, /boot/vmlinuz-5 has no initrd, …",
	    { { "vmlinuz-1", 8 }, { "vmlinuz-2", 8 }, { "vmlinuz-3", 8 }, { "vmlinuz-4", 8 },
		{ "vmlinuz-5", 8 }, { "vmlinuz-6", 8 }, { "vmlinuz-7", 8 }, { "vmlinuz-8", 8 } },
	    "" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		RI_ON_EXIT(ri_kernels_free) struct ri_kernels k = { 0 };
		RI_STRV modules = { 0 };
		struct ri_err e = { 0 };
		int rc;

		fill(&modules, bad[i].modules);
		rc = ri_kernels_find(bad[i].files, count(bad[i].files), &modules, &k, &e);
		check_err(bad[i].msg, rc, &e, RI_E_UNSUPPORTED, bad[i].msg);
		assert_null(k.v);
	}
}

/* Names of any length and number come from the guest; the message has its bounds. */
static void test_hostile_sizes(void **state)
{
	enum { MANY = 2000, LONG = 5000 };
	struct ri_boot_file *files = calloc(MANY, sizeof *files);
	char *name = malloc(LONG + 1);
	struct ri_kernels k = { 0 };
	struct ri_strv modules = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_non_null(files);
	assert_non_null(name);
	memset(name, '9', LONG);
	memcpy(name, "vmlinuz-", 8);
	name[LONG] = '\0';
	for (size_t i = 0; i < MANY; i++)
		files[i] = (struct ri_boot_file){ name, 1 };
	assert_int_equal(ri_kernels_find(files, MANY, &modules, &k, &e), -1);
	assert_int_equal(e.code, RI_E_UNSUPPORTED);
	assert_non_null(strstr(e.msg, "has no initrd, …"));
	free(files);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_passed_over),
		cmocka_unit_test(test_prefer),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_hostile_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
