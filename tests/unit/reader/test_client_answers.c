// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the client makes of answers: whole ones, ones that are cut off, and ones that cannot be true. */
#include "unit/reader/answers.h"

#include "reader/client_tree.h"

#include <errno.h>

static int ask(const struct answer_row *row, struct ri_buf *told, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;

	answer_reader(row, &g);
	return row->ask(g, told, e);
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWER_ROWS; i++) {
		struct ri_err e = { 0 };
		RI_BUF told = { 0 };

		check_ok(answer_rows[i].name, ask(&answer_rows[i], &told, &e), &e);
		check_span(answer_rows[i].name, ri_buf_span(&told), ri_str(answer_rows[i].told));
	}
}

/* By one byte, and by all of them. */
static void test_cut_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWER_ROWS; i++) {
		RI_BUF whole = { 0 };

		answer_put(answer_rows[i].done, &whole);
		for (size_t cut = 1; cut <= whole.n;
		     cut += cut == 1 || cut == whole.n ? whole.n : 7) {
			struct ri_err e = { 0 };
			RI_BUF told = { 0 };
			int rc;

			answer_cut = cut;
			rc = ask(&answer_rows[i], &told, &e);
			answer_cut = 0;
			check_err(answer_rows[i].name, rc, &e, RI_E_IO,
			    "the direct reader breaks the protocol");
		}
	}
}

/* Its errors are those of the operation. */
static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWER_ROWS; i++) {
		struct ri_err e = { 0 };
		RI_BUF told = { 0 };
		int rc;

		answer_error = (struct ri_err){ .code = RI_E_UNSUPPORTED,
			.sys = ENOENT,
			.msg = "this is not known" };
		rc = ask(&answer_rows[i], &told, &e);
		answer_error = (struct ri_err){ 0 };
		assert_int_equal(rc, -1);
		assert_int_equal(e.code, RI_E_UNSUPPORTED);
		assert_int_equal(e.sys, ENOENT);
		/* A download says where to. */
		if (!strstr(e.msg, "this is not known"))
			fail_msg("%s: said [%s]", answer_rows[i].name, e.msg);
	}
}

static void test_lies(void **state)
{
	static const char protocol[] = "the direct reader breaks the protocol";
	static const char more[] = "the direct reader sends more than it was asked for";
	static const struct {
		struct answer_row row;
		const char *msg;
	} rows[] = {
		{ { "a partition", answer_device, NULL, NULL,
		      { S(""), S(""), N4(1001), S(""), S("") }, NULL },
		    protocol },
		{ { "a relative path", answer_resolve, NULL, NULL, { S("usr") }, NULL }, protocol },
		{ { "no name", answer_list, " ", NULL, { { 0 } }, NULL }, protocol },
		{ { "a path as a name", answer_list, "a/b ", NULL, { { 0 } }, NULL }, protocol },
		{ { "a name as a path", answer_glob, "a ", NULL, { { 0 } }, NULL }, protocol },
		{ { "a short sum", answer_sum, NULL, NULL, { S("0123") }, NULL }, protocol },
		{ { "a sum of other letters", answer_sum, NULL, NULL,
		      { S("X123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef") },
		      NULL },
		    protocol },
		{ { "fewer bytes than came", answer_read, NULL, "abc", { N8(5) }, NULL },
		    protocol },
		{ { "more than may come", answer_read, NULL, "abc", { N8(10) }, NULL }, protocol },
		{ { "too much", answer_read, NULL, "abcdefg", { N8(10) }, NULL }, more },
		{ { "a longer file", answer_download, NULL, "abc", { N8(10) }, NULL }, protocol },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_err e = { 0 };
		RI_BUF told = { 0 };

		check_err(rows[i].row.name, ask(&rows[i].row, &told, &e), &e, RI_E_IO, rows[i].msg);
	}
}

/* Far behind all that a file may have. */
static void far(int fd)
{
	RI_BUF b = { 0 };

	ri_wire_put_u64(&b, 1 << 20);
	ri_buf_add_str(&b, "x");
	send_frame(fd, RI_WIRE_DATA, ri_buf_span(&b));
	pause();
}

static void test_far_away(void **state)
{
	int (*const asks[])(struct ri_guest *, struct ri_buf *, struct ri_err *) = { answer_read,
		answer_download };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		struct ri_err e = { 0 };
		RI_BUF told = { 0 };

		new_reader(far, &g);
		assert_int_equal(asks[i](g, &told, &e), -1);
		assert_int_equal(e.code, RI_E_IO);
		assert_non_null(strstr(e.msg, "sends more than it was asked for"));
	}
}

/* Where a download cannot be written that is told with its place. */
static void test_places_of_downloads(void **state)
{
	static const struct {
		const char *path, *msg;
		struct answer_row row;
	} rows[] = {
		{ "/dev/full", "/dev/full: writing: No space left on device",
		    { "full", answer_download, NULL, "abc", { N8(8) }, NULL } },
		{ "/dev/null", "/dev/null: Invalid argument",
		    { "no length", answer_download, NULL, NULL, { N8(8) }, NULL } },
		{ "/absent/x", "/absent/x: No such file or directory",
		    { "absent", answer_download, NULL, "abc", { N8(8) }, NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		struct ri_err e = { 0 };

		answer_reader(&rows[i].row, &g);
		check_err(rows[i].path, g->ops->download(g, "/x", 9, rows[i].path, &e), &e, RI_E_IO,
		    rows[i].msg);
	}
}

/* A limit is the same whoever reads, and is told as it is. */
static void test_too_long(void **state)
{
	static const struct answer_row row = { "limit", answer_download, NULL, NULL, { { 0 } },
		NULL };
	struct ri_err e = { 0 };
	RI_BUF told = { 0 };
	int rc;

	(void)state;
	answer_error = (struct ri_err){ .code = RI_E_BUDGET, .msg = "/x is too long" };
	rc = ask(&row, &told, &e);
	answer_error = (struct ri_err){ 0 };
	check_err("limit", rc, &e, RI_E_BUDGET, "/x is too long");
}

/* That of btrfs is asked of the appliance, without a word to the process. */
static void test_no_btrfs(void **state)
{
	static const char want[] = "/dev/sda1: btrfs is not read directly";
	struct ri_guest g = { .ops = &ri_reader_ops };
	struct ri_subvols l = { 0 };
	struct ri_err e = { 0 };
	bool yes;

	(void)state;
	check_err("subvolumes", g.ops->subvolumes(&g, "/dev/sda1", &l, &e), &e, RI_E_UNSUPPORTED,
	    want);
	assert_true(g.ask_appliance);
	check_err("mount", g.ops->mount_subvolume(&g, "/dev/sda1", 5, "/", true, &e), &e,
	    RI_E_UNSUPPORTED, want);
	check_err("snapshot", g.ops->is_snapshot(&g, "/dev/sda1", &yes, &e), &e, RI_E_UNSUPPORTED,
	    want);
}

/* Another guest cannot be asked for a direct reader's tree. */
static void test_source_of_another_guest(void **state)
{
	static const struct ri_guest_ops ops;
	struct ri_guest g = { .ops = &ops };
	struct ri_source *src = NULL;
	struct ri_err e = { 0 };

	(void)state;
	check_err("source", ri_reader_source(&g, NULL, &src, &e), &e, RI_E_UNSUPPORTED,
	    "this guest is not read directly");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_far_away),
		cmocka_unit_test(test_places_of_downloads),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_no_btrfs),
		cmocka_unit_test(test_source_of_another_guest),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
