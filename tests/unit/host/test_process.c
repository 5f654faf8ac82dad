// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Running other programs: their output, their ends, our limits. */
#include "unit/check.h"
#include "unit/hung.h"

#include "base/cancel.h"
#include "host/process.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

static void test_output_and_status(void **state)
{
	static const struct {
		const char *script;
		int status;
		const char *out, *err;
	} cases[] = {
		{ "echo one; echo two >&2", 0, "one\n", "two\n" },
		{ "exit 7", 7, "", "" },
		{ "kill -9 $$", 128 + SIGKILL, "", "" },
		{ "cat", 0, "", "" }, /* stdin is empty, not the terminal */
		{ "trap | wc -l; kill -PIPE $$; echo lives", 128 + SIGPIPE, "0\n", "" },
	};

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as main does; the programs get the default back */
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *argv[] = { "sh", "-c", cases[i].script, NULL };
		RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
		struct ri_err e = { 0 };

		check_ok(cases[i].script, ri_process_run(argv, NULL, &r, &e), &e);
		assert_int_equal(r.status, cases[i].status);
		check_span("out", ri_buf_span(&r.out), ri_str(cases[i].out));
		check_span("err", ri_buf_span(&r.err), ri_str(cases[i].err));
	}
}

static void test_failures(void **state)
{
	const char *missing[] = { "ramimg-no-such-program", NULL };
	const char *fails[] = { "sh", "-c", "echo because >&2; exit 3", NULL };
	const char *hangs[] = { "cat", "/dev/zero", NULL };
	const char *waits[] = { "tail", "-f", "/dev/null", NULL };
	struct ri_process_opts one_second = { .timeout_s = 1 };
	struct ri_process_opts small = { .max_output = 10 };
	const char *mute[] = { "sh", "-c", "exec >/dev/null 2>&1; exec tail -f /dev/null", NULL };
	const char *chatty[] = { "seq", "1000", NULL };
	RI_ON_EXIT(ri_process_result_free) struct ri_process_result r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("missing", ri_process_run(missing, NULL, &r, &e), &e, RI_E_IO,
	    "cannot run ramimg-no-such-program: No such file or directory");
	check_err("fails", ri_process_check(fails, NULL, NULL, &e), &e, RI_E_IO,
	    "sh failed with status 3: because");
	check_err("waits", ri_process_run(waits, &one_second, &r, &e), &e, RI_E_IO,
	    "tail took longer than 1 s and was stopped");
	check_err("hangs", ri_process_run(hangs, &one_second, &r, &e), &e, RI_E_IO,
	    "cat took longer than 1 s and was stopped");
	check_err("mute", ri_process_run(mute, &one_second, &r, &e), &e, RI_E_IO,
	    "sh took longer than 1 s and was stopped");
	check_err("chatty", ri_process_run(chatty, &small, &r, &e), &e, RI_E_IO,
	    "seq printed more than expected");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left behind */
	assert_int_equal(errno, ECHILD);
}

/* Its words are quoted, as many as fit. */
static void test_many_words(void **state)
{
	const char *argv[] = { "sh", "-c", "seq -s , 1 2000 >&2; exit 1", NULL };
	const char *quiet[] = { "true", NULL };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(ri_process_check(argv, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.msg, "sh failed with status 1: 1,2,3,"));
	assert_non_null(strstr(e.msg, ",170"));
	assert_int_equal(strlen(e.msg), strlen("sh failed with status 1: ") + 600);
	e = (struct ri_err){ 0 };
	check_ok("quiet", ri_process_check(quiet, NULL, NULL, &e), &e);
}

/* Besides its streams. */
static void test_a_descriptor(void **state)
{
	const char *argv[] = { "sh", "-c", "cat <&5", NULL };
	RI_FD int fd = memfd_create("text", MFD_CLOEXEC);
	const struct ri_process_opts o = { .fd = { fd, 5 } };
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(pwrite(fd, "text", 4, 0), 4);
	check_ok("cat", ri_process_check(argv, &o, &out, &e), &e);
	check_span("cat", ri_buf_span(&out), ri_str("text"));
}

/* Once interrupted, nothing is started to be waited for, but for what must come to its end. */
static void test_interrupted(void **state)
{
	const struct ri_process_opts to_its_end = { .uncancellable = true };
	const char *argv[] = { "tail", "-f", "/dev/null", NULL }, *ends[] = { "true", NULL };
	struct ri_err e = { 0 };
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) { /* as it cannot be undone */
		ri_cancel_request();
		if (ri_process_check(argv, NULL, NULL, &e) != -1 || e.code != RI_E_CANCELLED ||
		    waitpid(-1, NULL, WNOHANG) != -1)
			_exit(1);
		_exit(ri_process_check(ends, &to_its_end, NULL, &e) == 0 ? 42 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

/* Those of a name, and no others. */
static void test_children(void **state)
{
	pid_t one = hung_start("qemu-system-x86_64"), two = hung_start("qemu-system-x86_64");
	pid_t other = hung_start("supermin");
	int status;

	(void)state;
	assert_int_equal(ri_process_count_children("qemu-system"), 2);
	assert_int_equal(ri_process_count_children("supermin"), 1);
	assert_int_equal(ri_process_count_children("other"), 0);
	assert_int_equal(ri_process_kill_children("qemu-system"), 2);
	assert_int_equal(waitpid(one, &status, 0), one);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_int_equal(waitpid(two, NULL, 0), two);
	assert_int_equal(ri_process_count_children("qemu-system"), 0);
	assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	assert_int_equal(ri_process_kill_children("supermin"), 1);
	assert_int_equal(waitpid(other, NULL, 0), other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_and_status),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_many_words),
		cmocka_unit_test(test_a_descriptor),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test_setup_teardown(test_children, tmp_set_up, tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
