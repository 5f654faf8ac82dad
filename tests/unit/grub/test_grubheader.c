// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubheader.h"

static const struct {
	const char *in, *title, *id, *looks, *access;
	bool open;
} good[] = {
	{ " 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-1' ",
	    "'Debian GNU/Linux'", "'gnulinux-simple-1'", "--class debian --class os", "", false },
	{ " 'Ubuntu' --class ubuntu --unrestricted $menuentry_id_option 'u'", "'Ubuntu'", "'u'",
	    "--class ubuntu", "--unrestricted", true },
	{ "--id=a --users='a,b' --hotkey=d --class=\"x y\" T", "T", "a",
	    "--hotkey=d --class=\"x y\"", "--users='a,b'", false },
	{ "T --users \"\" --hotkey d --id 'b'", "T", "'b'", "--hotkey d", "--users \"\"", false },
	{ "T ${menuentry_id_option} c", "T", "c", "", "", false },
	{ "T --unrestricted --users me", "T", "", "", "--unrestricted --users me", false },
	{ "'Bob'\\''s'", "'Bob'\\''s'", "", "", "", false },
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		RI_ON_EXIT(ri_grub_header_free) struct ri_grub_header h = { 0 };
		struct ri_err e = { 0 };

		check_ok(good[i].in, ri_grub_header_read(ri_str(good[i].in), &h, &e), &e);
		check_span(good[i].in, h.title, ri_str(good[i].title));
		check_span(good[i].in, h.id, ri_str(good[i].id));
		check_span(good[i].in, ri_buf_span(&h.looks), ri_str(good[i].looks));
		check_span(good[i].in, ri_buf_span(&h.access), ri_str(good[i].access));
		assert_int_equal(h.open, good[i].open);
	}
}

static const struct {
	const char *in, *msg;
} bad[] = {
	{ "", "no title" },
	{ "--class a", "no title" },
	{ "T --class", "--class without a value" },
	{ "T --users", "--users without a value" },
	{ "T --source x", "--source is unknown to ramimg" },
	{ "T --unrestricted=1", "--unrestricted=1 is unknown to ramimg" },
	{ "T --classy x", "--classy is unknown to ramimg" },
	{ "T x", "x is unknown to ramimg" },
	{ "$title", "$title is unknown to ramimg" },
	{ "T --class 'a", "the quote ' is not closed" },
	{ "T --class a;reboot", "; outside quotes" },
	{ "T --class 'a\n}'", "byte 0x0a is not allowed in a GRUB command" },
	{ "T { }", "{ outside quotes" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ri_grub_header h = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_header_read(ri_str(bad[i].in), &h, &e);

		check_err(bad[i].in, rc, &e, RI_E_GUEST, bad[i].msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
