// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A lack of memory in what reads the command line and the configuration, and in what shows results. */
#include "unit/captured.h"
#include "unit/fake_host.h"
#include "unit/oom.h"

#include "cli/cfgfile.h"
#include "cli/cfgstack.h"
#include "cli/cmd_internal.h"
#include "cli/console.h"
#include "cli/help.h"
#include "cli/opts.h"
#include "cli/textdiff.h"

static int parse_opts(const void *arg, struct ri_err *e)
{
	char *const argv[] = { (char[]){ "ramimg" }, (char[]){ "build" }, (char[]){ "-z" },
		(char[]){ "lzo" }, (char[]){ "vm.raw" }, NULL };
	const struct ri_command *cmd;
	struct ri_opts o;

	(void)arg;
	if (ri_opts_parse(5, argv, &o, &cmd, e) < 0 && e->code == RI_E_USAGE) {
		assert_string_equal(e->msg,
		    "--compression: \"lzo\" is not one of gzip, zstd, lz4, auto");
		*e = (struct ri_err){ 0 };
		return 0;
	}
	return -1;
}

static int parse_config(const void *text, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	if (ri_job_defaults(&job, e) < 0 || ri_cfgfile_parse("x.conf", ri_str(text), &job, e) < 0)
		return -1;
	assert_int_equal(job.gzip_level, 3);
	return 0;
}

static int read_stack(const void *arg, struct ri_err *e)
{
	RI_ON_EXIT(ri_job_free) struct ri_job job = { 0 };

	(void)arg;
	if (ri_job_defaults(&job, e) < 0 || ri_cfgstack_read(tmpdir, 105, &job, e) < 0)
		return -1;
	assert_int_equal(job.gzip_level, 1);
	assert_int_equal(job.zstd_level, 5);
	return 0;
}

static void test_stack(void **state)
{
	(void)state;
	host_put("etc/ramimg.conf", "archive: { gzip_level = 0; };\n");
	host_put("etc/ramimg/ramimg.conf", "archive: { gzip_level = 3; };\n");
	host_put("etc/ramimg/conf.d/a.conf", "archive: { zstd_level = 5; };\n");
	host_put("etc/ramimg/vm/105.conf", "archive: { gzip_level = 1; };\n");
	assert_true(oom_each("files of configuration", read_stack, NULL) > 10);
}

static int show_help(const void *cmd, struct ri_err *e)
{
	RI_BUF out = { 0 };

	return ri_opts_help(cmd, &out, e);
}

static int make_console(const void *arg, struct ri_err *e)
{
	struct ri_console *console = NULL;

	if (ri_console_new(arg, &console, e) < 0) {
		assert_null(console);
		ri_console_free(console);
		return -1;
	}
	ri_console_free(console);
	return 0;
}

/* Without memory at the end, its directory stays, and the result is whole. */
static int show_diff(const void *arg, struct ri_err *e)
{
	RI_BUF out = { 0 };

	(void)arg;
	if (ri_textdiff((struct ri_labelled){ "a", ri_str("1\n") },
		(struct ri_labelled){ "b", ri_str("2\n") }, &out, e) < 0)
		return -1;
	check_span("diff", ri_buf_span(&out), ri_str("--- a\n+++ b\n@@ -1 +1 @@\n-1\n+2\n"));
	return oom_failed ? ri_nomem(e) : 0;
}

static void test_words(void **state)
{
	const struct ri_console_conf conf = { .fd = -1, .level = RI_LOG_INFO };

	(void)state;
	assert_true(oom_each("options", parse_opts, NULL) > 0);
	assert_true(oom_each("configuration", parse_config,
			"archive: { gzip_level = 3; exclude = [\"/a\", \"/b\"]; };\n") > 5);
	assert_true(oom_each("help", show_help, NULL) > 0);
	assert_true(oom_each("help", show_help, &ri_commands[0]) > 0);
	assert_true(oom_each("console", make_console, &conf) > 0);
	assert_int_equal(setenv("TMPDIR", tmpdir, 1), 0);
	assert_true(oom_each("diff", show_diff, NULL) > 5);
	unsetenv("TMPDIR");
}

/** What is shown of a warning beside two phases, the second of which an error stops. */
static void show_all(struct ri_console *c)
{
	struct ri_log_sink sink = ri_console_sink(c);

	sink.progress(sink.arg, "reading", 0, 100, 0);
	sink.progress(sink.arg, "packing", 0, 0, 0);
	sink.line(sink.arg, RI_LOG_WARN, "beware");
	sink.progress(sink.arg, "reading", 100, 100, 1);
	ri_console_error(c, " it failed\n");
}

static uint64_t frozen(void *arg)
{
	(void)arg;
	return 1000;
}

/* Live lines or not: what cannot be shown is left out whole, and the memory that comes back shows the rest. */
static size_t show_without(bool live, size_t nth, struct ri_buf *out)
{
	struct ri_console_conf conf = { .level = RI_LOG_INFO,
		.live = live,
		.columns = 80,
		.now_ms = frozen };
	struct ri_console *c = NULL;
	struct ri_err e = { 0 };

	conf.fd = open(tmp_path("shown"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(conf.fd >= 0);
	check_ok("console", ri_console_new(&conf, &c, &e), &e);
	oom_left = nth;
	oom_failed = false;
	show_all(c);
	oom_left = 0;
	ri_console_free(c);
	close(conf.fd);
	slurp(tmp_path("shown"), out);
	return oom_failed;
}

static void test_console(void **state)
{
	(void)state;
	for (int live = 0; live < 2; live++) {
		RI_BUF all = { 0 };
		size_t nth = 0;
		bool failed;

		show_without(live, 0, &all);
		assert_non_null(memmem(all.p, all.n, "ramimg: it failed\n", 18));
		do {
			RI_BUF some = { 0 };

			failed = show_without(live, ++nth, &some);
			if (!failed)
				check_span("all", ri_buf_span(&some), ri_buf_span(&all));
			else if (!live && some.n > 0)
				assert_int_equal(some.p[some.n - 1], '\n');
			if (some.n > all.n)
				fail_msg("without memory at %zu: [%.*s] is more than [%.*s]", nth,
				    (int)some.n, some.p, (int)all.n, all.p);
		} while (failed);
		assert_true(nth > 5);
	}
}

struct asked {
	int (*cmd)(const struct ri_opts *o, const struct ri_job *job, struct ri_err *e);
	struct ri_opts o;
};

static struct ri_job job;
static struct ri_buf whole; /* what the command prints; nothing while that is not known */

static int command(const void *arg, struct ri_err *e)
{
	const struct asked *a = arg;
	size_t left = oom_left;
	RI_BUF out = { 0 };
	int was, rc;

	oom_left = 0;
	was = capture_begin();
	oom_left = left;
	rc = a->cmd(&a->o, &job, e);
	oom_left = 0;
	capture_end(was, &out);
	if (whole.n == 0)
		ri_buf_add_span(&whole, ri_buf_span(&out));
	check_span("printed", ri_buf_span(&out), rc == 0 ? ri_buf_span(&whole) : ri_str(""));
	return rc;
}

/* All of a result or nothing of it is printed. */
static void test_commands(void **state)
{
	const struct asked all[] = {
		{ ri_cmd_list, { .pve_root = tmpdir, .target = "105" } },
		{ ri_cmd_list, { .pve_root = tmpdir, .target = "105", .json = true } },
	};
	struct ri_err e = { 0 };

	(void)state;
	check_ok("job", ri_job_defaults(&job, &e), &e);
	host_vm(105, "name: web\nboot: order=scsi0\nscsihw: virtio-scsi-single\n\n[PENDING]\n"
		     "scsi0: san:vm-105-disk-1,size=8G\n");
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		check_ok("command", command(&all[i], &e), &e);
		assert_true(whole.n > 0);
		assert_true(oom_each("command", command, &all[i]) > 20);
		ri_buf_free(&whole);
	}
	ri_job_free(&job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_words, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_stack, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_console, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(test_commands, host_set_up, host_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
