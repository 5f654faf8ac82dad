// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is logged and what is reported reaches the sink that there is, and nothing without one. */
#include "unit/check.h"
#include "base/log.h"

struct seen {
	size_t lines, reports;
	int how;
	enum ri_level level;
	char text[4096], phase[40];
	uint64_t done, total;
};

static void on_line(void *arg, enum ri_level level, const char *text)
{
	struct seen *s = arg;

	s->lines++;
	s->level = level;
	snprintf(s->text, sizeof s->text, "%s", text);
}

static void on_progress(void *arg, const char *phase, uint64_t done, uint64_t total, int how)
{
	struct seen *s = arg;

	s->reports++;
	s->how = how;
	snprintf(s->phase, sizeof s->phase, "%s", phase);
	s->done = done;
	s->total = total;
}

static int tear_down(void **state)
{
	(void)state;
	ri_log_set_sink(NULL);
	return 0;
}

static void test_levels(void **state)
{
	struct seen s = { 0 };
	const struct ri_log_sink sink = { .line = on_line, .arg = &s, .level = RI_LOG_INFO };

	(void)state;
	assert_false(ri_log_wants(RI_LOG_WARN));
	ri_log(RI_LOG_WARN, "to nobody");
	ri_log_set_sink(&sink);
	assert_true(ri_log_wants(RI_LOG_WARN) && ri_log_wants(RI_LOG_INFO));
	assert_false(ri_log_wants(RI_LOG_DEBUG));
	ri_log(RI_LOG_DEBUG, "too much");
	assert_int_equal(s.lines, 0);
	ri_log(RI_LOG_INFO, "%s %d", "just", 1);
	assert_int_equal(s.lines, 1);
	assert_int_equal(s.level, RI_LOG_INFO);
	assert_string_equal(s.text, "just 1");
	ri_progress("phase", 1, 2); /* of which this sink wants to know nothing */
	ri_log_set_sink(NULL);
	ri_log(RI_LOG_WARN, "to nobody again");
	assert_int_equal(s.lines, 1);
}

/* A line has an end. */
static void test_a_long_line(void **state)
{
	struct seen s = { 0 };
	const struct ri_log_sink sink = { .line = on_line, .arg = &s, .level = RI_LOG_WARN };

	(void)state;
	ri_log_set_sink(&sink);
	ri_log(RI_LOG_WARN, "%3000s", "x");
	assert_int_equal(strlen(s.text), 2047);
}

static void test_progress(void **state)
{
	struct seen s = { 0 };
	const struct ri_log_sink sink = { .progress = on_progress, .arg = &s };

	(void)state;
	ri_log_set_sink(&sink);
	assert_false(ri_log_wants(RI_LOG_WARN)); /* it takes no lines */
	ri_progress("packing", 1, 10);
	assert_string_equal(s.phase, "packing");
	assert_int_equal(s.done, 1);
	assert_int_equal(s.total, 10);
	assert_int_equal(s.how, RI_PROGRESS_RUNS);
	ri_progress_about("packing", 2, 10);
	assert_int_equal(s.how, RI_PROGRESS_ABOUT);
	ri_progress_end("packing", 10, 10);
	assert_int_equal(s.reports, 3);
	assert_int_equal(s.how, RI_PROGRESS_ENDS);
	assert_int_equal(s.done, 10);
	ri_progress_over("packing", 11, 12, 0);
	assert_int_equal(s.how, RI_PROGRESS_ENDS);
	ri_progress_over("packing", 12, 12, -1);
	assert_int_equal(s.how, RI_PROGRESS_STOPS);
	assert_int_equal(s.done, 12);
	assert_int_equal(s.reports, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_levels, tear_down),
		cmocka_unit_test_teardown(test_a_long_line, tear_down),
		cmocka_unit_test_teardown(test_progress, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
