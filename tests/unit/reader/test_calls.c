// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* An error at every call of the kernel where a direct reader is opened, and where its process begins. */
#include "unit/calls.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "parse/wire.h"
#include "reader/reader.h"
#include "reader/server.h"

/*
 * This program is no direct reader, so that the process ends at once and nothing is opened even where all calls
 * work: what counts is that each failure is told and nothing is left.
 */
static int open_reader(const void *arg, struct ri_err *e)
{
	const struct ri_volume *v = arg;
	struct ri_guest *g = NULL;
	struct ri_err why = { 0 };
	int rc = ri_reader_open(v, &g, &why);

	assert_int_equal(rc, -1);
	assert_null(g);
	if (calls_failed) {
		*e = why;
		return -1;
	}
	if (why.code != RI_E_IO || !why.msg[0])
		fail_msg("without a failing call: code %d, said [%s]", (int)why.code, why.msg);
	return 0;
}

static size_t descriptors(void)
{
	return tmp_count("/proc/self/fd");
}

static void test_open(void **state)
{
	static const char *const names[] = { "mkdirat", "pipe2", "fork" };
	static char raw[] = "raw", qcow2[] = "qcow2";
	char path[100];
	struct ri_volume v = { .path = path, .size = 1 << 20, .claim = -1 };
	size_t before;

	(void)state;
	snprintf(path, sizeof path, "%s/disk", tmpdir);
	spit(path, LIT("disk"));
	v.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(v.fd >= 0);
	before = descriptors();
	v.format = raw;
	assert_true(calls_each("raw", NULL, EMFILE, open_reader, NULL, &v) > 5);
	assert_int_equal(descriptors(), before);
	/* What is no image is not opened as one; and its directory for the socket is not left behind. */
	v.format = qcow2;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_true(calls_each(names[i], names[i], EMFILE, open_reader, NULL, &v) >= 1);
	assert_int_equal(descriptors(), before);
	close(v.fd);
}

static void test_open_stage(void **state)
{
	struct ri_volume v = { .fd = -1, .claim = -1 };
	char dir[100], overlay[120];
	struct ri_stage s = { .volume = &v, .dir = dir, .overlay = overlay };
	struct ri_guest *g = NULL;
	struct ri_err e = { 0 };

	(void)state;
	snprintf(dir, sizeof dir, "%s", tmpdir);
	snprintf(overlay, sizeof overlay, "%s/absent.qcow2", tmpdir);
	v.path = overlay;
	assert_int_equal(ri_reader_open_stage(&s, &g, &e), -1);
	assert_null(g);
	if (e.code != RI_E_IO || !strstr(e.msg, "absent.qcow2"))
		fail_msg("code %d, said [%s]", (int)e.code, e.msg);
}

/* In a process of its own, which it does not leave where one of these fails: it is not confined yet. */
static void test_serve(void **state)
{
	static const char *const names[] = { "memfd_create", "dup2" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		pid_t pid = fork();
		int status;

		assert_true(pid >= 0);
		if (pid == 0) {
			struct ri_err e = { 0 };
			int rc;

			/* So that the scratch file is not at once where it belongs. */
			__real_dup2(2, RI_WIRE_SHARED + 1);
			calls_only = names[i];
			calls_errnum = ENOMEM;
			calls_left = 1;
			rc = ri_reader_serve(&e);
			if (rc != -1 || e.code != RI_E_IO || !strstr(e.msg, strerror(ENOMEM)))
				fprintf(stderr, "%s: returned %d, said [%s]\n", names[i], rc,
				    e.msg);
			_exit(rc == -1 && calls_failed && strstr(e.msg, strerror(ENOMEM)) ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_stage),
		cmocka_unit_test(test_serve),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
