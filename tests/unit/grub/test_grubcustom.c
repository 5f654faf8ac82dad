// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubcfg.h"
#include "grub/grubcustom.h"

#define HEAD "#!/bin/sh\nexec tail -n +3 $0\n"
#define STOCK HEAD "# This file provides an easy way to add custom menu entries.\n"
#define BLOCK RI_GRUB_BEGIN "\nmenuentry 'RAM' {\n}\n" RI_GRUB_END "\n"
#define OTHER RI_GRUB_BEGIN "\nmenuentry 'newer' {\n}\n" RI_GRUB_END "\n"
#define NOTE RI_GRUB_NOTE "\n"

/* Files without a block, and what they become. Dropping must give each back byte for byte. */
static const struct {
	const char *name;
	struct ri_span in, want;
} fresh[] = {
	{ "stock", BYTES(STOCK), BYTES(STOCK BLOCK) },
	{ "two lines", BYTES(HEAD), BYTES(HEAD BLOCK) },
	{ "no final newline", BYTES(STOCK "a"), BYTES(STOCK "a\n" NOTE BLOCK) },
	{ "no final newline, bare", BYTES("#!/bin/sh\nexec tail -n +3 $0"),
	    BYTES("#!/bin/sh\nexec tail -n +3 $0\n" NOTE BLOCK) },
	{ "blank lines at the end", BYTES(STOCK "\n\n"), BYTES(STOCK "\n\n" BLOCK) },
	{ "ends in CR", BYTES(STOCK "a\r"), BYTES(STOCK "a\r\n" NOTE BLOCK) },
	{ "CRLF below the head", BYTES(STOCK "a\r\nb\r\n"), BYTES(STOCK "a\r\nb\r\n" BLOCK) },
	{ "custom entries", BYTES(STOCK "menuentry 'mine' {\n\ttrue\n}\n"),
	    BYTES(STOCK "menuentry 'mine' {\n\ttrue\n}\n" BLOCK) },
	{ "NULs and high bytes", BYTES(STOCK "\0\xff\n"), BYTES(STOCK "\0\xff\n" BLOCK) },
	{ "other shells", BYTES("#! /bin/sh\nexec tail -n +3 \"$0\"\n"),
	    BYTES("#! /bin/sh\nexec tail -n +3 \"$0\"\n" BLOCK) },
	{ "markers that are none",
	    BYTES(STOCK "# " RI_GRUB_BEGIN "\n " RI_GRUB_BEGIN "\n" RI_GRUB_BEGIN " \n" RI_GRUB_END
			"\r\nx" RI_GRUB_END "\n" RI_GRUB_NOTE ".\n"),
	    BYTES(STOCK "# " RI_GRUB_BEGIN "\n " RI_GRUB_BEGIN "\n" RI_GRUB_BEGIN " \n" RI_GRUB_END
			"\r\nx" RI_GRUB_END "\n" RI_GRUB_NOTE ".\n" BLOCK) },
};

static void check_round(const char *name, struct ri_span in, struct ri_span want)
{
	RI_BUF put = { 0 };
	RI_BUF twice = { 0 };
	RI_BUF changed = { 0 };
	RI_BUF back = { 0 };
	RI_BUF plain = { 0 };
	struct ri_err e = { 0 };

	check_ok(name, ri_grub_custom_put(in, ri_str(BLOCK), &put, &e), &e);
	check_span(name, ri_buf_span(&put), want);
	check_span("found", ri_grub_find_block(ri_buf_span(&put)), ri_str(BLOCK));
	check_ok(name, ri_grub_custom_put(ri_buf_span(&put), ri_str(BLOCK), &twice, &e), &e);
	check_span("twice is once", ri_buf_span(&twice), want);
	check_ok(name, ri_grub_custom_put(ri_buf_span(&put), ri_str(OTHER), &changed, &e), &e);
	check_span("replaced", ri_grub_find_block(ri_buf_span(&changed)), ri_str(OTHER));
	check_ok(name, ri_grub_custom_drop(ri_buf_span(&changed), &back, &e), &e);
	check_span("dropped", ri_buf_span(&back), in);
	check_ok(name, ri_grub_custom_drop(in, &plain, &e), &e);
	check_span("nothing to drop", ri_buf_span(&plain), in);
}

static void test_fresh(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof fresh / sizeof *fresh; i++)
		check_round(fresh[i].name, fresh[i].in, fresh[i].want);
}

/* Files with a block that somebody edited around; no @put: the head is gone, dropping still works. */
static const struct {
	const char *name;
	struct ri_span in, put, drop;
} edited[] = {
	{ "entries behind", BYTES(STOCK BLOCK "more\n"), BYTES(STOCK OTHER "more\n"),
	    BYTES(STOCK "more\n") },
	{ "entries behind a noted one", BYTES(STOCK "a\n" NOTE BLOCK "more"),
	    BYTES(STOCK "a\n" NOTE OTHER "more"), BYTES(STOCK "a\nmore") },
	{ "final newline lost", BYTES(STOCK RI_GRUB_BEGIN "\n" RI_GRUB_END), BYTES(STOCK OTHER),
	    BYTES(STOCK) },
	{ "empty block", BYTES(STOCK RI_GRUB_BEGIN "\n" RI_GRUB_END "\nx\n"),
	    BYTES(STOCK OTHER "x\n"), BYTES(STOCK "x\n") },
	{ "a note and nothing above", BYTES(NOTE BLOCK), BYTES(""), BYTES("") },
	{ "moved to the front", BYTES(HEAD BLOCK "menuentry 'mine' {\n}\n"),
	    BYTES(HEAD OTHER "menuentry 'mine' {\n}\n"), BYTES(HEAD "menuentry 'mine' {\n}\n") },
};

static void test_edited(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof edited / sizeof *edited; i++) {
		RI_BUF put = { 0 };
		RI_BUF drop = { 0 };
		struct ri_err e = { 0 };

		if (edited[i].put.n > 0) {
			check_ok(edited[i].name,
			    ri_grub_custom_put(edited[i].in, ri_str(OTHER), &put, &e), &e);
			check_span(edited[i].name, ri_buf_span(&put), edited[i].put);
		}
		check_ok(edited[i].name, ri_grub_custom_drop(edited[i].in, &drop, &e), &e);
		check_span(edited[i].name, ri_buf_span(&drop), edited[i].drop);
	}
}

#define HEADLESS                                                                                   \
	"it does not begin with \"#!/bin/sh\" and \"exec tail -n +3 $0\", so its output "          \
	"cannot be known without running it; put back the stock file's first two lines"
#define REPAIR "; repair or remove it by hand"

/* @drops: ri_grub_custom_drop looks at the markers only. */
static const struct {
	struct ri_span in;
	const char *msg;
	bool drops;
} bad[] = {
	{ BYTES(""), HEADLESS, true },
	{ BYTES("\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh"), HEADLESS, true },
	{ BYTES("#!/bin/sh\ncat <<EOF\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh\n\nexec tail -n +3 $0\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh\nexec tail -n +4 $0\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh\nexec tail -n +3 $0; reboot\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh\r\nexec tail -n +3 $0\r\n"), HEADLESS, true },
	{ BYTES("#!/bin/sh\0\nexec tail -n +3 $0\n"), HEADLESS, true },
	{ BYTES("\xef\xbb\xbf#!/bin/sh\nexec tail -n +3 $0\n"), HEADLESS, true },
	{ BYTES(STOCK RI_GRUB_BEGIN "\nx\n"),
	    "line 4: \"### BEGIN ramimg ###\" stands without its \"### END ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD RI_GRUB_END "\nx\n"),
	    "line 3: \"### END ramimg ###\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD "# " BLOCK), /* the comment hides the first marker only */
	    "line 6: \"### END ramimg ###\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD RI_GRUB_BEGIN "\n" BLOCK),
	    "line 3: \"### BEGIN ramimg ###\" stands without its \"### END ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD BLOCK RI_GRUB_END "\n"),
	    "line 7: \"### END ramimg ###\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD BLOCK "x\n" BLOCK),
	    "line 8: a second \"### BEGIN ramimg ###\"; remove one by hand", false },
	{ BYTES(HEAD NOTE "x\n"),
	    "line 3: \"" RI_GRUB_NOTE "\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD RI_GRUB_NOTE),
	    "line 3: \"" RI_GRUB_NOTE "\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD NOTE NOTE BLOCK),
	    "line 3: \"" RI_GRUB_NOTE "\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
	{ BYTES(HEAD BLOCK NOTE),
	    "line 7: \"" RI_GRUB_NOTE "\" stands without its \"### BEGIN ramimg ###\"" REPAIR,
	    false },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_custom_put(bad[i].in, ri_str(BLOCK), &out, &e);

		check_err(bad[i].msg, rc, &e, RI_E_GUEST, bad[i].msg);
		ri_buf_free(&out);
		e = (struct ri_err){ 0 };
		rc = ri_grub_custom_drop(bad[i].in, &out, &e);
		if (!bad[i].drops) {
			check_err(bad[i].msg, rc, &e, RI_E_GUEST, bad[i].msg);
			continue;
		}
		check_ok(bad[i].msg, rc, &e);
		check_span(bad[i].msg, ri_buf_span(&out), bad[i].in);
	}
}

static void test_bad_block(void **state)
{
	static const struct {
		const char *block, *msg;
		enum ri_code code;
	} rows[] = {
		{ "",
		    "the new menu entry does not stand between \"### BEGIN ramimg ###\" and \"### END "
		    "ramimg ###\"",
		    RI_E_CONFIG },
		{ "x\n" BLOCK,
		    "the new menu entry does not stand between \"### BEGIN ramimg ###\" and "
		    "\"### END ramimg ###\"",
		    RI_E_CONFIG },
		{ RI_GRUB_BEGIN "\n" RI_GRUB_END,
		    "the new menu entry does not stand between \"### BEGIN "
		    "ramimg ###\" and \"### END ramimg ###\"",
		    RI_E_CONFIG },
		{ RI_GRUB_BEGIN "\n",
		    "the new menu entry: line 1: \"### BEGIN ramimg ###\" stands "
		    "without its \"### END ramimg ###\"" REPAIR,
		    RI_E_GUEST },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF out = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_custom_put(ri_str(STOCK), ri_str(rows[i].block), &out, &e);

		check_err(rows[i].msg, rc, &e, rows[i].code, rows[i].msg);
	}
}

static void test_find_block(void **state)
{
	(void)state;
	check_span("none", ri_grub_find_block(ri_str(STOCK)), ri_str(""));
	check_span("empty", ri_grub_find_block(ri_str("")), ri_str(""));
	check_span("open", ri_grub_find_block(ri_str("x\n" RI_GRUB_BEGIN "\n")), ri_str(""));
	check_span("comment", ri_grub_find_block(ri_str("# " BLOCK)), ri_str(""));
	check_span("in a cfg", ri_grub_find_block(ri_str("a\n" BLOCK "b\n")), ri_str(BLOCK));
	check_span("at the end", ri_grub_find_block(ri_str("a\n" RI_GRUB_BEGIN "\n" RI_GRUB_END)),
	    ri_str(RI_GRUB_BEGIN "\n" RI_GRUB_END));
}

static void test_huge_line(void **state)
{
	RI_BUF in = { 0 };
	RI_BUF want = { 0 };

	(void)state;
	ri_buf_add_str(&in, STOCK);
	for (size_t i = 0; i < 1 << 16; i++)
		ri_buf_add_str(&in, "### BEGIN ramimg");
	ri_buf_add_span(&want, ri_buf_span(&in));
	ri_buf_add_str(&want, "\n" NOTE BLOCK);
	check_round("1 MB line", ri_buf_span(&in), ri_buf_span(&want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_block),
		cmocka_unit_test(test_find_block),
		cmocka_unit_test(test_huge_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
