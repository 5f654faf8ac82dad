// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "cli/console.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>

#define CLEAR "\033[K"

/** Read what the terminal got until @want bytes are there. */
static void check_terminal(int master, const char *want)
{
	char got[1024] = { 0 };
	size_t n = 0;

	while (n < strlen(want)) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t r;

		if (poll(&p, 1, 10000) != 1)
			fail_msg("the terminal got [%s] only", got);
		r = read(master, got + n, sizeof got - 1 - n);
		assert_true(r > 0);
		n += (size_t)r;
	}
	assert_string_equal(got, want);
}

/** On a real terminal: found to be one, its width asked anew for each line. */
static void test_terminal(void **state)
{
	struct winsize narrow = { .ws_row = 24, .ws_col = 30 }, mute = { 0 };
	struct ri_console *console = NULL;
	struct ri_console_conf conf;
	struct ri_log_sink sink;
	struct ri_err e = { 0 };
	int master, slave;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &narrow), 0);
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	ri_console_detect(slave, RI_LOG_INFO, &conf);
	assert_false(conf.live);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	ri_console_detect(slave, RI_LOG_INFO, &conf);
	assert_true(conf.live);
	assert_true(conf.ascii); /* the C locale */
	assert_int_equal(conf.columns, 0);
	conf.tick = false; /* test_tick */
	assert_int_equal(ri_console_new(&conf, &console, &e), 0);
	sink = ri_console_sink(console);
	sink.progress(sink.arg, "packing", 0, 755300000, 0);
	check_terminal(master, "\rpacking      0 B / 720.3 MiB " CLEAR);
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &mute), 0);
	sink.line(sink.arg, RI_LOG_INFO, "x");
	check_terminal(master, "\r" CLEAR "x\r\n\rpacking      0 B / 720.3 MiB    0%" CLEAR);
	ri_console_free(console);
	close(slave);
	close(master);
}

/** A phase of which nobody reports goes on counting, until it ends. */
static void test_tick(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct ri_console *console = NULL;
	struct ri_console_conf conf;
	struct ri_log_sink sink;
	struct ri_err e = { 0 };
	char got[1024] = { 0 };
	int master, slave;
	unsigned at = 0, last;

	(void)state;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	ri_console_detect(slave, RI_LOG_INFO, &conf);
	assert_true(conf.tick);
	assert_int_equal(ri_console_new(&conf, &console, &e), 0);
	sink = ri_console_sink(console);
	sink.progress(sink.arg, "waiting", 0, 0, 0);
	check_terminal(master, "\rwaiting      0:00" CLEAR);
	while (at < 2) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t r;

		if (poll(&p, 1, 10000) != 1)
			fail_msg("the line stands still at %u s", at);
		r = read(master, got, sizeof got - 1);
		assert_true(r > 0);
		got[r] = '\0';
		last = at;
		assert_int_equal(sscanf(got, "\rwaiting      0:%u" CLEAR, &at), 1);
		assert_true(at > last);
	}
	sink.progress(sink.arg, "waiting", 0, 0, 1);
	ri_console_free(console);
	close(slave);
	close(master);
}

static _Atomic uint64_t pipe_ms; /* the time by which the console of test_pipe_tick goes */

static uint64_t pipe_now(void *arg)
{
	(void)arg;
	return pipe_ms;
}

/** The next line that the pipe gives. */
static void check_pipe(int fd, const char *want)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char got[200] = "";
	ssize_t n;

	if (poll(&p, 1, 10000) != 1)
		fail_msg("nothing came that says %s", want);
	n = read(fd, got, sizeof got - 1);
	check_span(want, ri_span(got, n > 0 ? (size_t)n : 0), ri_str(want));
}

/** Nor is a pipe left without a line for ten seconds. */
static void test_pipe_tick(void **state)
{
	struct ri_console_conf conf;
	struct ri_console *console = NULL;
	struct ri_log_sink sink;
	struct ri_err e = { 0 };
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	ri_console_detect(ends[1], RI_LOG_INFO, &conf);
	assert_false(conf.live);
	assert_true(conf.tick);
	conf.now_ms = pipe_now;
	assert_int_equal(ri_console_new(&conf, &console, &e), 0);
	sink = ri_console_sink(console);
	sink.progress(sink.arg, "waiting", 0, 0, 0);
	check_pipe(ends[0], "waiting      ...\n");
	pipe_ms = 2000;
	sink.progress(sink.arg, "packing", 0, 0, 0);
	check_pipe(ends[0], "packing      ...\n");
	pipe_ms = 11000; /* nine after the last line: the phase that was not shown for longest */
	check_pipe(ends[0], "waiting      0:11\n");
	pipe_ms = 20000;
	check_pipe(ends[0], "packing      0:18\n");
	ri_console_free(console);
	check_pipe(ends[0], "waiting      0:20  stopped\npacking      0:18  stopped\n");
	close(ends[0]);
	close(ends[1]);
}

/** A reader that is gone is no reason to fail or to hang. */
static void test_closed(void **state)
{
	struct ri_console_conf conf;
	struct ri_console *console = NULL;
	struct ri_err e = { 0 };
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	ri_console_detect(fds[1], RI_LOG_INFO, &conf);
	assert_false(conf.live);
	assert_false(conf.ascii);
	assert_int_equal(ri_console_new(&conf, &console, &e), 0);
	ri_console_error(console, "nobody reads this");
	ri_console_free(console);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_tick),
		cmocka_unit_test(test_pipe_tick),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
