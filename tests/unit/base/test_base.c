// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/strv.h"

#include <errno.h>

static void test_fail(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_fail(&e, RI_E_GUEST, 0, "no entry for %s", "/"), -1);
	assert_int_equal(e.code, RI_E_GUEST);
	assert_int_equal(e.sys, 0);
	assert_string_equal(e.msg, "no entry for /");
	assert_int_equal(ri_fail(&e, RI_E_IO, ENOSPC, "write %s", "x"), -1);
	assert_int_equal(e.sys, ENOSPC);
	assert_string_equal(e.msg, "write x: No space left on device");
	assert_int_equal(ri_nomem(&e), -1);
	assert_int_equal(e.code, RI_E_NOMEM);
	assert_string_equal(e.msg, "out of memory");
}

static void test_ctx(void **state)
{
	struct ri_err e = { 0 };

	(void)state;
	ri_fail(&e, RI_E_GUEST, 0, "no entry for /");
	assert_int_equal(ri_ctx(&e, "/etc/%s", "fstab"), -1);
	assert_int_equal(ri_ctx(&e, "planning"), -1);
	assert_string_equal(e.msg, "planning: /etc/fstab: no entry for /");
	assert_int_equal(e.code, RI_E_GUEST);
}

/* The cause always stays whole; context is cut at its bound, or left out. */
static void test_ctx_when_full(void **state)
{
	struct ri_err e = { 0 };
	char cause[sizeof e.msg], want[1100];

	(void)state;
	memset(cause, 'c', sizeof cause);
	cause[sizeof cause - 1] = '\0';
	ri_fail(&e, RI_E_IO, 0, "%s", cause);
	ri_ctx(&e, "context");
	assert_string_equal(e.msg, cause);
	ri_fail(&e, RI_E_IO, ENOENT, "%s", cause);
	assert_string_equal(e.msg, cause);

	memset(want, '0', 997);
	memcpy(want + 997, ": cause", 8);
	ri_fail(&e, RI_E_IO, 0, "cause");
	ri_ctx(&e, "%01050d", 0);
	assert_string_equal(e.msg, want);
	for (int i = 0; i < 20; i++)
		ri_ctx(&e, "%0300d", 0);
	assert_true(strlen(e.msg) < sizeof e.msg);
	assert_string_equal(e.msg + strlen(e.msg) - 5, "cause");
}

static void test_exit_status(void **state)
{
	static const struct {
		enum ri_code code;
		int status;
	} rows[] = {
		{ RI_OK, 0 },
		{ RI_E_USAGE, 2 },
		{ RI_E_MISSING, 5 },
		{ RI_E_CONFIG, 2 },
		{ RI_E_UNSUPPORTED, 3 },
		{ RI_E_GUEST, 3 },
		{ RI_E_BUSY, 3 },
		{ RI_E_BUDGET, 3 },
		{ RI_E_IO, 1 },
		{ RI_E_VERIFY, 1 },
		{ RI_E_NOMEM, 1 },
		{ RI_E_CANCELLED, 1 },
		{ RI_E_COMMIT, 4 },
		{ (enum ri_code)99, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(ri_err_exit_status(rows[i].code), rows[i].status);
}

static void test_buf_grows(void **state)
{
	RI_BUF b = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_span("new", ri_buf_span(&b), LIT(""));
	ri_buf_add(&b, NULL, 0);
	assert_string_equal(b.p, "");
	ri_buf_add(&b, "a\0b", 3);
	ri_buf_add_str(&b, "c");
	ri_buf_add_span(&b, LIT("\0"));
	ri_buf_addf(&b, "%d %s", 7, "x");
	check_span("all", ri_buf_span(&b),
	    LIT("a\0bc\0"
		"7 x"));
	assert_int_equal(b.p[b.n], '\0');
	for (int i = 0; i < 100000; i++)
		ri_buf_addf(&b, "%d", i % 10);
	assert_int_equal(b.n, 100008);
	assert_int_equal(b.p[b.n - 1], '9');
	assert_int_equal(b.p[b.n], '\0');
	check_ok("check", ri_buf_check(&b, &e), &e);
	ri_buf_free(&b);
	assert_null(b.p);
	assert_int_equal(b.n + b.cap, 0);
}

static void test_buf_out_of_memory_sticks(void **state)
{
	RI_BUF b = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add_str(&b, "kept");
	ri_buf_add(&b, "x", SIZE_MAX - 2); /* overflows before it reads anything */
	assert_true(b.oom);
	ri_buf_add_str(&b, "more");
	ri_buf_addf(&b, "more");
	check_span("unchanged", ri_buf_span(&b), LIT("kept"));
	check_err("oom", ri_buf_check(&b, &e), &e, RI_E_NOMEM, "out of memory");
	assert_null(ri_buf_steal(&b));
}

static void test_buf_steal(void **state)
{
	RI_BUF b = { 0 };
	char *s = ri_buf_steal(&b);

	(void)state;
	assert_string_equal(s, "");
	free(s);
	ri_buf_add_str(&b, "abc");
	s = ri_buf_steal(&b);
	assert_string_equal(s, "abc");
	assert_null(b.p);
	free(s);
}

static void test_spans(void **state)
{
	char *dup;

	(void)state;
	assert_true(ri_span_eq(LIT("a\0b"), LIT("a\0b")));
	assert_false(ri_span_eq(LIT("a\0b"), LIT("a\0c")));
	assert_false(ri_span_eq(LIT("a"), LIT("ab")));
	assert_true(ri_span_eq((struct ri_span){ 0 }, LIT("")));
	assert_true(ri_span_starts(LIT("abc"), "ab"));
	assert_true(ri_span_starts(LIT("abc"), ""));
	assert_true(ri_span_starts((struct ri_span){ 0 }, ""));
	assert_false(ri_span_starts(LIT("ab"), "abc"));
	check_span("trim", ri_span_trim(LIT(" \t\r\na b \n")), LIT("a b"));
	check_span("trim all", ri_span_trim(LIT(" \t\r\n")), LIT(""));
	check_span("chomp LF", ri_span_chomp(LIT(" a\n")), LIT(" a"));
	check_span("chomp CRLF", ri_span_chomp(LIT("a\r\n")), LIT("a"));
	check_span("chomp CR", ri_span_chomp(LIT("a\r")), LIT("a"));
	check_span("chomp one only", ri_span_chomp(LIT("a\n\n")), LIT("a\n"));
	check_span("chomp nothing", ri_span_chomp(LIT("")), LIT(""));
	dup = ri_span_dup(LIT("a\0b"));
	assert_string_equal(dup, "a");
	free(dup);
	dup = ri_span_dup((struct ri_span){ 0 });
	assert_string_equal(dup, "");
	free(dup);
}

static void test_span_line(void **state)
{
	struct ri_span rest = LIT("a\n\n\0b\r\nc"), line;

	(void)state;
	assert_true(ri_span_line(&rest, &line));
	check_span("1", line, LIT("a\n"));
	assert_true(ri_span_line(&rest, &line));
	check_span("2", line, LIT("\n"));
	assert_true(ri_span_line(&rest, &line));
	check_span("3", line, LIT("\0b\r\n"));
	assert_true(ri_span_line(&rest, &line));
	check_span("4", line, LIT("c"));
	assert_false(ri_span_line(&rest, &line));
}

static void test_strv(void **state)
{
	RI_STRV l = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_false(ri_strv_has(&l, "a"));
	check_ok("a", ri_strv_add(&l, "a", &e), &e);
	check_ok("b", ri_strv_add_span(&l, LIT("bc\0d"), &e), &e);
	check_ok("empty", ri_strv_add(&l, "", &e), &e);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[1], "bc");
	assert_null(l.v[3]);
	assert_true(ri_strv_has(&l, "bc"));
	assert_true(ri_strv_has(&l, ""));
	assert_false(ri_strv_has(&l, "b"));
	check_ok("c", ri_strv_add(&l, "\xff", &e), &e);
	ri_strv_sort(&l); /* by their bytes */
	assert_string_equal(l.v[0], "");
	assert_string_equal(l.v[1], "a");
	assert_string_equal(l.v[2], "bc");
	assert_string_equal(l.v[3], "\xff");
	assert_null(l.v[4]);
	ri_strv_free(&l);
	ri_strv_sort(&l);
	assert_null(l.v);
	assert_int_equal(l.n, 0);
}

static void test_no_case(void **state)
{
	static const struct {
		struct ri_span s;
		const char *word;
		bool want;
	} cases[] = {
		{ BYTES(""), "", true },
		{ BYTES("PeNding"), "pending", true },
		{ BYTES("az"), "az", true },
		{ BYTES("AZ"), "az", true },
		{ BYTES("@["), "@[", true },
		{ BYTES("@["), "`{", false }, /* no letters, though a bit apart like those */
		{ BYTES("pending"), "pendin", false },
		{ BYTES("pendin"), "pending", false },
		{ BYTES("pendin\0"), "pending", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (ri_span_eq_nocase(cases[i].s, cases[i].word) != cases[i].want)
			fail_msg("%s, %s: not %d", cases[i].s.p, cases[i].word, cases[i].want);
}

static void test_skip(void **state)
{
	const struct ri_span none = { NULL, 0 };

	(void)state;
	check_span("none of it", ri_span_skip(LIT("abc"), 0), LIT("abc"));
	check_span("one", ri_span_skip(LIT("abc"), 1), LIT("bc"));
	check_span("all", ri_span_skip(LIT("abc"), 3), LIT(""));
	assert_null(ri_span_skip(none, 0).p);
	assert_true(ri_span_starts(none, ""));
	assert_false(ri_span_starts(none, "a"));
}

static void test_steal(void **state)
{
	char *p = strdup("x");
	int fd = 7;
	char *got = ri_steal(p);

	(void)state;
	assert_null(p);
	assert_string_equal(got, "x");
	free(got);
	assert_int_equal(ri_steal_fd(&fd), 7);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fail),
		cmocka_unit_test(test_ctx),
		cmocka_unit_test(test_ctx_when_full),
		cmocka_unit_test(test_exit_status),
		cmocka_unit_test(test_buf_grows),
		cmocka_unit_test(test_buf_out_of_memory_sticks),
		cmocka_unit_test(test_buf_steal),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_span_line),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_no_case),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_steal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
