// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cpio reader: what goes in, in pieces of any size.
 */
#include "unit/check.h"

#include "initrd/newc.h"
#include "unit/initrds.h"

/* The reader gives the same however its input is cut. */
struct seen {
	struct ri_buf text;
};

static int on_entry(void *arg, const struct ri_newc_entry *entry, struct ri_err *e)
{
	struct seen *s = arg;

	(void)e;
	ri_buf_addf(&s->text, "\n%s %o %u:", entry->name, entry->mode, entry->size);
	return 0;
}

static int on_data(void *arg, struct ri_span data, struct ri_err *e)
{
	struct seen *s = arg;

	(void)e;
	ri_buf_add_span(&s->text, data);
	return 0;
}

static void test_newc_pieces(void **state)
{
	static const struct ri_newc_ops ops = { on_entry, on_data };
	RI_BUF in = { 0 }, first = { 0 };

	(void)state;
	slurp(tmp_path("early.cpio"), &in);
	slurp(tmp_path("main.cpio"), &in);
	for (size_t step = 1; step < in.n; step = step * 7 + 1) {
		struct seen s = { { 0 } };
		struct ri_newc n;
		struct ri_err e = { 0 };

		ri_newc_init(&n, &ops, &s, RI_E_GUEST);
		for (size_t at = 0; at < in.n; at += step) {
			size_t part = in.n - at < step ? in.n - at : step, used;

			check_ok("feed", ri_newc_feed(&n, ri_span(in.p + at, part), &used, &e), &e);
			assert_int_equal(used, part);
		}
		assert_true(ri_newc_complete(&n));
		assert_int_equal(n.archives, 2);
		if (step == 1)
			ri_buf_add_span(&first, ri_buf_span(&s.text));
		assert_true(ri_span_eq(ri_buf_span(&s.text), ri_buf_span(&first)));
		ri_buf_free(&s.text);
	}
	assert_non_null(strstr(first.p, "\nscripts/local 100644 26:local_mount_root() { :; }\n"));
	assert_non_null(strstr(first.p, "\nsbin 120777 8:usr/sbin\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newc_pieces),
	};

	return cmocka_run_group_tests(tests, make_trees, tmp_tear_down);
}
