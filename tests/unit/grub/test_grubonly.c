// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A menu with ramimg's entry alone. */
#include "unit/check.h"
#include "grub/grubonly.h"

#define OURS                                                                                       \
	"### BEGIN ramimg ###\n"                                                                   \
	"menuentry 'RAM-Debian' --id 'ramimg-1' {\n\tlinux /vmlinuz toram\n}\n"                    \
	"### END ramimg ###\n"

/* In the shape of what update-grub writes: functions stay, and an `if` is never left empty. */
static void test_others_go(void **state)
{
	static const char menu[] =
	    "function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\nset superusers=\"root\"\n"
	    "menuentry 'Debian' --class debian {\n\techo '}'\n\tlinux /vmlinuz\n}\n"
	    "submenu 'Advanced' $menuentry_id_option 'a' {\n\tmenuentry 'Old' { linux /old }\n}\n"
	    "if [ $platform = efi ]; then\n\tmenuentry 'Firmware' {\n\t\tfwsetup\n\t}\nfi\n"
	    "if [ a = b ]; then submenu 'Perhaps' { menuentry 'x' { } }; fi\n" OURS
	    "menuentry 'Last' { }\n# the end";
	static const char want[] =
	    "function gfxmode {\n\tset gfxpayload=\"${1}\"\n}\nset superusers=\"root\"\n\n\n"
	    "if [ $platform = efi ]; then\n\tset ramimg_slim=1\nfi\n"
	    "if [ a = b ]; then set ramimg_slim=1; fi\n" OURS "\n# the end";
	struct ri_err e = { 0 };
	RI_BUF once = { 0 };
	RI_BUF twice = { 0 };

	(void)state;
	check_ok("only", ri_grub_cfg_only(ri_str(menu), &once, &e), &e);
	check_span("only", ri_buf_span(&once), ri_str(want));
	check_ok("again", ri_grub_cfg_only(ri_buf_span(&once), &twice, &e), &e);
	check_span("again", ri_buf_span(&twice), ri_str(want));
}

static void test_refused(void **state)
{
	static const struct {
		const char *cfg, *want;
	} rows[] = {
		{ "menuentry 'Debian' { }\n", "grub.cfg has no entry of ramimg" },
		{ OURS "menuentry 'Open' {\n",
		    "line 7 of grub.cfg: a block or quote that is not closed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF out = { 0 };

		check_err(rows[i].want, ri_grub_cfg_only(ri_str(rows[i].cfg), &out, &e), &e,
		    RI_E_GUEST, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_others_go),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
