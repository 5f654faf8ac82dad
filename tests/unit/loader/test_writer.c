// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Files that a second thread writes: each whole, the first failure reported, nothing left open. */
#include "unit/check.h"
#include "loader/writer.h"

#include "unit/run.h"
#include "unit/tmpdir.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

enum { FILES = 200 };

static const char *name_of(size_t i)
{
	static char name[16];

	snprintf(name, sizeof name, "file-%zu", i);
	return name;
}

/** A place for one file more of @n bytes: with the writer busy, once it has done one. */
static struct ri_writer_file *room(struct ri_writer *w, size_t n)
{
	struct ri_writer_file *f = ri_writer_room(w, n);

	for (int i = 0; !f && i < 1000000; i++) {
		sched_yield();
		f = ri_writer_room(w, n);
	}
	assert_non_null(f);
	return f;
}

/** Hand over the file number @i, with as many bytes, and a hole behind every third; opened by @flags. */
static void put(struct ri_writer *w, size_t i, int flags)
{
	struct ri_writer_file *f = room(w, i);

	f->fd = open(tmp_path(name_of(i)), flags | O_CREAT | O_CLOEXEC, 0600);
	assert_true(f->fd >= 0);
	f->made = 0600;
	f->meta.mode = i % 2 ? 0600 : 0444;
	f->meta.times[0].tv_nsec = UTIME_OMIT;
	f->meta.times[1].tv_sec = (time_t)(1000 + i);
	f->content_n = i;
	f->size = (int64_t)(i % 3 ? i : i + 5000);
	memset(f->content, 'a' + (int)(i % 26), i);
	snprintf(f->name, sizeof f->name, "%s", name_of(i));
	ri_writer_put(w);
}

static void check_file(size_t i)
{
	RI_BUF got = { 0 }, want = { 0 };
	static const char zeros[5000];
	struct stat st;

	slurp(tmp_path(name_of(i)), &got);
	for (size_t k = 0; k < i; k++)
		ri_buf_add(&want, &(char){ (char)('a' + (int)(i % 26)) }, 1);
	if (i % 3 == 0)
		ri_buf_add(&want, zeros, sizeof zeros);
	check_span(name_of(i), ri_buf_span(&got), ri_buf_span(&want));
	assert_int_equal(stat(tmp_path(name_of(i)), &st), 0);
	assert_int_equal(st.st_mode & 07777, i % 2 ? 0600 : 0444);
	assert_int_equal(st.st_mtime, 1000 + i);
}

static void writes_more_files_than_it_holds(void **state)
{
	RI_ON_EXIT(ri_writer_close) struct ri_writer *w = NULL;
	struct ri_loss loss = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_writer_open(2, &w, &e), &e);
	for (size_t round = 0; round < 2; round++) {
		/* Fewer than it would wake for, too. */
		for (size_t i = round * FILES; i < FILES + 3 * round; i++)
			put(w, i, O_WRONLY);
		check_ok("finish", ri_writer_finish(w, &loss, &e), &e);
	}
	for (size_t i = 0; i < FILES + 3; i++)
		check_file(i);
}

/* Sizes up to the largest, which go round its memory several times and never fill its end: each comes out as it went in. */
static void contents_do_not_mix(void **state)
{
	static const size_t sizes[] = { RI_WRITER_CONTENT, 1, RI_WRITER_CONTENT - 1, 300001, 0,
		700000, RI_WRITER_CONTENT, 12345 };
	enum { SIZES = sizeof sizes / sizeof *sizes, ROUNDS = 5 };
	RI_ON_EXIT(ri_writer_close) struct ri_writer *w = NULL;
	struct ri_loss loss = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_writer_open(2, &w, &e), &e);
	assert_null(ri_writer_room(w, RI_WRITER_CONTENT + 1));
	assert_null(ri_writer_room(w, SIZE_MAX));
	for (size_t i = 0; i < SIZES * ROUNDS; i++) {
		struct ri_writer_file *f = room(w, sizes[i % SIZES]);

		f->fd = open(tmp_path(name_of(i)), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(f->fd >= 0);
		f->made = f->meta.mode = 0600;
		f->content_n = sizes[i % SIZES];
		f->size = (int64_t)f->content_n;
		memset(f->content, 'a' + (int)(i % 26), f->content_n);
		ri_writer_put(w);
	}
	check_ok("finish", ri_writer_finish(w, &loss, &e), &e);
	for (size_t i = 0; i < SIZES * ROUNDS; i++) {
		RI_BUF got = { 0 };

		slurp(tmp_path(name_of(i)), &got);
		assert_int_equal(got.n, sizes[i % SIZES]);
		for (size_t k = 0; k < got.n; k++)
			if (got.p[k] != 'a' + (char)(i % 26))
				fail_msg("file %zu, byte %zu", i, k);
	}
}

static void one_cpu_gets_no_second_thread(void **state)
{
	RI_ON_EXIT(ri_writer_close) struct ri_writer *w = NULL;
	struct ri_loss loss = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("open", ri_writer_open(1, &w, &e), &e);
	assert_null(ri_writer_room(w, 0));
	check_ok("finish", ri_writer_finish(w, &loss, &e), &e);
}

static void the_first_failure_is_reported(void **state)
{
	RI_ON_EXIT(ri_writer_close) struct ri_writer *w = NULL;
	struct ri_loss loss = { 0 };
	struct ri_err e = { 0 };
	struct stat st;

	(void)state;
	check_ok("open", ri_writer_open(2, &w, &e), &e);
	for (size_t i = 1; i < 10; i++)
		put(w, i, i == 4 || i == 6 ? O_RDONLY : O_WRONLY);
	check_err("finish", ri_writer_finish(w, &loss, &e), &e, RI_E_IO,
	    "file-4: writing: Bad file descriptor");
	assert_true(ri_writer_failed(w));
	for (size_t i = 1; i < 4; i++)
		check_file(i);
	for (size_t i = 4; i < 10; i++) {
		assert_int_equal(stat(tmp_path(name_of(i)), &st), 0);
		assert_int_equal(st.st_size, 0);
	}
}

/* Whatever it has still to do. */
static void closing_leaves_nothing_open(void **state)
{
	size_t before = tmp_count("/proc/self/fd");
	struct ri_err e = { 0 };

	(void)state;
	for (size_t n = 0; n < 12; n++) {
		struct ri_writer *w = NULL;

		check_ok("open", ri_writer_open(2, &w, &e), &e);
		for (size_t i = 0; i < n; i++)
			put(w, i, O_WRONLY);
		ri_writer_close(&w);
		assert_null(w);
		assert_int_equal(tmp_count("/proc/self/fd"), before);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_more_files_than_it_holds, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(contents_do_not_mix, tmp_set_up, tmp_tear_down),
		cmocka_unit_test_setup_teardown(one_cpu_gets_no_second_thread, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(the_first_failure_is_reported, tmp_set_up,
		    tmp_tear_down),
		cmocka_unit_test_setup_teardown(closing_leaves_nothing_open, tmp_set_up,
		    tmp_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
