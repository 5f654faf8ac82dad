// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A whole build, with a failure at each call of the direct reader. */
#include "unit/sanitized.h"
#include "unit/whole_build.h"

/*
 * What each call's failure comes to is seen without sanitizers. They are for the memory on the ways out, which
 * neighbouring calls have in common.
 */
enum { EVERY = SANITIZED ? 7 : 1 };

/* The next call to fail, beginning with the first. */
static void step(struct trial *t)
{
	t->direct_at += t->direct_at == 0 ? 1 : EVERY;
}

/* A direct reader that does not know: the appliance answers, and the build is made. */
static void test_the_reader_does_not_know(void **state)
{
	struct trial t = { .name = "the reader does not know", .direct = true, .unsure = true };

	(void)state;
	do {
		step(&t);
		wb_run(&t);
		if (got->rc != 0)
			fail_msg("call %zu: %s", t.direct_at, got->err.msg);
		wb_check(&t);
	} while (t.direct_at <= got->direct_calls);
	assert_int_equal(got->bad, 0);
}

/* One that fails for a reason of this host: where the facts are read the appliance decides, later it ends. */
static void test_the_reader_fails(void **state)
{
	struct trial t = { .name = "the reader fails", .direct = true };
	size_t built = 0, ended = 0;

	(void)state;
	do {
		step(&t);
		wb_run(&t);
		wb_check(&t);
		if (t.direct_at <= got->direct_calls)
			++*(got->rc == 0 ? &built : &ended);
	} while (t.direct_at <= got->direct_calls);
	assert_int_equal(got->rc, 0);
	assert_int_equal(got->bad, 0);
	assert_true(built > 20 / EVERY && ended > 20 / EVERY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_reader_does_not_know),
		cmocka_unit_test(test_the_reader_fails),
	};

	return cmocka_run_group_tests(tests, wb_set_up, fb_tear_down);
}
