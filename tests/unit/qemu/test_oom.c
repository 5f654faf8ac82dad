// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* No memory at each allocation of a session with a monitor and with an agent: each says so, and leaks nothing. */
#include "unit/oom.h"
#include "unit/qemu/monitor.h"

#include "qemu/qemu_args.h"
#include "qemu/qmp_disk.h"

static int look(const char *path, struct ri_err *e)
{
	static const struct ri_qemu_names names = { .key = "virtio0", .drive = "a" };
	RI_ON_EXIT(ri_qmp_disk_free) struct ri_qmp_disk got = { 0 };
	RI_ON_EXIT(ri_qmp_close) struct ri_qmp *q = NULL;

	return ri_qmp_open(path, 5000, &q, e) < 0 || ri_qmp_disk_look(q, &names, &got, e) < 0 ? -1
											      : 0;
}

static int session(const void *arg, struct ri_err *e)
{
	static const char *const says[] = { GREETING, DONE, "{\"return\": []}\n",
		"{\"return\": {\"nodes\": [{\"id\": 1, \"type\": \"block-driver\", \"name\": \"a\"}, "
		"{\"id\": 2, \"type\": \"block-driver\", \"name\": \"b\"}], "
		"\"edges\": [{\"parent\": 1, \"child\": 2}]}}\n",
		"{\"return\": []}\n", "{\"return\": []}\n", "{\"return\": []}\n", NULL };
	size_t left = oom_left;
	struct monitor m;
	const char *path;
	int rc;

	(void)arg;
	oom_left = 0;
	path = begin(&m, says);
	oom_left = left;
	rc = look(path, e);
	oom_left = 0;
	end(&m);
	return rc;
}

static void test_session(void **state)
{
	(void)state;
	assert_true(oom_each("session", session, NULL) > 10);
}

static int words(const void *arg, struct ri_err *e)
{
	RI_STRV list = { 0 };

	(void)arg;
	return ri_qemu_args_read(getpid(), &list, e);
}

static void test_words(void **state)
{
	(void)state;
	assert_true(oom_each("words", words, NULL) > 2);
}

/* What jansson cannot allocate may look like an answer that is damaged; but it ends, and nothing leaks. */
static void test_jansson(void **state)
{
	size_t n = 0;

	(void)state;
	json_set_alloc_funcs(malloc, free);
	do {
		struct ri_err e = { 0 };
		int rc;

		oom_left = ++n;
		oom_failed = false;
		rc = session(NULL, &e);
		oom_left = 0;
		if (rc != (e.code == RI_OK ? 0 : -1) || (rc < 0 && !oom_failed))
			fail_msg("at %zu it returned %d, said [%s]", n, rc, e.msg);
	} while (oom_failed);
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_session, tmp_set_up, tmp_tear_down),
		cmocka_unit_test(test_words),
		cmocka_unit_test_setup_teardown(test_jansson, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
