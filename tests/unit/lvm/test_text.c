// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The notation of LVM2's metadata by itself: what is in it, and where it ends too early. */
#include "unit/check.h"

#include "lvm/metadata.h"
#include "lvm/text.h"

static void test_values(void **state)
{
	static const char text[] =
	    "# the whole line\n"
	    "float = 1.5 minus = -12 dots = 1.2.3 # until the end\n"
	    "max = 18446744073709551615\n"
	    "quoted = \"a \\\" b\" empty = \"\" none = [] pair = [1, \"x\",]\n"
	    "a_b+c.d-e/f = 7\n"
	    "inner { deep { } }\n\0";
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
	const struct ri_lvmtext_node *n, *top;
	struct ri_err e = { 0 };

	(void)state;
	check_ok("text", ri_lvmtext_parse(ri_span(text, sizeof text - 1), &t, &e), &e);
	top = &t.v[0];
	check_span("float", ri_lvmtext_get(&t, top, "float", RI_LVMTEXT_STRING)->string,
	    LIT("1.5"));
	check_span("minus", ri_lvmtext_get(&t, top, "minus", RI_LVMTEXT_STRING)->string,
	    LIT("-12"));
	check_span("dots", ri_lvmtext_get(&t, top, "dots", RI_LVMTEXT_STRING)->string,
	    LIT("1.2.3"));
	assert_true(ri_lvmtext_get(&t, top, "max", RI_LVMTEXT_NUMBER)->number == UINT64_MAX);
	check_span("quoted", ri_lvmtext_get(&t, top, "quoted", RI_LVMTEXT_STRING)->string,
	    LIT("a \\\" b"));
	check_span("empty", ri_lvmtext_get(&t, top, "empty", RI_LVMTEXT_STRING)->string, LIT(""));
	assert_null(ri_lvmtext_first(&t, ri_lvmtext_get(&t, top, "none", RI_LVMTEXT_LIST)));
	n = ri_lvmtext_first(&t, ri_lvmtext_get(&t, top, "pair", RI_LVMTEXT_LIST));
	assert_int_equal(n->number, 1);
	n = ri_lvmtext_next(&t, n);
	check_span("pair", n->string, LIT("x"));
	assert_null(ri_lvmtext_next(&t, n));
	assert_int_equal(ri_lvmtext_get(&t, top, "a_b+c.d-e/f", RI_LVMTEXT_NUMBER)->number, 7);
	n = ri_lvmtext_get(&t, top, "inner", RI_LVMTEXT_SECTION);
	n = ri_lvmtext_get(&t, n, "deep", RI_LVMTEXT_SECTION);
	assert_null(ri_lvmtext_first(&t, n));
	/* Neither of another kind nor of another section. */
	assert_null(ri_lvmtext_get(&t, top, "max", RI_LVMTEXT_STRING));
	assert_null(ri_lvmtext_get(&t, top, "deep", RI_LVMTEXT_SECTION));
}

static void test_nothing(void **state)
{
	static const struct ri_span texts[] = { BYTES(""), BYTES("\0"), BYTES(" \n"), BYTES("#"),
		BYTES("# a comment that nothing ends") };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
		RI_ON_EXIT(ri_lvm_vg_free) struct ri_lvm_vg vg = { 0 };
		struct ri_err e = { 0 };

		check_ok("nothing", ri_lvmtext_parse(texts[i], &t, &e), &e);
		assert_int_equal(t.n, 1);
		assert_null(ri_lvmtext_first(&t, &t.v[0]));
		check_err("no group", ri_lvm_vg_parse(texts[i], &vg, &e), &e, RI_E_UNSUPPORTED,
		    "LVM's metadata is of another kind");
	}
}

static void test_wrong(void **state)
{
	static const struct {
		struct ri_span text;
		const char *msg;
	} cases[] = {
		{ BYTES("a"), "line 1 of LVM's metadata: a name without a value" },
		{ BYTES("a ="), "line 1 of LVM's metadata: neither a string nor a number" },
		{ BYTES("a = \""), "line 1 of LVM's metadata: a string without an end" },
		{ BYTES("a = \"b\\"), "line 1 of LVM's metadata: a string without an end" },
		{ BYTES("\na = ["), "line 2 of LVM's metadata: neither a string nor a number" },
		{ BYTES("a = [1"), "line 1 of LVM's metadata: a list without an end" },
		{ BYTES("a = [1, x]"), "line 1 of LVM's metadata: neither a string nor a number" },
		{ BYTES("a = [,]"), "line 1 of LVM's metadata: neither a string nor a number" },
		{ BYTES("a {\nb = 1\n"), "line 3 of LVM's metadata: a section without an end" },
		{ BYTES("}"), "line 1 of LVM's metadata: no name where one should be" },
		{ BYTES("a\0b = 1"), "line 1 of LVM's metadata: a name without a value" },
		{ BYTES("\0\0"), "line 1 of LVM's metadata: no name where one should be" },
		{ BYTES("a = 18446744073709551616"),
		    "line 1 of LVM's metadata: a number that is too large" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
		struct ri_err e = { 0 };

		check_err(cases[i].text.p, ri_lvmtext_parse(cases[i].text, &t, &e), &e,
		    RI_E_UNSUPPORTED, cases[i].msg);
		assert_null(t.v);
	}
}

/* A million nodes: the whole text, its list, and what is in that. */
static void test_too_many(void **state)
{
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext t = { 0 };
	RI_ON_EXIT(ri_lvmtext_free) struct ri_lvmtext none = { 0 };
	RI_BUF text = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&text, "a=[");
	for (size_t i = 0; i < 1000000 - 2; i++)
		ri_buf_add(&text, "1,", 2);
	ri_buf_add_str(&text, "]");
	check_ok("a million", ri_lvmtext_parse(ri_buf_span(&text), &t, &e), &e);
	assert_int_equal(t.n, 1000000);
	text.n--;
	ri_buf_add_str(&text, "1]");
	check_err("one more", ri_lvmtext_parse(ri_buf_span(&text), &none, &e), &e, RI_E_UNSUPPORTED,
	    "line 1 of LVM's metadata: the text has too many nodes");
	assert_null(none.v);
}

static void test_mapper_path(void **state)
{
	static const struct {
		const char *device, *path;
	} cases[] = {
		{ "/dev/vg/root", "/dev/mapper/vg-root" },
		{ "/dev/vg-a/root", "/dev/mapper/vg--a-root" },
		{ "/dev/a--b/c-", "/dev/mapper/a----b-c--" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		RI_BUF path = { 0 };

		ri_lvm_mapper_path(cases[i].device, &path);
		check_span(cases[i].device, ri_buf_span(&path), ri_str(cases[i].path));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_mapper_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
