// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "base/log.h"

#include <pthread.h>

/** One that has no room is not noted, and the others stay as they are. */
static void test_full(void **state)
{
	struct ri_timings t = { 0 };

	(void)state;
	for (uint64_t i = 0; i < RI_TIMINGS_MAX; i++)
		ri_timings_note(&t, "short", i, RI_PROGRESS_ENDS, i);
	ri_timings_note(&t, "late", 1, RI_PROGRESS_RUNS, 99);
	ri_timings_note(&t, "late", 1, RI_PROGRESS_ENDS, 99);
	assert_int_equal(t.n, RI_TIMINGS_MAX);
	assert_string_equal(t.v[RI_TIMINGS_MAX - 1].name, "short");
	assert_int_equal(ri_timings_total_ms(&t), RI_TIMINGS_MAX - 1);
}

/** A phase that runs is stopped, and one that begins again is another row. */
static void test_rows(void **state)
{
	struct ri_timings t = { 0 };

	(void)state;
	assert_int_equal(ri_timings_total_ms(&t), 0);
	ri_timings_note(&t, "one", 1, RI_PROGRESS_RUNS, 100);
	ri_timings_note(&t, "two", 0, RI_PROGRESS_RUNS, 110);
	ri_timings_note(&t, "one", 5, RI_PROGRESS_RUNS, 120);
	ri_timings_note(&t, "one", 0, RI_PROGRESS_ENDS,
	    130); /* which does not say how much it was */
	ri_timings_note(&t, "one", 9, RI_PROGRESS_RUNS, 140);
	ri_timings_note(&t, "three", 2, RI_PROGRESS_ABOUT, 140);
	ri_timings_note(&t, "three", 3, RI_PROGRESS_STOPS, 150);
	ri_timings_note(&t, "three", 4, RI_PROGRESS_RUNS, 160);
	ri_timings_note(&t, "three", 5, RI_PROGRESS_ENDS, 170);
	ri_timings_stop(&t, 200);
	assert_int_equal(t.n, 5);
	assert_int_equal(t.v[0].ms, 30);
	assert_int_equal(t.v[0].bytes, 5);
	assert_false(t.v[0].runs);
	assert_false(t.v[0].stopped);
	assert_int_equal(t.v[1].ms, 90);
	assert_true(t.v[1].stopped);
	assert_int_equal(t.v[2].ms, 60);
	assert_int_equal(t.v[2].bytes, 9);
	assert_true(t.v[2].stopped);
	/* Cut off and begun again are two. */
	assert_int_equal(t.v[3].ms, 10);
	assert_int_equal(t.v[3].bytes, 3);
	assert_true(t.v[3].stopped);
	assert_int_equal(t.v[4].ms, 10);
	assert_int_equal(t.v[4].bytes, 5);
	assert_false(t.v[4].runs || t.v[4].stopped);
	assert_int_equal(ri_timings_total_ms(&t), 100);
}

static uint64_t no_time(void)
{
	return 7;
}

static void *work(void *arg)
{
	const char *phase = arg;

	for (uint64_t i = 0; i < 1000; i++)
		ri_progress(phase, i, 1000);
	ri_progress_end(phase, 1000, 1000);
	return NULL;
}

/** What is reported from several threads, without any sink, is noted once each. */
static void test_threads(void **state)
{
	static const char *const names[] = { "one", "two", "three", "four" };
	struct ri_timings t;
	pthread_t threads[4];

	(void)state;
	ri_progress("before anybody measures", 0, 0);
	ri_log_measure(no_time);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)names[i]), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ri_log_timings(&t);
	assert_int_equal(t.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_false(t.v[i].runs);
		assert_int_equal(t.v[i].bytes, 1000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
