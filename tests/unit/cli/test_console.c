// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "cli/console.h"
#include "cli/phase.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

/** A console that writes into a memory file and goes by a clock that the test sets. */
struct bench {
	struct ri_console *console;
	struct ri_log_sink sink;
	uint64_t ms;
	int fd;
};

static uint64_t now(void *arg)
{
	return ((struct bench *)arg)->ms;
}

static void bench_open(struct bench *b, struct ri_console_conf conf)
{
	struct ri_err e = { 0 };

	*b = (struct bench){ .ms = 5000, .fd = memfd_create("console", MFD_CLOEXEC) };
	assert_true(b->fd >= 0);
	conf.fd = b->fd;
	conf.now_ms = now;
	conf.now_arg = b;
	assert_int_equal(ri_console_new(&conf, &b->console, &e), 0);
	b->sink = ri_console_sink(b->console);
}

static void forget(struct bench *b)
{
	assert_int_equal(ftruncate(b->fd, 0), 0);
	assert_int_equal(lseek(b->fd, 0, SEEK_SET), 0);
}

/** What was written since the last look. */
static void check_wrote(struct bench *b, const char *want)
{
	static char got[65536];
	ssize_t n = pread(b->fd, got, sizeof got - 1, 0);

	assert_true(n >= 0);
	forget(b);
	check_span(want, ri_span(got, (size_t)n), ri_str(want));
}

static void bench_close(struct bench *b, const char *want)
{
	ri_console_free(b->console);
	check_wrote(b, want);
	close(b->fd);
}

static void at(struct bench *b, uint64_t ms, const char *phase, uint64_t done, uint64_t total)
{
	b->ms = 5000 + ms;
	b->sink.progress(b->sink.arg, phase, done, total, RI_PROGRESS_RUNS);
}

static void about(struct bench *b, uint64_t ms, const char *phase, uint64_t done, uint64_t total)
{
	b->ms = 5000 + ms;
	b->sink.progress(b->sink.arg, phase, done, total, RI_PROGRESS_ABOUT);
}

static void cut(struct bench *b, uint64_t ms, const char *phase, uint64_t done, uint64_t total)
{
	b->ms = 5000 + ms;
	b->sink.progress(b->sink.arg, phase, done, total, RI_PROGRESS_STOPS);
}

static void end(struct bench *b, uint64_t ms, const char *phase, uint64_t done, uint64_t total)
{
	b->ms = 5000 + ms;
	b->sink.progress(b->sink.arg, phase, done, total, RI_PROGRESS_ENDS);
}

#define MIB (1ULL << 20)
#define CLEAR "\033[K"

static void test_pipe(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO });
	at(&b, 0, "packing", 0, 100 * MIB);
	check_wrote(&b, "packing      ...\n");
	at(&b, 900, "packing", 9 * MIB, 100 * MIB);  /* no tenth yet */
	at(&b, 950, "packing", 11 * MIB, 100 * MIB); /* a tenth, but within a second */
	check_wrote(&b, "");
	at(&b, 2000, "packing", 20 * MIB, 100 * MIB);
	check_wrote(&b, "packing      20.0 MiB / 100.0 MiB   20%  10.0 MiB/s  0:08 left\n");
	at(&b, 8000, "packing", 21 * MIB, 100 * MIB); /* no other tenth, not ten seconds */
	check_wrote(&b, "");
	at(&b, 12000, "packing", 22 * MIB, 100 * MIB); /* ten seconds */
	check_wrote(&b, "packing      22.0 MiB / 100.0 MiB   22%  1.8 MiB/s  0:42 left\n");
	end(&b, 20000, "packing", 100 * MIB, 100 * MIB);
	check_wrote(&b, "packing      100.0 MiB  100%  5.0 MiB/s  0:20\n");
	bench_close(&b, "");
}

static void test_pipe_without_total(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO });
	at(&b, 0, "reading", 0, 0);
	at(&b, 9999, "reading", 99 * MIB, 0);
	check_wrote(&b, "reading      ...\n");
	at(&b, 10000, "reading", 100 * MIB, 0);
	check_wrote(&b, "reading      100.0 MiB  10.0 MiB/s  0:10\n");
	/* A total that turns out too small is not made fun of. */
	at(&b, 20000, "reading", 200 * MIB, 150 * MIB);
	check_wrote(&b, "reading      200.0 MiB  10.0 MiB/s  0:20\n");
	end(&b, 21000, "reading", 210 * MIB, 150 * MIB);
	check_wrote(&b, "reading      210.0 MiB  100%  10.0 MiB/s  0:21\n");
	/* A phase that moves nothing, and one that is over at once. */
	at(&b, 22000, "inspecting", 0, 0);
	end(&b, 39000, "inspecting", 0, 0);
	check_wrote(&b, "inspecting   ...\ninspecting   0:17\n");
	end(&b, 39000, "verifying", 0, 0);
	check_wrote(&b, "verifying    0:00\n");
	bench_close(&b, "");
}

static void test_live(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 80, .level = RI_LOG_INFO });
	at(&b, 0, "packing", 0, 100 * MIB);
	check_wrote(&b, "\rpacking      0 B / 100.0 MiB    0%" CLEAR);
	for (uint64_t ms = 1; ms < 100; ms++)
		at(&b, ms, "packing", MIB, 100 * MIB);
	check_wrote(&b, ""); /* at most ten times a second */
	at(&b, 100, "packing", MIB, 100 * MIB);
	check_wrote(&b, "\rpacking      1.0 MiB / 100.0 MiB    1%  10.0 MiB/s  0:09 left" CLEAR);
	b.sink.line(b.sink.arg, RI_LOG_INFO, "a line");
	check_wrote(&b, "\r" CLEAR "a line\n"
			"\rpacking      1.0 MiB / 100.0 MiB    1%  10.0 MiB/s  0:09 left" CLEAR);
	end(&b, 10000, "packing", 100 * MIB, 100 * MIB);
	check_wrote(&b, "\r" CLEAR "packing      100.0 MiB  100%  10.0 MiB/s  0:10\n");
	b.sink.line(b.sink.arg, RI_LOG_INFO, "after it");
	check_wrote(&b, "after it\n");
	bench_close(&b, "");
}

/** The last seconds count for the time left, not what was fast before. */
static void test_live_rate(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 80, .level = RI_LOG_INFO });
	at(&b, 0, "packing", 0, 2048 * MIB);
	at(&b, 1000, "packing", 1024 * MIB, 2048 * MIB);
	check_wrote(&b, "\rpacking      0 B / 2.0 GiB    0%" CLEAR
			"\rpacking      1.0 GiB / 2.0 GiB   50%  1.0 GiB/s  0:01 left" CLEAR);
	for (uint64_t s = 2; s < 20; s++)
		at(&b, s * 1000, "packing", 1024 * MIB + (s - 1) * MIB, 2048 * MIB);
	forget(&b);
	at(&b, 20000, "packing", 1043 * MIB, 2048 * MIB);
	check_wrote(&b, "\rpacking      1.0 GiB / 2.0 GiB   50%  1.0 MiB/s  16:45 left" CLEAR);
	end(&b, 20000, "packing", 2048 * MIB, 2048 * MIB);
	check_wrote(&b, "\r" CLEAR "packing      2.0 GiB  100%  102.4 MiB/s  0:20\n");
	bench_close(&b, "");
}

static void test_narrow(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 20, .level = RI_LOG_INFO });
	at(&b, 0, "packing", 1 * MIB, 100 * MIB);
	check_wrote(&b, "\rpacking      1.0 Mi" CLEAR); /* 19 columns: none in the last */
	end(&b, 0, "packing", 1 * MIB, 100 * MIB);
	check_wrote(&b, "\r" CLEAR "packing      1.0 MiB  100%  0:00\n");
	at(&b, 0, "\303\251tudier l'\303\251tat", 0, 0);
	check_wrote(&b, "\r\303\251tudier l'\303\251tat 0:" CLEAR); /* é taken for two columns */
	bench_close(&b, "\r" CLEAR "\303\251tudier l'\303\251tat 0:00  stopped\n");
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 1, .level = RI_LOG_INFO });
	at(&b, 0, "packing", 1 * MIB, 100 * MIB);
	check_wrote(&b, "\r" CLEAR);
	bench_close(&b, "\r" CLEAR "packing      1.0 MiB  0:00  stopped\n");
}

/** What an error or the end cuts off does not leave half a line. */
static void test_cut_off(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 80, .level = RI_LOG_INFO });
	at(&b, 0, "one", 0, 0);
	check_wrote(&b, "\rone          0:00" CLEAR);
	ri_console_error(b.console, "it failed\n");
	check_wrote(&b, "\r" CLEAR "one          0:00  stopped\nramimg: it failed\n");
	bench_close(&b, "");
}

/** A total that is estimated is shown as such, and at the end what was done is the total. */
static void test_about(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO });
	about(&b, 0, "packing", 0, 100 * MIB);
	about(&b, 10000, "packing", 90 * MIB, 100 * MIB);
	check_wrote(&b, "packing      ...\n"
			"packing      90.0 MiB / about 100.0 MiB   90%  9.0 MiB/s  0:01 left\n");
	end(&b, 11000, "packing", 94 * MIB, 100 * MIB);
	check_wrote(&b, "packing      94.0 MiB  100%  8.5 MiB/s  0:11\n");
	bench_close(&b, "");
}

/** What was cut off says so, whether the command ends with it or goes on in another way. */
static void test_stopped(void **state)
{
	struct bench b;

	(void)state;
	for (int live = 0; live < 2; live++) {
		bench_open(&b,
		    (struct ri_console_conf){ .live = live, .columns = 80, .level = RI_LOG_INFO });
		at(&b, 0, "reading", 0, 100 * MIB);
		forget(&b);
		cut(&b, 1000, "reading", 50 * MIB, 100 * MIB);
		check_wrote(&b, live ? "\r" CLEAR
				       "reading      50.0 MiB  50.0 MiB/s  0:01  stopped\n"
				     : "reading      50.0 MiB  50.0 MiB/s  0:01  stopped\n");
		/* Even all of it: what it was to do with it is not done. */
		cut(&b, 2000, "reading", 100 * MIB, 100 * MIB);
		check_wrote(&b, "reading      100.0 MiB  0:00  stopped\n");
		bench_close(&b, "");
	}
}

#define UP "\033[A"

/** Two phases at once have a live line each; the one that ends leaves its line above. */
static void test_two_live(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .live = true, .columns = 80, .level = RI_LOG_INFO });
	at(&b, 0, "starting", 0, 0);
	at(&b, 1000, "packing", 0, 100 * MIB);
	check_wrote(&b, "\rstarting     0:00" CLEAR "\rstarting     0:01" CLEAR
			"\n\rpacking      0 B / 100.0 MiB    0%" CLEAR);
	/* One that is silent gets older all the same. */
	at(&b, 3000, "packing", 20 * MIB, 100 * MIB);
	check_wrote(&b, "\033[1A\rstarting     0:03" CLEAR
			"\n\rpacking      20.0 MiB / 100.0 MiB   20%  10.0 MiB/s  0:08 left" CLEAR);
	b.sink.line(b.sink.arg, RI_LOG_INFO, "a line");
	check_wrote(&b, "\r" CLEAR UP "\r" CLEAR "a line\n"
			"\rstarting     0:03" CLEAR
			"\n\rpacking      20.0 MiB / 100.0 MiB   20%  10.0 MiB/s  0:08 left" CLEAR);
	end(&b, 4000, "starting", 0, 0);
	check_wrote(&b, "\r" CLEAR UP "\r" CLEAR "starting     0:04\n"
			"\rpacking      20.0 MiB / 100.0 MiB   20%  10.0 MiB/s  0:08 left" CLEAR);
	end(&b, 11000, "packing", 100 * MIB, 100 * MIB);
	check_wrote(&b, "\r" CLEAR "packing      100.0 MiB  100%  10.0 MiB/s  0:10\n");
	bench_close(&b, "");
}

/** Two phases at once as plain lines: each goes by its own times. */
static void test_two_plain(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO });
	at(&b, 0, "starting", 0, 0);
	at(&b, 1000, "packing", 0, 100 * MIB);
	at(&b, 6000, "packing", 50 * MIB, 100 * MIB);
	end(&b, 8000, "starting", 0, 0);
	check_wrote(&b, "starting     ...\npacking      ...\n"
			"packing      50.0 MiB / 100.0 MiB   50%  10.0 MiB/s  0:05 left\n"
			"starting     0:08\n");
	end(&b, 11000, "packing", 100 * MIB, 100 * MIB);
	check_wrote(&b, "packing      100.0 MiB  100%  10.0 MiB/s  0:10\n");
	/* As many as there is room for; a further one does not disturb them. */
	for (int i = 0; i < 5; i++)
		at(&b, 12000, (const char *[]){ "a", "b", "c", "d", "e" }[i], 0, 0);
	end(&b, 12000, "e", 0, 0);
	forget(&b);
	bench_close(&b, "a            0:00  stopped\nb            0:00  stopped\n"
			"c            0:00  stopped\nd            0:00  stopped\n");
}

static void test_levels(void **state)
{
	static const struct {
		enum ri_level level;
		const char *want;
	} cases[] = {
		{ RI_LOG_ERROR, "ramimg: error: e\n" },
		{ RI_LOG_WARN, "ramimg: error: e\nramimg: warning: w\n" },
		{ RI_LOG_INFO, "ramimg: error: e\nramimg: warning: w\ni\npacking      0:00\n" },
		{ RI_LOG_DEBUG,
		    "ramimg: error: e\nramimg: warning: w\ni\ndebug: d\npacking      0:00\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct bench b;

		bench_open(&b, (struct ri_console_conf){ .level = cases[i].level });
		assert_int_equal(b.sink.level, cases[i].level);
		b.sink.line(b.sink.arg, RI_LOG_ERROR, "e");
		b.sink.line(b.sink.arg, RI_LOG_WARN, "w");
		b.sink.line(b.sink.arg, RI_LOG_INFO, "i");
		b.sink.line(b.sink.arg, RI_LOG_DEBUG, "d");
		end(&b, 0, "packing", 0, 0);
		check_wrote(&b, cases[i].want);
		/* The error of the program itself is not a matter of levels. */
		ri_console_error(b.console, "why");
		bench_close(&b, "ramimg: why\n");
	}
}

static void test_hostile(void **state)
{
	struct bench b;

	(void)state;
	for (int ascii = 0; ascii < 2; ascii++) {
		bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO, .ascii = ascii });
		b.sink.line(b.sink.arg, RI_LOG_INFO, "/srv/\033]0;x\a\nramimg: done");
		check_wrote(&b, "/srv/\\x1b]0;x\\x07\\nramimg: done\n");
		ri_console_error(b.console, "no \302\233 \303\274 in \r\177");
		check_wrote(&b, ascii ? "ramimg: no \\u009b \\u00fc in \\r\\x7f\n"
				      : "ramimg: no \\u009b \303\274 in \\r\\x7f\n");
		end(&b, 0, "\033[2J", 0, 0);
		bench_close(&b, "\\x1b[2J      0:00\n");
	}
}

struct crew {
	struct bench *b;
	int id;
};

static void *work(void *arg)
{
	const struct crew *c = arg;
	char text[64];

	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof text, "thread %d line %d of many", c->id, i);
		c->b->sink.line(c->b->sink.arg, RI_LOG_INFO, text);
		c->b->sink.progress(c->b->sink.arg, "packing", (uint64_t)i, 200, 0);
	}
	return NULL;
}

/** Lines of several threads come out whole, each thread's in order. */
static void test_threads(void **state)
{
	static char got[1 << 20];
	struct ri_span rest, line;
	int next[4] = { 0 };
	struct bench b;
	struct crew crew[4];
	pthread_t t[4];
	ssize_t n;

	(void)state;
	bench_open(&b, (struct ri_console_conf){ .level = RI_LOG_INFO });
	for (int i = 0; i < 4; i++) {
		crew[i] = (struct crew){ &b, i };
		assert_int_equal(pthread_create(&t[i], NULL, work, &crew[i]), 0);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	n = pread(b.fd, got, sizeof got, 0);
	assert_true(n > 0);
	rest = ri_span(got, (size_t)n);
	while (ri_span_line(&rest, &line)) {
		char text[64] = { 0 }, want[64];
		int id;

		assert_true(line.n < sizeof text);
		memcpy(text, line.p, line.n);
		if (strncmp(text, "packing ", 8) == 0)
			continue;
		assert_int_equal(sscanf(text, "thread %d", &id), 1);
		assert_true(id >= 0 && id < 4);
		snprintf(want, sizeof want, "thread %d line %d of many\n", id, next[id]++);
		assert_string_equal(text, want);
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(next[i], 200);
	ri_console_free(b.console);
	close(b.fd);
}

/** Lines that another place takes, and the first of which it does not. */
struct taker {
	bool refuses;
	struct ri_buf got;
};

static bool take(void *arg, enum ri_level level, struct ri_span text)
{
	struct taker *t = arg;

	if (t->refuses)
		return false;
	ri_buf_addf(&t->got, "%d ", (int)level);
	ri_buf_add_span(&t->got, text);
	ri_buf_add_str(&t->got, "\n");
	return true;
}

/** Each line as it is, with its level instead of a prefix; what is not taken is written as ever. */
static void test_taken(void **state)
{
	struct taker t = { 0 };
	struct bench b;

	(void)state;
	bench_open(&b,
	    (struct ri_console_conf){ .level = RI_LOG_INFO, .take = take, .take_arg = &t });
	at(&b, 0, "packing", 0, 100);
	b.sink.line(b.sink.arg, RI_LOG_WARN, "a\033b");
	b.sink.line(b.sink.arg, RI_LOG_DEBUG, "not wanted");
	at(&b, 2000, "packing", 50, 100);
	ri_console_error(b.console, " it failed\n");
	check_wrote(&b, "");
	t.refuses = true;
	b.sink.line(b.sink.arg, RI_LOG_WARN, "beware");
	bench_close(&b, "ramimg: warning: beware\n");
	check_span("taken", ri_buf_span(&t.got),
	    ri_str(
		"2 packing      ...\n1 a\\x1bb\n2 packing      50 B / 100 B   50%  25 B/s  0:02 left\n"
		"2 packing      50 B  25 B/s  0:02  stopped\n0 it failed\n"));
	ri_buf_free(&t.got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipe),
		cmocka_unit_test(test_pipe_without_total),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_live_rate),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_two_live),
		cmocka_unit_test(test_two_plain),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
