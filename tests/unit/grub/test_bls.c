// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Menu entries that are files: what GRUB reads in them, and the one that ramimg adds. */
#include "unit/check.h"

#include "grub/bls.h"

#include <time.h>

#define ID "0123456789abcdef0123456789abcdef"
#define V "6.8.5-301.fc40.x86_64"
#define STOCK                                                                                      \
	"title Fedora Linux (" V ") 40\nversion " V "\nlinux /vmlinuz-" V "\n"                     \
	"initrd /initramfs-" V ".img $tuned_initrd\n"                                              \
	"options root=UUID=1 ro rhgb $tuned_params\n"                                              \
	"grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n"

static void test_menus(void **state)
{
	static const struct {
		const char *cfg;
		bool reads, saved;
	} rows[] = {
		{ "insmod blscfg\nblscfg\n", true, false },
		{ "if [ 1 ]; then\n\tblscfg --path /boot/loader/entries\nfi\n", true, false },
		{ "set x=1;blscfg", true, false },
		{ "insmod blscfg\n", false, false },
		{ "# blscfg\necho 'blscfg'\n", false, false },
		{ "menuentry 'x' {\n\tblscfg\n}\n", false, false },
		{ "function f {\n  blscfg\n}\n}\nblscfg\n", true, false },
		{ "echo 'open\nblscfg\n", false, false },
		{ "else\n   set default=\"${saved_entry}\"\nfi\nblscfg\n", true, true },
		{ "set default=\"0\"\n", false, false },
		{ "echo set default=\"${saved_entry}\"\n", false, false },
		{ "set x default=\"${saved_entry}\"\n", false, false },
		{ "", false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (ri_bls_in_menu(ri_str(rows[i].cfg)) != rows[i].reads ||
		    ri_bls_default_is_saved(ri_str(rows[i].cfg)) != rows[i].saved)
			fail_msg("%s", rows[i].cfg);
	}
}

static void test_values(void **state)
{
	static const struct {
		const char *text, *key;
		size_t nth;
		const char *want; /* NULL: none */
	} rows[] = {
		{ "title A b\n", "title", 0, "A b" },
		{ "  # title B\n\ttitle\t \tA\r\n", "title", 0, "A" },
		{ "titles A\n", "title", 0, NULL },
		{ "initrd /a\nlinux /b\ninitrd /c", "initrd", 1, "/c" },
		{ "initrd /a\n", "initrd", 1, NULL },
		/* GRUB ends at the first line without a value. */
		{ "title A\n\nlinux /b\n", "linux", 0, NULL },
		{ "title A\noptions\nlinux /b\n", "linux", 0, NULL },
		{ "title A\noptions \t\nlinux /b\n", "linux", 0, NULL },
		{ "", "linux", 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_span value;
		bool found = ri_bls_value(ri_str(rows[i].text), rows[i].key, rows[i].nth, &value);

		if (found != (rows[i].want != NULL))
			fail_msg("%s", rows[i].text);
		if (found)
			check_span(rows[i].text, value, ri_str(rows[i].want));
	}
}

static void test_kernels(void **state)
{
	(void)state;
	assert_true(ri_bls_boots(ri_str(STOCK), V));
	assert_true(ri_bls_boots(ri_str("linux /boot/vmlinuz-6.8 \n"), "6.8"));
	assert_true(ri_bls_boots(ri_str("linux vmlinuz-6.8\n"), "6.8"));
	assert_false(ri_bls_boots(ri_str("linux /vmlinuz-6.8.1\n"), "6.8"));
	assert_false(ri_bls_boots(ri_str("linux /kernel-6.8\n"), "6.8"));
	assert_false(ri_bls_boots(ri_str("title A\n"), "6.8"));
}

static void test_ids(void **state)
{
	(void)state;
	check_span("an entry", ri_bls_id("/boot/loader/entries/" ID "-" V ".conf"), LIT(ID "-" V));
	check_span("no directory", ri_bls_id("a.conf"), LIT("a"));
	assert_int_equal(ri_bls_id("/a/.conf").n, 0);
	assert_int_equal(ri_bls_id("/a/b").n, 0);
	assert_true(ri_bls_is_ours(ri_bls_id("/boot/loader/entries/~ramimg-1-2.conf")));
	assert_false(ri_bls_is_ours(ri_str("ramimg-1-2")));
	assert_false(ri_bls_is_ours(ri_str("~ramim")));
}

static void test_options(void **state)
{
	static const struct {
		const char *text, *kernelopts, *want, *msg;
	} rows[] = {
		{ STOCK, NULL, "root=UUID=1 ro rhgb $tuned_params", NULL },
		{ "options $kernelopts\n", "root=/dev/a ro", "root=/dev/a ro", NULL },
		{ "options a ${kernelopts} b\n", "x", "a x b", NULL },
		{ "options $kernelopts b\n", NULL, "$kernelopts b", NULL },
		{ "linux /a\n", "x", "", NULL },
		{ "options a; reboot\n", NULL, NULL, "options: " },
		{ "options a { b\n", NULL, NULL, "options: " },
		{ "options 'a\n", NULL, NULL, "options: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_span k =
		    rows[i].kernelopts ? ri_str(rows[i].kernelopts) : (struct ri_span){ 0 };
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };
		int rc = ri_bls_options(ri_str(rows[i].text), k, &out, &e);

		if (rows[i].msg) {
			assert_int_equal(rc, -1);
			assert_int_equal(e.code, RI_E_GUEST);
			assert_memory_equal(e.msg, rows[i].msg, strlen(rows[i].msg));
			continue;
		}
		check_ok(rows[i].text, rc, &e);
		check_span(rows[i].text, ri_buf_span(&out), ri_str(rows[i].want));
	}
}

static const struct ri_bls_spec spec = { .os_name = "Fedora Linux",
	.initrd = "initramfs-" V ".img",
	.our_initrd = "initrd.img-ramboot",
	.cmdline = "root=UUID=1 ro toram noresume" };

static void test_entry(void **state)
{
	struct ri_bls_spec s = spec;
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	s.stock = ri_str(STOCK);
	check_ok("entry", ri_bls_entry(&s, &out, &e), &e);
	check_span("entry", ri_buf_span(&out),
	    ri_str("# Written by ramimg: the root is unpacked into RAM.\n"
		   "title RAM-Fedora Linux\nversion 0-ramimg\nlinux /vmlinuz-" V "\n"
		   "initrd /initrd.img-ramboot $tuned_initrd\n"
		   "options root=UUID=1 ro toram noresume\n"
		   "grub_users $grub_users\ngrub_arg --unrestricted\ngrub_class fedora\n"));
	assert_true(ri_bls_same_access(ri_buf_span(&out), s.stock));
	assert_true(ri_bls_boots(ri_buf_span(&out), V));
}

/* A /boot of its own or not: the paths are the guest's own, as are further initrds. */
static void test_paths(void **state)
{
	struct ri_bls_spec s = spec;
	struct ri_err e = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	s.stock = ri_str("linux /root/boot/vmlinuz-" V "\ninitrd /root/boot/early.img\n"
			 "initrd \t/root/boot/initramfs-" V ".img\n");
	check_ok("entry", ri_bls_entry(&s, &out, &e), &e);
	assert_non_null(strstr(out.p, "\nlinux /root/boot/vmlinuz-" V "\n"));
	assert_non_null(
	    strstr(out.p, "\ninitrd /root/boot/early.img\ninitrd /root/boot/initrd.img-ramboot\n"));
}

static void test_refused(void **state)
{
	static const struct {
		const char *stock, *name, *msg;
	} rows[] = {
		{ "title A\n", NULL, "it names no kernel" },
		{ "linux vmlinuz\n", NULL, "linux is not a plain path: vmlinuz" },
		{ "linux /a b\n", NULL, "linux is not a plain path: /a b" },
		{ "linux /vmlinuz\n", NULL, "it does not load initramfs-" V ".img" },
		{ "linux /vmlinuz\ninitrd /other.img\n", NULL,
		    "it does not load initramfs-" V ".img" },
		{ "linux /vmlinuz\ninitrd /a;reboot\n", NULL,
		    "initrd is not a plain path: /a;reboot" },
		{ "linux /vmlinuz\ninitrd $\n", NULL, "initrd is not a plain path: $" },
		{ "linux /vmlinuz\ninitrd /initramfs-" V ".img\ngrub_class a\033[2Jb\n", NULL,
		    "grub_class has a control byte 0x1b" },
		{ STOCK, "A\nB", "title has a control byte 0x0a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_bls_spec s = spec;
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		s.stock = ri_str(rows[i].stock);
		s.os_name = rows[i].name ? rows[i].name : s.os_name;
		check_err(rows[i].msg, ri_bls_entry(&s, &out, &e), &e, RI_E_GUEST, rows[i].msg);
		assert_int_equal(out.n, 0);
	}
}

static void test_access(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "grub_users a\n", "grub_users a\ntitle B\n", true },
		{ "grub_users a\n", "grub_users b\n", false },
		{ "grub_users a\n", "title B\n", false },
		{ "title A\n", "grub_arg --unrestricted\n", false },
		{ "grub_arg a\ngrub_arg b\n", "grub_arg a\n", false },
		{ "title A\n", "title B\n", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(ri_bls_same_access(ri_str(rows[i].a), ri_str(rows[i].b)),
		    rows[i].same);
}

/* A MiB is what is read of a file: each of its lines may be one that is taken over, and is looked at once. */
static void test_many_lines(void **state)
{
	struct ri_bls_spec s = { .os_name = "A",
		.initrd = "i",
		.our_initrd = "o",
		.cmdline = "ro" };
	const clock_t start = clock();
	struct ri_err e = { 0 };
	RI_BUF stock = { 0 };
	RI_BUF out = { 0 };

	(void)state;
	ri_buf_add_str(&stock, "linux /vmlinuz-6\n");
	for (size_t i = 0; i < 40000; i++)
		ri_buf_add_str(&stock, "initrd /i\ngrub_arg a\n");
	s.stock = ri_buf_span(&stock);
	check_ok("entry", ri_bls_entry(&s, &out, &e), &e);
	assert_true(out.n > stock.n);
	assert_true(ri_bls_same_access(s.stock, ri_buf_span(&out)));
	/* Anew for each line it would be minutes. */
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_menus),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_many_lines),
	};

	return cmocka_run_group_tests_name("bls", tests, NULL, NULL);
}
