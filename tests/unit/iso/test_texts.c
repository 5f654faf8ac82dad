// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What GRUB reads of an ISO. */
#include "unit/check.h"

#include "iso/iso.h"

static void test_texts(void **state)
{
	const struct ri_iso_spec s = { .id = "0123abcd",
		.os_name = "Bob's Linux",
		.cmdline = "root=ramimg ro 'x y'" };
	RI_BUF search = { 0 }, menu = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("search", ri_iso_search(&s, &search, &e), &e);
	check_span("search", ri_buf_span(&search),
	    ri_str("search --no-floppy --file --set=root /ramimg/0123abcd\n"
		   "set prefix=($root)/boot/grub\n"));
	check_ok("menu", ri_iso_menu(&s, &menu, &e), &e);
	check_span("menu", ri_buf_span(&menu),
	    ri_str("set timeout=3\n"
		   "menuentry 'RAM-Bob'\\''s Linux' {\n"
		   "\techo\t'Loading Bob'\\''s Linux to run from RAM ...'\n"
		   "\tlinux\t/boot/vmlinuz root=ramimg ro 'x y'\n"
		   "\tinitrd\t/boot/initrd\n"
		   "}\n"));
}

/* Nothing of a guest's ends the entry, or begins another. */
static void test_refused(void **state)
{
	static const struct {
		const char *name, *cmdline, *msg;
	} rows[] = {
		{ "a\nb", "x", "the OS name has a control byte 0x0a" },
		{ "a", "x } menuentry y {", "the kernel's command line" },
		{ "a", "x; reboot", "the kernel's command line" },
		{ "a", "'x", "the kernel's command line" },
		{ "a", "x\ny", "the kernel's command line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_iso_spec s = { .id = "0",
			.os_name = rows[i].name,
			.cmdline = rows[i].cmdline };
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		assert_int_equal(ri_iso_menu(&s, &out, &e), -1);
		assert_int_equal(e.code, RI_E_GUEST);
		if (!strstr(e.msg, rows[i].msg))
			fail_msg("%s: said [%s]", rows[i].cmdline, e.msg);
		assert_int_equal(out.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
