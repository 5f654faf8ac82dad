// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "grub/grubmenu.h"

/* In the shape of what 00_header, 10_linux, 20_memtest86+, 30_os-prober and 41_custom print. */
static const char menu[] =
    "set timeout=5 # } {\n"
    "if [ x\"${feature}\" = xy ]; then\n  a='b}'\nelse\n  a=\"\"\nfi\n"
    "function load_video {\n  if [ x$a = xy ]; then insmod all_video; fi\n}\n"
    "menuentry 'One' --class os --id 'one' {\n\techo '{'\n\tif [ a = b ]; then\n\t  c; fi\n}\n"
    "submenu 'More > of it' $menuentry_id_option 'more' {\n"
    "\tmenuentry 'Two' --id 'two' {\n\t}\n"
    "\tmenuentry 'One' --id 'three' { e; }\n"
    "\tsubmenu 'Deep' { menuentry 'Four' { f } }\n"
    "}\n"
    "menuentry '7' --id five {\n}\n"
    "if [ $platform = efi ]; then\n"
    "\tmenuentry 'Firmware' --id 'fw' {\n\t\tfwsetup\n\t}\n"
    "\tsubmenu 'Perhaps' --id 'p' { menuentry 'Nobody knows' { } }\n"
    "fi\n"
    "menuentry 'Last' --id last { }\n"
    "if [ -f $prefix/custom.cfg ]; then\n  source $prefix/custom.cfg\nfi\n";

static void test_nodes(void **state)
{
	static const struct {
		const char *header, *body;
		size_t parent, place;
		bool submenu, maybe;
	} want[] = {
		{ " 'One' --class os --id 'one' ",
		    "\n\techo '{'\n\tif [ a = b ]; then\n\t  c; fi\n", RI_GRUB_TOP, 0, false,
		    false },
		{ " 'More > of it' $menuentry_id_option 'more' ", "", RI_GRUB_TOP, 1, true, false },
		{ " 'Two' --id 'two' ", "\n\t", 1, 0, false, false },
		{ " 'One' --id 'three' ", " e; ", 1, 1, false, false },
		{ " 'Deep' ", "", 1, 2, true, false },
		{ " 'Four' ", " f ", 4, 0, false, false },
		{ " '7' --id five ", "\n", RI_GRUB_TOP, 2, false, false },
		{ " 'Firmware' --id 'fw' ", "\n\t\tfwsetup\n\t", RI_GRUB_TOP, 3, false, true },
		{ " 'Perhaps' --id 'p' ", "", RI_GRUB_TOP, 4, true, true },
		{ " 'Last' --id last ", " ", RI_GRUB_TOP, 5, false, false },
	};
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("menu", ri_grub_menu_read(ri_str(menu), &m, &e), &e);
	assert_int_equal(m.n, sizeof want / sizeof *want);
	for (size_t i = 0; i < m.n; i++) {
		check_span(want[i].header, m.v[i].header, ri_str(want[i].header));
		check_span(want[i].header, m.v[i].body, ri_str(want[i].body));
		assert_int_equal(m.v[i].parent, want[i].parent);
		assert_int_equal(m.v[i].place, want[i].place);
		assert_int_equal(m.v[i].submenu, want[i].submenu);
		assert_int_equal(m.v[i].maybe, want[i].maybe);
	}
}

#define NONE SIZE_MAX

static void test_find(void **state)
{
	static const struct {
		const char *value;
		size_t node;
	} rows[] = {
		{ "", 0 },
		{ "0", 0 },
		{ "one", 0 },
		{ "One", 0 },
		{ "one>two", 0 }, /* GRUB: what is behind an entry does not matter */
		{ "1>0", 2 },
		{ "more>two", 2 },
		{ "More >> of it>One", 3 },
		{ "1>three", 3 },
		{ "1>2>0", 5 },
		{ "more>Deep>Four", 5 },
		{ "more", 1 },
		{ "1>7", NONE },
		{ "7", NONE }, /* a number, though there is such a title */
		{ "five", 6 },
		{ "2", 6 },
		{ "3", NONE }, /* whether that entry is there is not known */
		{ "5", NONE },
		{ "fw", NONE },
		{ "p", NONE },
		{ "p>0", NONE },
		{ "Last", 9 },
		{ "two", NONE },
		{ "More > of it", NONE },
		{ "99999999999999999999", NONE },
		{ "${saved_entry}", NONE },
		{ "\\$x", NONE },
	};
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu m = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("menu", ri_grub_menu_read(ri_str(menu), &m, &e), &e);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_grub_node *found;
		size_t at;

		check_ok(rows[i].value, ri_grub_menu_find(&m, ri_str(rows[i].value), &found, &e),
		    &e);
		at = found ? (size_t)(found - m.v) : NONE;
		if (at != rows[i].node)
			fail_msg("%s: node %zu, want %zu", rows[i].value, at, rows[i].node);
	}
}

/* A title is found beside what is unknown; one that only GRUB knows is none. */
static void test_odd_headers(void **state)
{
	RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu m = { 0 };
	const struct ri_grub_node *found;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("menu",
	    ri_grub_menu_read(
		LIT("menuentry \"x$a\" { }\nmenuentry a --odd x --id b { }\nmenuentry { }"), &m,
		&e),
	    &e);
	check_ok("a", ri_grub_menu_find(&m, LIT("a"), &found, &e), &e);
	assert_ptr_equal(found, &m.v[1]);
	check_ok("b", ri_grub_menu_find(&m, LIT("b"), &found, &e), &e);
	assert_ptr_equal(found, &m.v[1]);
	check_ok("x$a", ri_grub_menu_find(&m, LIT("'x$a'"), &found, &e), &e);
	assert_null(found);
}

static void test_broken(void **state)
{
	static const struct {
		const char *in, *msg;
	} rows[] = {
		{ "\n}", "line 2 of grub.cfg: a } that closes nothing" },
		{ "menuentry a {\n", "line 2 of grub.cfg: a block or quote that is not closed" },
		{ "f {\n'", "line 2 of grub.cfg: a block or quote that is not closed" },
		{ "submenu a {\n", "line 2 of grub.cfg: the end, with a submenu or an if open" },
		{ "submenu a { if b; }", "line 1 of grub.cfg: a } that closes nothing" },
		{ "if a; then", "line 1 of grub.cfg: the end, with a submenu or an if open" },
		{ "fi", "line 1 of grub.cfg: a fi or done that ends nothing" },
		{ "a; done", "line 1 of grub.cfg: a fi or done that ends nothing" },
		{ "\n\na | b", "line 3 of grub.cfg: a quote that is not closed, or one of |&<>" },
		{ "'a", "line 1 of grub.cfg: a quote that is not closed, or one of |&<>" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_grub_menu m = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grub_menu_read(ri_str(rows[i].in), &m, &e);

		check_err(rows[i].in, rc, &e, RI_E_GUEST, rows[i].msg);
	}
}

static void test_depth(void **state)
{
	(void)state;
	for (size_t depth = 16; depth <= 17; depth++) {
		RI_ON_EXIT(ri_grub_menu_free) struct ri_grub_menu m = { 0 };
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };
		int rc;

		for (size_t i = 0; i < depth; i++)
			ri_buf_add_str(&text, "submenu a {\n");
		for (size_t i = 0; i < depth; i++)
			ri_buf_add_str(&text, "}\n");
		rc = ri_grub_menu_read(ri_buf_span(&text), &m, &e);
		if (depth == 16)
			check_ok("16", rc, &e);
		else
			check_err("17", rc, &e, RI_E_GUEST,
			    "line 17 of grub.cfg: submenus in submenus without end");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_odd_headers),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
