// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "parse/wire.h"

#include <sys/stat.h>

static void test_numbers_and_strings(void **state)
{
	RI_BUF b = { 0 };
	struct ri_span in;
	const char *s;
	uint32_t u;
	uint64_t v;

	(void)state;
	ri_wire_put_u32(&b, 0xfedcba98);
	ri_wire_put_u64(&b, UINT64_MAX - 1);
	ri_wire_put_str(&b, ri_str("a\xff b"));
	ri_wire_put_str(&b, ri_str(""));
	in = ri_buf_span(&b);
	assert_true(ri_wire_u32(&in, &u) && u == 0xfedcba98);
	assert_true(ri_wire_u64(&in, &v) && v == UINT64_MAX - 1);
	assert_true(ri_wire_str(&in, &s));
	assert_string_equal(s, "a\xff b");
	assert_true(ri_wire_str(&in, &s));
	assert_string_equal(s, "");
	assert_int_equal(in.n, 0);
	assert_false(ri_wire_u32(&in, &u));
	assert_false(ri_wire_u64(&in, &v));
	assert_false(ri_wire_str(&in, &s));
}

/** Strings as bytes: their length (in host order) is put in front. */
static void test_bad_strings(void **state)
{
	static const struct {
		uint32_t n;
		struct ri_span bytes;
	} rows[] = {
		{ 3, BYTES("ab\0") },         /* the NUL comes too soon */
		{ 2, BYTES("ab") },           /* none */
		{ 2, BYTES("abc\0") },        /* another byte at its place */
		{ UINT32_MAX, BYTES("a\0") }, /* a length that n + 1 makes 0 */
		{ 1, BYTES("") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF b = { 0 };
		struct ri_span in;
		const char *s;

		ri_wire_put_u32(&b, rows[i].n);
		ri_buf_add_span(&b, rows[i].bytes);
		in = ri_buf_span(&b);
		if (ri_wire_str(&in, &s))
			fail_msg("row %zu was taken", i);
	}
}

static void test_head(void **state)
{
	static const struct {
		uint32_t n;
		bool good;
	} rows[] = { { 0, true }, { RI_WIRE_FRAME_MAX, true }, { RI_WIRE_FRAME_MAX + 1, false },
		{ UINT32_MAX, false } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_wire_head h;
		RI_BUF b = { 0 };

		ri_wire_put_head(&b, 7, rows[i].n);
		assert_int_equal(b.n, RI_WIRE_HEAD);
		assert_int_equal(ri_wire_head(ri_buf_span(&b), &h), rows[i].good);
		if (rows[i].good)
			assert_true(h.n == rows[i].n && h.kind == 7);
		assert_false(ri_wire_head(ri_span(b.p, b.n - 1), &h));
	}
}

static void test_error(void **state)
{
	struct ri_err sent = { .code = RI_E_UNSUPPORTED, .sys = 2, .msg = "a\tb\033[1m: No" },
		      got = { 0 };
	RI_BUF b = { 0 };

	(void)state;
	ri_wire_put_error(&b, &sent);
	check_err("error", ri_wire_error(ri_buf_span(&b), "the direct reader", &got), &got,
	    RI_E_UNSUPPORTED, "a?b?[1m: No");
	assert_int_equal(got.sys, 2);
	for (size_t n = 0; n < b.n; n++)
		check_err("cut", ri_wire_error(ri_span(b.p, n), "the direct reader", &got), &got,
		    RI_E_IO, "the direct reader sends a damaged error");
	/* A code that would make the caller go on, or change the exit status to "mid-commit". */
	for (uint32_t code = 0; code < 20; code++) {
		if (code == RI_E_UNSUPPORTED || code == RI_E_GUEST || code == RI_E_BUDGET ||
		    code == RI_E_IO || code == RI_E_NOMEM)
			continue;
		memcpy(b.p, &code, sizeof code);
		check_err("code", ri_wire_error(ri_buf_span(&b), "the direct reader", &got), &got,
		    RI_E_IO, "the direct reader sends a damaged error");
	}
}

static void test_entry(void **state)
{
	const struct ri_wire_entry sent = { .path = "a/\xff",
		.target = "",
		.mode = S_IFREG | 04755,
		.uid = 1,
		.gid = UINT32_MAX - 1,
		.nsec = 999999999,
		.mtime = -5,
		.size = 1 };
	struct ri_wire_entry got;
	const char *name;
	struct ri_span value;
	size_t fixed;
	RI_BUF b = { 0 };

	(void)state;
	ri_wire_put_entry(&b, &sent);
	fixed = b.n;
	ri_wire_put_xattr(&b, "user.x", LIT("\0v"));
	ri_wire_put_xattr(&b, "user.y", LIT(""));
	assert_true(ri_wire_entry(ri_buf_span(&b), &got));
	assert_string_equal(got.path, "a/\xff");
	assert_true(got.mode == sent.mode && got.uid == 1 && got.gid == UINT32_MAX - 1 &&
		    got.nsec == 999999999 && got.mtime == -5 && got.size == 1 && !got.hardlink);
	assert_int_equal(ri_wire_xattr(&got.xattrs, &name, &value), 1);
	assert_string_equal(name, "user.x");
	check_span("value", value, LIT("\0v"));
	assert_int_equal(ri_wire_xattr(&got.xattrs, &name, &value), 1);
	check_span("no value", value, LIT(""));
	assert_int_equal(ri_wire_xattr(&got.xattrs, &name, &value), 0);
	for (size_t n = 0; n < fixed; n++)
		assert_false(ri_wire_entry(ri_span(b.p, n), &got));
	assert_true(ri_wire_entry(ri_span(b.p, fixed + 12), &got));
	assert_int_equal(ri_wire_xattr(&got.xattrs, &name, &value), -1);
}

static void test_bad_entries(void **state)
{
	static const struct ri_wire_entry rows[] = {
		{ .path = "", .target = "", .mode = S_IFREG },
		{ .path = "/etc/passwd", .target = "", .mode = S_IFREG },
		{ .path = "a/../b", .target = "", .mode = S_IFREG },
		{ .path = "..", .target = "", .mode = S_IFDIR },
		{ .path = "./a", .target = "", .mode = S_IFREG },
		{ .path = "a//b", .target = "", .mode = S_IFREG },
		{ .path = "a/", .target = "", .mode = S_IFDIR },
		{ .path = ".", .target = "", .mode = S_IFREG },
		{ .path = "a", .target = "", .mode = S_IFSOCK },
		{ .path = "a", .target = "", .mode = 0644 },
		{ .path = "a", .target = "", .mode = 0200000 | S_IFREG },
		{ .path = "a", .target = "", .mode = S_IFLNK },
		{ .path = "a", .target = "b", .mode = S_IFREG },
		{ .path = "a", .target = "b", .mode = S_IFDIR },
		{ .path = "a", .target = "", .mode = S_IFREG, .nsec = 1000000000 },
		{ .path = "a", .target = "", .mode = S_IFREG, .size = UINT64_MAX },
		{ .path = "a", .target = "", .mode = S_IFDIR, .size = 1 },
		{ .path = "a", .target = "", .mode = S_IFREG, .hardlink = true },
		{ .path = "a", .target = "/b", .mode = S_IFREG, .hardlink = true },
		{ .path = "a", .target = "../b", .mode = S_IFREG, .hardlink = true },
		{ .path = "a", .target = ".", .mode = S_IFREG, .hardlink = true },
		{ .path = "a", .target = "b", .mode = S_IFDIR, .hardlink = true },
		{ .path = "a", .target = "b", .mode = S_IFSOCK, .hardlink = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_wire_entry got;
		RI_BUF b = { 0 };

		ri_wire_put_entry(&b, &rows[i]);
		if (ri_wire_entry(ri_buf_span(&b), &got))
			fail_msg("row %zu was taken", i);
	}
}

static void test_lent(void **state)
{
	static const struct {
		struct ri_wire_lent l;
		bool good;
	} rows[] = {
		{ { UINT64_MAX, 0, 1 }, true },
		{ { 0, RI_SHARED_SLOTS - 1, RI_SHARED_SLOT }, true },
		{ { 0, RI_SHARED_SLOTS, 1 }, false },
		{ { 0, UINT32_MAX, 1 }, false },
		{ { 0, 0, 0 }, false },
		{ { 0, 0, RI_SHARED_SLOT + 1 }, false },
		{ { 0, RI_SHARED_SLOTS - 1, UINT32_MAX }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_wire_lent l;
		RI_BUF b = { 0 };

		ri_wire_put_lent(&b, &rows[i].l);
		if (ri_wire_lent(ri_buf_span(&b), &l) != rows[i].good)
			fail_msg("row %zu", i);
		if (rows[i].good)
			assert_true(
			    l.at == rows[i].l.at && l.slot == rows[i].l.slot && l.n == rows[i].l.n);
		assert_false(ri_wire_lent(ri_span(b.p, b.n - 1), &l));
		ri_buf_add(&b, "", 1);
		assert_false(ri_wire_lent(ri_buf_span(&b), &l));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_and_strings),
		cmocka_unit_test(test_bad_strings),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_bad_entries),
		cmocka_unit_test(test_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
