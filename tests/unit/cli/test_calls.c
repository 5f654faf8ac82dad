// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* The command line where a call of the kernel fails, each in turn. */
#include "unit/calls.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include "cli/cfgfile.h"
#include "cli/cfgstack.h"
#include "cli/console.h"
#include "cli/textdiff.h"

static int read_config(const void *path, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	if (ri_job_defaults(&job, e) < 0 || ri_cfgfile_read(path, true, &job, e) < 0)
		return -1;
	assert_int_equal(job.gzip_level, 3);
	return 0;
}

/* A configuration that cannot be read is not one that is not there. */
static void after_config(const void *path, int now, const struct ri_err *e)
{
	if (now < 0 && (e->code != RI_E_CONFIG || !strstr(e->msg, path)))
		fail_msg("code %d, said [%s]", (int)e->code, e->msg);
}

static void test_config(void **state)
{
	RI_FREE char *path = strdup(tmp_path("ramimg.conf"));

	(void)state;
	spit(path, ri_str("archive: { gzip_level = 3; };\n"));
	assert_int_equal(calls_each("config", NULL, EIO, read_config, after_config, path), 4);
	assert_int_equal(calls_each("config", "read", EINTR, read_config, NULL, path), 2);
}

static int read_stack(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	(void)arg;
	if (ri_job_defaults(&job, e) < 0 || ri_cfgstack_read(tmpdir, 105, &job, e) < 0)
		return -1;
	assert_int_equal(job.gzip_level, 1);
	return 0;
}

/* Neither the directory nor a file in it is passed over. */
static void after_stack(const void *arg, int now, const struct ri_err *e)
{
	(void)arg;
	if (now < 0 && (e->code != RI_E_CONFIG || !strstr(e->msg, "configuration")))
		fail_msg("code %d, said [%s]", (int)e->code, e->msg);
}

static void test_stack(void **state)
{
	(void)state;
	assert_int_equal(mkdir(tmp_path("etc"), 0700), 0);
	assert_int_equal(mkdir(tmp_path("etc/ramimg"), 0700), 0);
	assert_int_equal(mkdir(tmp_path("etc/ramimg/conf.d"), 0700), 0);
	spit(tmp_path("etc/ramimg/conf.d/a.conf"), ri_str("archive: { gzip_level = 1; };\n"));
	assert_true(
	    calls_each("files of configuration", NULL, EIO, read_stack, after_stack, NULL) > 8);
}

static struct ri_buf diff;

static int run_diff(const void *arg, struct ri_err *e)
{
	(void)arg;
	ri_buf_free(&diff);
	return ri_textdiff((struct ri_labelled){ "then", ri_str("a\nb\n") },
	    (struct ri_labelled){ "now", ri_str("a\nc") }, &diff, e);
}

static const char same[] = "--- then\n+++ now\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
			   "\\ No newline at end of file\n";

static void after_diff(const void *arg, int now, const struct ri_err *e)
{
	(void)arg, (void)e;
	if (now == 0)
		check_span("diff", ri_buf_span(&diff), ri_str(same));
	ri_buf_free(&diff);
}

static void test_diff(void **state)
{
	(void)state;
	assert_int_equal(setenv("TMPDIR", tmpdir, 1), 0);
	assert_true(calls_each("diff", NULL, EIO, run_diff, after_diff, NULL) > 10);
	unsetenv("TMPDIR");
}

/** What reaches the console when its nth write fails. */
static size_t written(size_t nth, int errnum, char *out, size_t size)
{
	struct ri_console_conf conf = { .level = RI_LOG_INFO };
	struct ri_console *console = NULL;
	struct ri_err e = { 0 };
	struct ri_log_sink sink;
	int fds[2];
	ssize_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	conf.fd = fds[1];
	check_ok("console", ri_console_new(&conf, &console, &e), &e);
	sink = ri_console_sink(console);
	calls_only = "write";
	calls_errnum = errnum;
	calls_left = nth;
	for (int i = 0; i < 3; i++)
		sink.line(sink.arg, RI_LOG_INFO, (const char *const[]){ "one", "two", "three" }[i]);
	calls_left = 0;
	ri_console_free(console);
	n = read(fds[0], out, size - 1);
	assert_true(n >= 0);
	out[n] = '\0';
	close(fds[0]);
	close(fds[1]);
	return (size_t)n;
}

/* A line that cannot be written is lost, and only that; one that was interrupted is not. */
static void test_console(void **state)
{
	static const char *const want[] = { "two\nthree\n", "one\nthree\n", "one\ntwo\n" };
	char got[64];

	(void)state;
	for (size_t nth = 1; nth <= 3; nth++) {
		written(nth, EIO, got, sizeof got);
		assert_string_equal(got, want[nth - 1]);
		written(nth, EINTR, got, sizeof got);
		assert_string_equal(got, "one\ntwo\nthree\n");
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, tmp_set_up, tmp_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_config),
		T(test_stack),
		T(test_diff),
		cmocka_unit_test(test_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
