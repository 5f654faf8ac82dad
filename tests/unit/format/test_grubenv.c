// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* GRUB's environment block: what stays, what comes and goes, and what is none. */
#include "unit/check.h"
#include "format/grubenv.h"

#define HEADER "# GRUB Environment Block\n"

/* @text padded with '#' to the length of a block. */
static struct ri_span block(struct ri_buf *b, struct ri_span text)
{
	b->n = 0;
	ri_buf_add_span(b, text);
	while (b->n < RI_GRUBENV_BYTES)
		ri_buf_add(b, "#", 1);
	return ri_buf_span(b);
}

static void test_empty(void **state)
{
	RI_BUF b = { 0 };
	RI_BUF want = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_grubenv_empty(&b);
	check_span("empty", ri_buf_span(&b), block(&want, ri_str(HEADER)));
	assert_int_equal(b.n, 1024);
	check_ok("check", ri_grubenv_check(ri_buf_span(&b), &e), &e);
	assert_false(ri_grubenv_has_any(ri_buf_span(&b)));
}

static const struct {
	const char *name;
	struct ri_span before, after; /* without the padding */
	const char *value;            /* that "ramimg_failed" is set to; NULL: unset */
} sets[] = {
	{ "the first", BYTES(HEADER), BYTES(HEADER "ramimg_failed=1\n"), "1" },
	{ "beside others", BYTES(HEADER "saved_entry=a>b\nx=\n"),
	    BYTES(HEADER "saved_entry=a>b\nx=\nramimg_failed=2\n"), "2" },
	{ "again, in its place", BYTES(HEADER "ramimg_failed=1\nx=1\n"),
	    BYTES(HEADER "ramimg_failed=2\nx=1\n"), "2" },
	{ "again, and once only", BYTES(HEADER "ramimg_failed=1\nx=1\nramimg_failed=1\n"),
	    BYTES(HEADER "ramimg_failed=2\nx=1\n"), "2" },
	{ "gone", BYTES(HEADER "a=1\nramimg_failed=2\nb=2\n"), BYTES(HEADER "a=1\nb=2\n"), NULL },
	{ "every one of them", BYTES(HEADER "ramimg_failed=2\nramimg_failed=1\n"), BYTES(HEADER),
	    NULL },
	{ "not set", BYTES(HEADER "ramimg_failed_not=2\nx_ramimg_failed=1\n"),
	    BYTES(HEADER "ramimg_failed_not=2\nx_ramimg_failed=1\n"), NULL },
	{ "comments stay", BYTES(HEADER "# WARNING: do not\n#ramimg_failed=2\n"),
	    BYTES(HEADER "# WARNING: do not\n#ramimg_failed=2\n"), NULL },
	{ "inside of a value that goes over the line",
	    BYTES(HEADER "a=1\\\nramimg_failed=2\nramimg_failed=\\\n\n"),
	    BYTES(HEADER "a=1\\\nramimg_failed=2\n"), NULL },
	{ "a NUL and an empty line stay", BYTES(HEADER "\na=\0b\n"), BYTES(HEADER "\na=\0b\n"),
	    NULL },
};

static void test_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		RI_BUF before = { 0 };
		RI_BUF after = { 0 };
		RI_BUF out = { 0 };
		struct ri_span value = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_grubenv_set(block(&before, sets[i].before), "ramimg_failed",
		    sets[i].value, &out, &e);

		check_ok(sets[i].name, rc, &e);
		check_span(sets[i].name, ri_buf_span(&out), block(&after, sets[i].after));
		assert_int_equal(ri_grubenv_get(ri_buf_span(&out), "ramimg_failed", &value),
		    sets[i].value != NULL);
		if (sets[i].value)
			check_span(sets[i].name, value, ri_str(sets[i].value));
	}
}

static void test_no_block(void **state)
{
	static const struct {
		const char *name;
		struct ri_span text;
		size_t n; /* 0: padded */
		const char *msg;
	} rows[] = {
		{ "nothing", BYTES(""), 1, "GRUB's environment block has 0 bytes, not 1024" },
		{ "short", BYTES(HEADER), 1, "GRUB's environment block has 25 bytes, not 1024" },
		{ "padding alone", BYTES(""), 0,
		    "GRUB's environment block does not begin with \"# GRUB Environment Block\"" },
		{ "another header", BYTES("# GRUB Environment BLOCK\n"), 0,
		    "GRUB's environment block does not begin with \"# GRUB Environment Block\"" },
		{ "a line without an end", BYTES(HEADER "a=b"), 0,
		    "GRUB's environment block ends in the middle of a line" },
		{ "an end that is none", BYTES(HEADER "a=b\\\n"), 0,
		    "GRUB's environment block ends in the middle of a line" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF b = { 0 };
		RI_BUF out = { 0 };
		struct ri_span value, s = rows[i].n ? rows[i].text : block(&b, rows[i].text);
		struct ri_err e = { 0 };

		check_err(rows[i].name, ri_grubenv_set(s, "a", NULL, &out, &e), &e, RI_E_GUEST,
		    rows[i].msg);
		assert_int_equal(out.n, 0);
		assert_false(ri_grubenv_get(s, "a", &value));
		assert_int_equal(ri_grubenv_failed(s), 0);
	}
}

/* The last variable that there is room for, to the byte, and one byte more. */
static void test_room(void **state)
{
	RI_BUF b = { 0 };
	RI_BUF full = { 0 };
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };
	size_t used;

	(void)state;
	ri_buf_add_str(&b, HEADER "filler=");
	while (b.n < RI_GRUBENV_BYTES - strlen("\nramimg_failed=2\n"))
		ri_buf_add(&b, "x", 1);
	ri_buf_add_str(&b, "\n");
	used = b.n;
	check_ok("fits",
	    ri_grubenv_set(block(&full, ri_buf_span(&b)), "ramimg_failed", "2", &out, &e), &e);
	assert_int_equal(out.n, RI_GRUBENV_BYTES);
	assert_int_equal(ri_grubenv_failed(ri_buf_span(&out)), 2);
	b.n = used - 1;
	ri_buf_add_str(&b, "x\n");
	out.n = 0;
	check_err("does not",
	    ri_grubenv_set(block(&full, ri_buf_span(&b)), "ramimg_failed", "2", &out, &e), &e,
	    RI_E_GUEST, "GRUB's environment block has no room for ramimg_failed");
}

/* As the script in templates/grub-count takes it. */
static void test_count(void **state)
{
	static const struct {
		struct ri_span text;
		unsigned want;
	} rows[] = {
		{ BYTES(HEADER), 0 },
		{ BYTES(HEADER "ramimg_failed=\n"), 0 },
		{ BYTES(HEADER "ramimg_failed=1\n"), 1 },
		{ BYTES(HEADER "ramimg_failed=2\n"), 2 },
		{ BYTES(HEADER "ramimg_failed=20\n"), 1 },
		{ BYTES(HEADER "ramimg_failed=junk\n"), 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF b = { 0 };

		assert_int_equal(ri_grubenv_failed(block(&b, rows[i].text)), rows[i].want);
	}
}

/* Whether somebody keeps something in the block, or in what is left of one. */
static void test_has_any(void **state)
{
	static const struct {
		struct ri_span text;
		bool want;
	} rows[] = {
		{ BYTES(""), false },
		{ BYTES("########"), false },
		{ BYTES(HEADER), false },
		{ BYTES(HEADER "# a=b\n"), false },
		{ BYTES(HEADER "word\n"), false },
		{ BYTES(HEADER "word\na=b\n"), true },
		{ BYTES("a=b"), true },
		{ BYTES("a\\"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (ri_grubenv_has_any(rows[i].text) != rows[i].want)
			fail_msg("%s: not %d", rows[i].text.p, rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_no_block),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_has_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
