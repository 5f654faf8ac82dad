// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A lack of memory at every allocation, at both ends of the connection. */
#include "unit/reader/answers.h"
#include "unit/reader/served_disk.h"
#include "unit/oom.h"

#include "reader/client_tree.h"

/* One request with the nth allocation failing. @return whether one failed. */
static bool request(const struct served_row *row, size_t n)
{
	struct ri_buf done = { 0 };
	struct ri_err e = { 0 };
	int rc;

	served_mount();
	ri_buf_free(&served.s.out); /* what other answers have grown is not there */
	oom_failed = false;
	oom_left = n;
	rc = served_ask(&row->request, &done, &e);
	/* The payload of DONE is looked at by whoever sends it (parse/server.c). */
	if (rc == 0)
		rc = ri_buf_check(&done, &e);
	oom_left = 0;
	if (rc == 0)
		served_check(row, &done);
	else if (e.code != RI_E_NOMEM)
		fail_msg("%s: without memory at %zu it said [%s]", row->name, n, e.msg);
	assert_true(rc == 0 || oom_failed);
	ri_buf_free(&done);
	return oom_failed;
}

static void test_server(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < SERVED_ROWS; i++)
		for (size_t n = 1; request(&served_rows[i], n); n++)
			failed++;
	assert_true(failed > 300);
}

/* One answer with the nth allocation of its client failing. @return whether one failed. */
static bool answered(const struct answer_row *row, size_t n)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	struct ri_err e = { 0 };
	RI_BUF told = { 0 };
	int rc;

	answer_reader(row, &g);
	oom_failed = false;
	oom_left = n;
	rc = row->ask(g, &told, &e);
	oom_left = 0;
	if (rc == 0 && !told.oom)
		check_span(row->name, ri_buf_span(&told), ri_str(row->told));
	if (rc < 0 && e.code != RI_E_NOMEM)
		fail_msg("%s: without memory at %zu it said [%s]", row->name, n, e.msg);
	assert_true(rc == 0 || oom_failed);
	return oom_failed;
}

static void test_client(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < ANSWER_ROWS; i++)
		for (size_t n = 1; answered(&answer_rows[i], n); n++)
			failed++;
	assert_true(failed > 60);
}

static int source(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	RI_ON_EXIT(ri_source_freep) struct ri_source *src = NULL;
	size_t left = oom_left;

	oom_left = 0;
	answer_reader(&answer_rows[0], &g);
	oom_left = left;
	return ri_reader_source(g, arg, &src, e);
}

static void test_source(void **state)
{
	char rule[] = "/var/tmp/*", *patterns[] = { rule };
	const struct ri_rules rules = { .patterns = { .v = patterns, .n = 1 } };

	(void)state;
	assert_true(oom_each("source", source, &rules) > 1);
}

static int new_client(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	size_t left = oom_left;
	struct ri_peer peer;
	struct ri_reader *d;

	(void)arg;
	oom_left = 0;
	new_peer(answer, "the direct reader", &peer);
	oom_left = left;
	/* It takes the process over, even where it fails. */
	if (ri_reader_new(&peer, &d, e) < 0)
		return -1;
	g = &d->g;
	return 0;
}

static void test_new(void **state)
{
	(void)state;
	answer_now = &answer_rows[0];
	assert_int_equal(oom_each("new", new_client, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server),
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_new),
	};

	return cmocka_run_group_tests(tests, served_disk_set_up, served_tear_down);
}
