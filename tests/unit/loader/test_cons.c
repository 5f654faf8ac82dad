// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"
#include "loader/cons.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>

/** A directory with two plain consoles; what is in them is read back. */
struct fixture {
	char dir[40];
};

static void setup(struct fixture *f)
{
	char path[64];

	strcpy(f->dir, "/tmp/test_loader_cons-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/con%d", f->dir, i);
		close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	}
}

static void teardown(struct fixture *f)
{
	char path[64];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s/con%d", f->dir, i);
		unlink(path);
	}
	assert_int_equal(rmdir(f->dir), 0);
}

static const char *text_of(const struct fixture *f, int console)
{
	static char text[4096];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%s/con%d", f->dir, console);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void every_console_hears_it(void **state)
{
	struct fixture f;
	struct ri_cons c;

	(void)state;
	setup(&f);
	ri_cons_open(&c, ri_str("con0 missing con1\n"), f.dir, true);
	assert_int_equal(c.n, 2);
	ri_cons_say(&c, "file \"%s\"", "a\x1b[2J\nramimg: all is well\xc2\x9b\xff");
	ri_cons_close(&c);
	for (int i = 0; i < 2; i++)
		assert_string_equal(text_of(&f, i),
		    "ramimg: file \"a\\x1b[2J\\nramimg: all is well\\u009b\\xff\"\n");
	teardown(&f);
}

static void standard_error_where_there_is_none(void **state)
{
	struct ri_cons c;

	(void)state;
	ri_cons_open(&c, ri_str(""), "/nonexistent", true);
	assert_int_equal(c.n, 1);
	ri_cons_close(&c);
}

/* A line nobody reads takes no more than a moment, and the others hear everything. */
static void a_dead_line_holds_nothing_up(void **state)
{
	static char junk[1 << 16];
	struct fixture f;
	struct ri_cons c;
	char path[64];
	int64_t begun;
	int dead;

	(void)state;
	setup(&f);
	snprintf(path, sizeof path, "%s/con2", f.dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	dead = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	while (write(dead, junk, sizeof junk) > 0)
		;
	ri_cons_open(&c, ri_str("con2 con0"), f.dir, true);
	assert_int_equal(c.n, 2);
	begun = ri_now_ms();
	ri_cons_say(&c, "heard");
	assert_true(ri_now_ms() - begun < 5000);
	ri_cons_close(&c);
	close(dead);
	assert_string_equal(text_of(&f, 0), "ramimg: heard\n");
	teardown(&f);
}

static const struct {
	uint64_t done, total;
	int64_t ms;
	const char *text;
} progress[] = {
	{ 0, 799014912, 0, "unpacking   0%, 0 of 762 MiB, 0 MiB/s" },
	{ 399507456, 799014912, 1000, "unpacking  50%, 381 of 762 MiB, 381 MiB/s, 1 s left" },
	{ 39950745, 799014912, 500, "unpacking   4%, 38 of 762 MiB, 76 MiB/s, 10 s left" },
	{ 799014911, 799014912, 2500, "unpacking  99%, 761 of 762 MiB, 304 MiB/s, 0 s left" },
	{ 79901491, 799014912, 20000, "unpacking   9%, 76 of 762 MiB, 3 MiB/s, 3 min 0 s left" },
	{ 79901491, 799014912, 6660, "unpacking   9%, 76 of 762 MiB, 11 MiB/s, 1 min 0 s left" },
	{ 79901491, 799014912, 6600, "unpacking   9%, 76 of 762 MiB, 11 MiB/s, 59 s left" },
	/* A day and more is no guess to make. */
	{ 1, 799014912, 1000, "unpacking   0%, 0 of 762 MiB, 0 MiB/s" },
	{ 331 << 20, RI_TOTAL_UNKNOWN, 1500, "unpacking, 331 MiB, 220 MiB/s" },
	{ 799014912, 799014912, 2500, "unpacking 100%, 762 of 762 MiB, 304 MiB/s" },
	{ 0, 0, 10, "unpacking 100%, 0 of 0 MiB, 0 MiB/s" },
	{ UINT64_MAX - 1, UINT64_MAX - 1, 1,
	    "unpacking 100%, 17592186044415 of 17592186044415 MiB, "
	    "17592186044416000 MiB/s" },
	{ 1, UINT64_MAX - 1, INT64_MAX, "unpacking   0%, 0 of 17592186044415 MiB, 0 MiB/s" },
};

static void progress_texts(void **state)
{
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof progress / sizeof *progress; i++) {
		ri_progress_text(progress[i].done, progress[i].total, progress[i].ms, text,
		    sizeof text);
		assert_string_equal(text, progress[i].text);
	}
}

static void plain_consoles_get_a_line_every_tenth(void **state)
{
	struct fixture f;
	struct ri_cons c;

	(void)state;
	setup(&f);
	ri_cons_open(&c, ri_str("con0"), f.dir, false);
	for (uint64_t done = 0; done < 250; done++)
		ri_cons_progress(&c, done << 20, 1000 << 20, 5000 + 1000 * (int64_t)done);
	ri_cons_progress(&c, 999 << 20, 1000 << 20, 5000 + 249 * 1000 + 499); /* too soon */
	ri_cons_say(&c, "done");
	ri_cons_close(&c);
	assert_string_equal(text_of(&f, 0),
	    "ramimg: unpacking  10%, 100 of 1000 MiB, 1 MiB/s, 15 min 0 s left\n"
	    "ramimg: unpacking  20%, 200 of 1000 MiB, 1 MiB/s, 13 min 20 s left\n"
	    "ramimg: done\n");
	teardown(&f);
}

static void a_line_now_and_then_where_the_total_is_unknown(void **state)
{
	struct fixture f;
	struct ri_cons c;

	(void)state;
	setup(&f);
	ri_cons_open(&c, ri_str("con0"), f.dir, false);
	for (uint64_t done = 0; done < 300; done++)
		ri_cons_progress(&c, done << 20, RI_TOTAL_UNKNOWN, 1 + 1000 * (int64_t)done);
	ri_cons_close(&c);
	assert_string_equal(text_of(&f, 0), "ramimg: unpacking, 128 MiB, 1 MiB/s\n"
					    "ramimg: unpacking, 256 MiB, 1 MiB/s\n");
	teardown(&f);
}

static void quiet_means_quiet(void **state)
{
	struct fixture f;
	struct ri_cons c;

	(void)state;
	setup(&f);
	ri_cons_open(&c, ri_str("con0"), f.dir, true);
	ri_cons_progress(&c, 0, 100, 1);
	ri_cons_progress(&c, 99, 100, 10000);
	ri_cons_say(&c, "done");
	ri_cons_close(&c);
	assert_string_equal(text_of(&f, 0), "ramimg: done\n");
	teardown(&f);
}

/** Read what reached the terminal's other end, until @end; the kernel hands it over in its own time. */
static void read_until(int master, const char *end, char *out, size_t size)
{
	struct pollfd in = { .fd = master, .events = POLLIN };
	size_t n = 0;
	ssize_t got;

	memset(out, 0, size);
	while (!strstr(out, end)) {
		assert_int_equal(poll(&in, 1, 10000), 1);
		got = read(master, out + n, size - 1 - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
}

/** A terminal that changes nothing on the way, and a console on it. */
struct terminal {
	int master, slave;
	struct ri_cons c;
};

static void open_terminal(struct terminal *t)
{
	struct termios raw;
	char name[32];

	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->master >= 0 && grantpt(t->master) == 0 && unlockpt(t->master) == 0);
	assert_int_equal(ptsname_r(t->master, name, sizeof name), 0);
	t->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_int_equal(tcgetattr(t->slave, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(t->slave, TCSANOW, &raw), 0);
	ri_cons_open(&t->c, ri_str(strrchr(name, '/') + 1), "/dev/pts", false);
}

static void close_terminal(struct terminal *t)
{
	ri_cons_close(&t->c);
	close(t->slave);
	close(t->master);
}

/* On a terminal one line is written over, and the next one begins below it. */
static void terminals_get_a_live_line(void **state)
{
	struct terminal t;
	char got[512];

	(void)state;
	open_terminal(&t);
	ri_cons_progress(&t.c, 0, 3 << 20, 1);
	ri_cons_progress(&t.c, 1 << 20, 3 << 20, 1001);
	ri_cons_progress(&t.c, 2 << 20, 3 << 20, 2001);
	ri_cons_say(&t.c, "done");
	read_until(t.master, "done\n", got, sizeof got);
	assert_string_equal(got, "\rramimg: unpacking  33%, 1 of 3 MiB, 1 MiB/s, 2 s left"
				 "\rramimg: unpacking  66%, 2 of 3 MiB, 1 MiB/s, 1 s left"
				 "\nramimg: done\n");
	close_terminal(&t);
}

static size_t count(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

/* However often the reader tells how far it is: here every millisecond, for three seconds. */
static void never_more_than_ten_updates_a_second(void **state)
{
	struct terminal t;
	char got[1024];

	(void)state;
	open_terminal(&t);
	for (int second = 0; second < 3; second++) {
		for (int ms = 0; ms < 1000; ms++)
			ri_cons_progress(&t.c, 1000 * (uint64_t)second + (uint64_t)ms, 10000,
			    1 + 1000 * second + ms);
		ri_cons_say(&t.c, "a second");
		read_until(t.master, "second\n", got, sizeof got);
		assert_in_range(count(got, '\r'), 1, 10);
	}
	close_terminal(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_console_hears_it),
		cmocka_unit_test(standard_error_where_there_is_none),
		cmocka_unit_test(a_dead_line_holds_nothing_up),
		cmocka_unit_test(progress_texts),
		cmocka_unit_test(plain_consoles_get_a_line_every_tenth),
		cmocka_unit_test(a_line_now_and_then_where_the_total_is_unknown),
		cmocka_unit_test(quiet_means_quiet),
		cmocka_unit_test(terminals_get_a_live_line),
		cmocka_unit_test(never_more_than_ten_updates_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
