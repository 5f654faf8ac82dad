// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/direct_fake.h"
#include "unit/tmpdir.h"

#include <poll.h>
#include <sys/stat.h>

/*
 * The client against readers that die, hang and lie.
 */

static void pause_ms(int ms)
{
	poll(NULL, 0, ms);
}

static void say(const char *text)
{
	if (write(2, text, strlen(text)) < 0)
		_exit(99);
}

static void crash(int fd)
{
	(void)fd;
	say("first line\nlast \033line\n");
	raise(SIGUSR1);
}

static void leave(int fd)
{
	(void)fd;
	_exit(5);
}

static void leave_within_a_frame(int fd)
{
	RI_BUF b = { 0 };

	ri_wire_put_head(&b, RI_WIRE_DONE, 100);
	if (write(fd, b.p, b.n) < 0)
		_exit(99);
	_exit(0);
}

static void hang(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

/* It closes the socket and lives on: nothing more can come of it. */
static void hang_up(int fd)
{
	close(fd);
	close(2);
	for (;;)
		pause();
}

static void say_endless_frame(int fd)
{
	RI_BUF b = { 0 };

	ri_wire_put_head(&b, RI_WIRE_DONE, UINT32_MAX);
	if (write(fd, b.p, b.n) < 0)
		_exit(99);
	pause();
}

static void say_unknown_kind(int fd)
{
	send_frame(fd, 4711, LIT("x"));
	pause();
}

static void say_data(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("12345678x"));
	pause();
}

static void say_nothing_done(int fd)
{
	send_frame(fd, RI_WIRE_DONE, LIT(""));
	pause();
}

static void say_unsupported(int fd)
{
	struct ri_err e = { .code = RI_E_UNSUPPORTED, .msg = "a journal to be replayed" };
	RI_BUF b = { 0 };

	ri_wire_put_error(&b, &e);
	send_frame(fd, RI_WIRE_ERROR, ri_buf_span(&b));
	send_frame(fd, RI_WIRE_DONE, LIT("\0\0\0\0"));
	pause();
}

/* Longer at work than a silence may be. */
static void beat(int fd)
{
	for (int i = 0; i < 8; i++) {
		send_frame(fd, RI_WIRE_BEAT, LIT(""));
		pause_ms(WAIT_MS / 4);
	}
	send_frame(fd, RI_WIRE_DONE, LIT("\0\0\0\0"));
	pause();
}

static void test_answers(void **state)
{
	static const struct {
		const char *name;
		void (*fn)(int fd);
		enum ri_code code; /* RI_OK: answers that nothing is there */
		const char *msg;
		bool goes_on;
	} rows[] = {
		{ "crash", crash, RI_E_IO,
		    "the direct reader ended by signal 10 (User defined signal 1): last ?line",
		    false },
		{ "leave", leave, RI_E_IO, "the direct reader ended with status 5", false },
		{ "frame", leave_within_a_frame, RI_E_IO, "the direct reader ended with status 0",
		    false },
		{ "hang", hang, RI_E_IO, "the direct reader said nothing for 1 s", false },
		{ "hang up", hang_up, RI_E_IO, "the direct reader hung up", false },
		{ "endless", say_endless_frame, RI_E_IO, "the direct reader breaks the protocol",
		    false },
		{ "unknown", say_unknown_kind, RI_E_IO, "the direct reader breaks the protocol",
		    false },
		{ "data", say_data, RI_E_IO, "the direct reader breaks the protocol", false },
		{ "nothing", say_nothing_done, RI_E_IO, "the direct reader breaks the protocol",
		    false },
		{ "unsupported", say_unsupported, RI_E_UNSUPPORTED, "a journal to be replayed",
		    true },
		{ "beat", beat, RI_OK, "", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		struct ri_err e = { 0 };
		enum ri_kind kind = RI_KIND_FILE;
		int rc;

		new_reader(rows[i].fn, &g);
		rc = g->ops->kind(g, "/x", &kind, &e);
		if (rows[i].code == RI_OK) {
			check_ok(rows[i].name, rc, &e);
			assert_int_equal(kind, RI_KIND_NONE);
		} else {
			check_err(rows[i].name, rc, &e, rows[i].code, rows[i].msg);
		}
		if (!rows[i].goes_on)
			check_err(rows[i].name, g->ops->kind(g, "/x", &kind, &e), &e, RI_E_IO,
			    "the direct reader cannot be asked any more");
	}
}

static void lie_sum(int fd)
{
	RI_BUF b = { 0 };

	ri_wire_put_str(&b, ri_str("ABCDEF"));
	send_frame(fd, RI_WIRE_DONE, ri_buf_span(&b));
	pause();
}

static void test_sum(void **state)
{
	RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
	char hex[RI_SHA256_HEX + 1];
	struct ri_err e = { 0 };

	(void)state;
	new_reader(lie_sum, &g);
	check_err("sum", g->ops->sha256(g, "/x", hex, &e), &e, RI_E_IO,
	    "the direct reader breaks the protocol");
}

static void lie_names(int fd)
{
	RI_BUF b = { 0 };

	ri_wire_put_u64(&b, 1);
	ri_wire_put_str(&b, ri_str("../../etc/passwd"));
	send_frame(fd, RI_WIRE_ITEMS, ri_buf_span(&b));
	send_frame(fd, RI_WIRE_DONE, LIT(""));
	pause();
}

static void cut_names(int fd)
{
	send_frame(fd, RI_WIRE_ITEMS, LIT("12345678\377\377\377\377x"));
	pause();
}

static void test_names(void **state)
{
	void (*const readers[])(int fd) = { lie_names, cut_names };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		RI_FREE uint64_t *sizes = NULL;
		struct ri_err e = { 0 };
		RI_STRV names = { 0 };

		new_reader(readers[i], &g);
		check_err("names", g->ops->list(g, "/x", &names, &sizes, &e), &e, RI_E_IO,
		    i == 0 ? "the direct reader breaks the protocol"
			   : "the direct reader sends a damaged list");
	}
}

static void give_too_much(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\0\0\0\0\0\0\0\0abcdefgh"));
	pause();
}

static void give_holes(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\2\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DONE, LIT("\6\0\0\0\0\0\0\0"));
	pause();
}

static void give_backwards(int fd)
{
	send_frame(fd, RI_WIRE_DATA, LIT("\2\0\0\0\0\0\0\0ab"));
	send_frame(fd, RI_WIRE_DATA, LIT("\1\0\0\0\0\0\0\0ab"));
	pause();
}

static void test_read(void **state)
{
	static const struct {
		void (*fn)(int fd);
		bool good;
	} rows[] = { { give_too_much, false }, { give_backwards, false }, { give_holes, true } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		struct ri_err e = { 0 };
		RI_BUF b = { 0 };
		int rc;

		new_reader(rows[i].fn, &g);
		ri_buf_add_str(&b, "before");
		rc = g->ops->read(g, "/x", 7, &b, &e);
		if (rows[i].good) {
			check_ok("read", rc, &e);
			check_span("read", ri_buf_span(&b), LIT("before\0\0ab\0\0"));
		} else {
			check_err("read", rc, &e, RI_E_IO,
			    "the direct reader sends more than it was asked for");
		}
	}
}

/* Neither is more saved than may come, nor is a longer file believed. */
static void test_download(void **state)
{
	static const struct {
		uint64_t max;
		const char *want; /* NULL: it is saved */
	} rows[] = {
		{ 3, "the direct reader sends more than it was asked for" },
		{ 5, "the direct reader breaks the protocol" },
		{ 6, NULL },
		{ UINT64_MAX, NULL },
	};
	struct stat st;

	assert_int_equal(tmp_set_up(state), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_ON_EXIT(ri_guest_closep) struct ri_guest *g = NULL;
		struct ri_err e = { 0 };
		int rc;

		new_reader(give_holes, &g);
		rc = g->ops->download(g, "/x", rows[i].max, tmp_path("x"), &e);
		if (rows[i].want ? rc != -1 || e.code != RI_E_IO || !strstr(e.msg, rows[i].want)
				 : rc != 0)
			fail_msg("%zu: returned %d, said [%s]", i, rc, e.msg);
		assert_int_equal(stat(tmp_path("x"), &st), 0);
		assert_in_range(st.st_size, 0, 6);
	}
	assert_int_equal(tmp_tear_down(state), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_download),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
