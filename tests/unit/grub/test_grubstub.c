// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The stubs that distributions write, and what is not understood. */
#include "unit/check.h"

#include "grub/grubstub.h"

#define UUID "11111111-2222-4333-8444-555555555501"

static void test_understood(void **state)
{
	static const struct {
		const char *text, *dir;
	} rows[] = {
		/* Debian's and Ubuntu's grub-install */
		{ "search.fs_uuid " UUID " root hd0,gpt2 \nset prefix=($root)'/boot/grub'\n"
		  "configfile $prefix/grub.cfg\n",
		    "/boot/grub" },
		{ "search.fs_uuid " UUID " root lvmid/a/b\nset prefix=($root)'/grub'\n"
		  "insmod ext2\nconfigfile ${prefix}/grub.cfg",
		    "/grub" },
		{ "search.fs_uuid " UUID " root\r\nset prefix=($root)'/@/boot/grub'\r\n"
		  "configfile \"$prefix/grub.cfg\"\r\n",
		    "/@/boot/grub" },
		/* Fedora's */
		{ "# made up\n\nsearch --no-floppy --root-dev-only --fs-uuid --set=dev " UUID
		  "\nset prefix=($dev)/grub2/\nexport $prefix\n\tconfigfile $prefix/grub.cfg\n",
		    "/grub2" },
		{ "search --fs-uuid --set=root \"" UUID "\"\nset prefix=($root)/boot/grub\n"
		  "configfile $prefix/grub.cfg\n",
		    "/boot/grub" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub s = { 0 };
		struct ri_err e = { 0 };

		if (ri_grub_stub_parse(ri_str(rows[i].text), &s, &e) != 1)
			fail_msg("not understood: %s", rows[i].text);
		assert_string_equal(s.fs_uuid, UUID);
		assert_string_equal(s.dir, rows[i].dir);
	}
}

#define SEARCH "search.fs_uuid " UUID " root\n"
#define PREFIX "set prefix=($root)'/boot/grub'\n"
#define CONFIG "configfile $prefix/grub.cfg\n"

static void test_not_understood(void **state)
{
	static const struct ri_span rows[] = {
		BYTES(""),
		BYTES(SEARCH PREFIX),
		BYTES(SEARCH CONFIG),
		BYTES(PREFIX CONFIG),
		BYTES(CONFIG),
		BYTES(SEARCH SEARCH PREFIX CONFIG),
		BYTES("search --file --set=root /.disk/info\n" PREFIX CONFIG),
		BYTES("search --fs-uuid --set=root\n" PREFIX CONFIG),
		BYTES(SEARCH "set prefix=/boot/grub\n" CONFIG),
		BYTES(SEARCH "set prefix=($root\n" CONFIG),
		BYTES(SEARCH "set prefix=($root)\n" CONFIG),
		BYTES(SEARCH "set prefix=($root)'boot'\n" CONFIG),
		BYTES(SEARCH "set other=1\n" PREFIX CONFIG),
		BYTES(SEARCH PREFIX "configfile (hd1,gpt1)/grub.cfg\n"),
		BYTES(SEARCH PREFIX "configfile\n"),
		BYTES("if true; then\n" SEARCH PREFIX CONFIG "fi\n"),
		BYTES(SEARCH PREFIX "#\0\n" CONFIG),
		/* Not in the order in which GRUB needs them. */
		BYTES(PREFIX SEARCH CONFIG),
		BYTES(CONFIG SEARCH PREFIX),
		BYTES(SEARCH CONFIG PREFIX),
		BYTES(SEARCH PREFIX CONFIG PREFIX),
		/* What GRUB puts something else in place of, or runs besides. */
		BYTES("search --fs-uuid --set=root $uuid\n" PREFIX CONFIG),
		BYTES(SEARCH "set prefix=($root)/$dir\n" CONFIG),
		BYTES(SEARCH "set prefix=($root)'/boot'/grub'\n" CONFIG),
		BYTES("search.fs_uuid " UUID " root; set root=hd1\n" PREFIX CONFIG),
		BYTES(SEARCH PREFIX "insmod ext2 && set root=hd1\n" CONFIG),
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub s = { 0 };
		struct ri_err e = { 0 };

		if (ri_grub_stub_parse(rows[i], &s, &e) != 0)
			fail_msg("understood: %.*s", (int)rows[i].n, rows[i].p);
		assert_null(s.fs_uuid);
	}
}

/* Nothing is taken that no file system or directory is called. */
static void test_too_long(void **state)
{
	static const char *const before[] = { "search.fs_uuid ", SEARCH "set prefix=($root)/" };
	static const char *const behind[] = { " root\n" PREFIX CONFIG, "\n" CONFIG };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_grub_stub_free) struct ri_grub_stub s = { 0 };
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };

		ri_buf_add_str(&text, before[i]);
		for (int k = 0; k < 1001; k++)
			ri_buf_add_str(&text, "a");
		ri_buf_add_str(&text, behind[i]);
		assert_int_equal(ri_grub_stub_parse(ri_buf_span(&text), &s, &e), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_understood),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
