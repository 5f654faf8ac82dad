// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Live lines on a terminal that is resized: what it shows has no remnants of them, and nothing else is gone. */
#include "unit/cli/screen.h"
#include "cli/console.h"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>

static struct screen screen;
static int master, slave;
static uint64_t time_ms;
static struct ri_console *console;
static struct ri_log_sink sink;

static uint64_t now(void *arg)
{
	(void)arg;
	return time_ms;
}

static void open_terminal(const char *term, unsigned short columns)
{
	struct winsize size = { .ws_row = SCREEN_ROWS, .ws_col = columns };
	struct ri_console_conf conf;
	struct ri_err e = { 0 };

	screen = (struct screen){ .columns = columns };
	time_ms = 1000;
	assert_int_equal(openpty(&master, &slave, NULL, NULL, &size), 0);
	assert_int_equal(setenv("TERM", term, 1), 0);
	ri_console_detect(slave, RI_LOG_INFO, &conf);
	assert_true(conf.live);
	conf.tick = false; /* unit/cli/console_tty has it */
	conf.now_ms = now;
	check_ok("console", ri_console_new(&conf, &console, &e), &e);
	sink = ri_console_sink(console);
}

static void close_terminal(void)
{
	ri_console_free(console);
	close(slave);
	close(master);
}

static void resize(unsigned short columns, bool wraps)
{
	struct winsize size = { .ws_row = SCREEN_ROWS, .ws_col = columns };

	assert_int_equal(ioctl(master, TIOCSWINSZ, &size), 0);
	screen_resize(&screen, columns, wraps);
}

static void at(uint64_t ms, const char *phase, uint64_t done, uint64_t total, int how)
{
	time_ms = 1000 + ms;
	sink.progress(sink.arg, phase, done, total, how);
}

/** The screen comes to show this; what is written arrives there in whole calls of write. */
static void check_screen(const char *want)
{
	char got[4096] = "", text[4096];

	while (strcmp(screen_text(&screen, text), want) != 0) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, 10000) != 1)
			fail_msg("the terminal shows\n%s\nand not\n%s", text, want);
		n = read(master, got, sizeof got - 1);
		assert_true(n > 0);
		got[n] = '\0';
		screen_write(&screen, got);
	}
}

#define MIB (1ULL << 20)

static void test_narrower(void **state)
{
	(void)state;
	open_terminal("xterm-256color", 80);
	sink.line(sink.arg, RI_LOG_INFO, "what was said before stays, in as many rows as it takes");
	at(0, "starting", 0, 0, RI_PROGRESS_RUNS);
	at(1000, "packing", 10 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	at(2000, "packing", 20 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	check_screen("what was said before stays, in as many rows as it takes\n"
		     "starting     0:02\n"
		     "packing      20.0 MiB / 100.0 MiB   20%  20.0 MiB/s  0:04 left\n");
	resize(25, true);
	check_screen("what was said before stay\ns, in as many rows as it \ntakes\n"
		     "starting     0:02\n"
		     "packing      20.0 MiB / 1\n00.0 MiB   20%  20.0 MiB/\ns  0:04 left\n");
	at(3000, "packing", 30 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	check_screen("what was said before stay\ns, in as many rows as it \ntakes\n"
		     "starting     0:03\n"
		     "packing      30.0 MiB / \n");
	/* A line, or a phase's end, where nothing was drawn in between. */
	resize(12, true);
	sink.line(sink.arg, RI_LOG_INFO, "a line");
	check_screen("what was sai\nd before sta\nys, in as ma\nny rows as i\nt takes\n"
		     "a line\n"
		     "starting   \npacking    \n");
	resize(8, true);
	at(4000, "starting", 0, 0, RI_PROGRESS_ENDS);
	check_screen("what was\n said be\nfore sta\nys, in a\ns many r\nows as i\nt takes\n"
		     "a line\n"
		     "starting\n     0:0\n4\npacking\n");
	close_terminal();
}

static void test_wider_again(void **state)
{
	(void)state;
	open_terminal("xterm", 40);
	at(0, "packing", 10 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	resize(20, true);
	resize(70, true);
	at(1000, "packing", 20 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	check_screen("packing      20.0 MiB / 100.0 MiB   20%  20.0 MiB/s  0:04 left\n");
	at(2000, "packing", 100 * MIB, 100 * MIB, RI_PROGRESS_ENDS);
	check_screen("packing      100.0 MiB  100%  50.0 MiB/s  0:02\n\n");
	close_terminal();
}

/** One that cuts off shows each line in one row, and those above them are not the console's to erase. */
static void test_cut_off(void **state)
{
	(void)state;
	open_terminal("linux", 80);
	sink.line(sink.arg, RI_LOG_INFO, "one");
	sink.line(sink.arg, RI_LOG_INFO, "two");
	at(0, "packing", 10 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	check_screen("one\ntwo\npacking      10.0 MiB / 100.0 MiB   10%\n");
	resize(20, false);
	check_screen("one\ntwo\npacking      10.0 Mi\n");
	at(1000, "packing", 20 * MIB, 100 * MIB, RI_PROGRESS_RUNS);
	check_screen("one\ntwo\npacking      20.0 M\n");
	close_terminal();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_narrower),
		cmocka_unit_test(test_wider_again),
		cmocka_unit_test(test_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
