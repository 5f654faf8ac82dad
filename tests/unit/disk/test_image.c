// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* A disk as bytes: what is read from it, and from pieces of it one behind the other. */
#include "unit/check.h"
#include "unit/tmpdir.h"

#include "disk/image.h"

#include <fcntl.h>

#define SIZE 4096u

static struct ri_image *disk;
static int disk_fd;

static char byte_at(uint64_t at)
{
	return (char)(at * 7 + at / 256);
}

static int set_up(void **state)
{
	char all[SIZE];
	struct ri_err e = { 0 };

	if (tmp_set_up(state) < 0)
		return -1;
	for (size_t i = 0; i < SIZE; i++)
		all[i] = byte_at(i);
	disk_fd = open(tmp_path("disk"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(disk_fd, all, SIZE), SIZE);
	check_ok("image", ri_image_fd(disk_fd, SIZE, &disk, &e), &e);
	return 0;
}

static int tear_down(void **state)
{
	ri_image_freep(&disk);
	close(disk_fd);
	return tmp_tear_down(state);
}

static void test_reads(void **state)
{
	static const struct {
		uint64_t at;
		size_t n;
	} cases[] = { { 0, 0 }, { 0, 1 }, { 17, 100 }, { SIZE - 1, 1 }, { SIZE, 0 }, { 0, SIZE } };
	char got[SIZE];

	(void)state;
	assert_int_equal(disk->size, SIZE);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ri_err e = { 0 };

		check_ok("read", disk->read(disk, cases[i].at, got, cases[i].n, &e), &e);
		for (size_t k = 0; k < cases[i].n; k++)
			assert_int_equal(got[k], byte_at(cases[i].at + k));
	}
}

static void test_beyond_the_end(void **state)
{
	static const struct {
		uint64_t at;
		size_t n;
		const char *msg;
	} cases[] = {
		{ SIZE, 1, "1 bytes at 4096 lie beyond the end of the disk" },
		{ 4000, 97, "97 bytes at 4000 lie beyond the end of the disk" },
		{ UINT64_MAX, 2, "2 bytes at 18446744073709551615 lie beyond the end of the disk" },
		{ 1, SIZE_MAX, "18446744073709551615 bytes at 1 lie beyond the end of the disk" },
	};
	struct ri_extent all = { 0, SIZE };
	RI_ON_EXIT(ri_image_freep) struct ri_image *pieces = NULL;
	struct ri_err e = { 0 };
	char got[128];

	(void)state;
	check_ok("pieces", ri_image_pieces(disk, &all, 1, &pieces, &e), &e);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		e = (struct ri_err){ 0 };
		check_err("fd", disk->read(disk, cases[i].at, got, cases[i].n, &e), &e, RI_E_IO,
		    cases[i].msg);
		e = (struct ri_err){ 0 };
		check_err("pieces", pieces->read(pieces, cases[i].at, got, cases[i].n, &e), &e,
		    RI_E_IO, cases[i].msg);
	}
}

/* A file that became shorter than it was said to be. */
static void test_a_disk_cut_short(void **state)
{
	struct ri_err e = { 0 };
	char got[100];

	(void)state;
	assert_int_equal(ftruncate(disk_fd, 50), 0);
	check_err("short", disk->read(disk, 0, got, sizeof got, &e), &e, RI_E_IO,
	    "reading the disk at 50: Input/output error");
}

static void test_pieces(void **state)
{
	/* Out of order, one twice, one empty. */
	static const struct ri_extent v[] = { { 1000, 10 }, { 0, 5 }, { 2000, 0 }, { 1000, 3 },
		{ SIZE - 2, 2 } };
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL;
	char want[20], got[20];
	size_t n = 0;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t k = 0; k < 5; k++)
		for (uint64_t at = 0; at < v[k].bytes; at++)
			want[n++] = byte_at(v[k].at + at);
	check_ok("pieces", ri_image_pieces(disk, v, 5, &i, &e), &e);
	assert_int_equal(n, 20);
	assert_int_equal(i->size, 20);
	for (size_t at = 0; at <= n; at++)
		for (size_t len = 0; len <= n - at; len++) {
			check_ok("read", i->read(i, at, got, len, &e), &e);
			check_span("pieces", ri_span(got, len), ri_span(want + at, len));
		}
}

static void test_pieces_that_cannot_be(void **state)
{
	static const struct {
		struct ri_extent v[2];
		const char *msg;
	} cases[] = {
		{ { { 0, 1 }, { SIZE, 1 } },
		    "it reaches beyond the end of the disk: 1 bytes at 4096" },
		{ { { 0, SIZE + 1 }, { 0, 1 } },
		    "it reaches beyond the end of the disk: 4097 bytes at 0" },
		{ { { 0, 1 }, { 2, UINT64_MAX } },
		    "it reaches beyond the end of the disk: 18446744073709551615 bytes at 2" },
		{ { { 0, 1 }, { UINT64_MAX, 1 } },
		    "it reaches beyond the end of the disk: 1 bytes at 18446744073709551615" },
	};
	/* A disk so large that two of its pieces are more than a size can say. */
	static const struct ri_extent huge[] = { { 0, UINT64_MAX }, { 0, 1 } };
	RI_ON_EXIT(ri_image_freep) struct ri_image *i = NULL, *large = NULL;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
		e = (struct ri_err){ 0 };
		check_err("pieces", ri_image_pieces(disk, cases[k].v, 2, &i, &e), &e, RI_E_GUEST,
		    cases[k].msg);
	}
	e = (struct ri_err){ 0 };
	check_ok("large", ri_image_fd(disk_fd, UINT64_MAX, &large, &e), &e);
	check_err("sum", ri_image_pieces(large, huge, 2, &i, &e), &e, RI_E_GUEST,
	    "it reaches beyond the end of the disk: 1 bytes at 0");
	assert_null(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reads, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_beyond_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_disk_cut_short, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pieces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pieces_that_cannot_be, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
