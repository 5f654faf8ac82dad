// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a commit writes down: the record, the list of blocks, the map of the overlay, the sample. */
#include "unit/check.h"

#include "commit/blocks.h"
#include "commit/ranges.h"
#include "commit/record.h"
#include "commit/sample.h"

#include <errno.h>

static struct ri_volume volume = { .id = "file:/srv/a.raw",
	.format = "raw",
	.target = "a.raw",
	.size = 4096 };

static struct ri_commit_record a_record(void)
{
	struct ri_commit_record r = { .blocks = 7, .changed = 3, .undo = true };

	memset(r.blocks_sha256, 'a', RI_SHA256_HEX);
	return r;
}

static void test_record(void **state)
{
	const struct ri_commit_record r = a_record();
	struct ri_commit_record back;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	check_ok("text", ri_commit_record_text(&volume, &r, &text, &e), &e);
	check_ok("parse", ri_commit_record_parse(ri_buf_span(&text), &volume, &back, &e), &e);
	assert_int_equal(back.blocks, 7);
	assert_int_equal(back.changed, 3);
	assert_true(back.undo);
	assert_string_equal(back.blocks_sha256, r.blocks_sha256);
}

/* Whatever is cut off or changed, it is no other record. */
static void test_record_damaged(void **state)
{
	const struct ri_commit_record r = a_record();
	struct ri_commit_record back;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	check_ok("text", ri_commit_record_text(&volume, &r, &text, &e), &e);
	/* Without its last LF it is whole. */
	for (size_t n = 0; n + 1 < text.n; n++) {
		assert_int_equal(ri_commit_record_parse(ri_span(text.p, n), &volume, &back, &e),
		    -1);
		assert_int_equal(e.code, RI_E_COMMIT);
	}
	ri_buf_add_str(&text, "more=1\n");
	assert_int_equal(ri_commit_record_parse(ri_buf_span(&text), &volume, &back, &e), -1);
}

/* Numbers that are none, and that contradict each other. */
static void test_record_of_wrong_numbers(void **state)
{
	static const struct {
		const char *blocks, *changed, *undo;
	} cases[] = {
		{ "1:", "1", "0" },
		{ "1/", "1", "0" },
		{ "", "1", "0" },
		{ "1234567890123456789", "1", "0" },
		{ "1", "2", "0" },
		{ "1", "1", "2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ri_commit_record back;
		struct ri_err e = { 0 };
		RI_BUF text = { 0 };

		ri_buf_addf(&text,
		    "ramimg commit 2\nvolume=%s\nformat=raw\nsize=4096\nblocks=%s\nchanged=%s\n"
		    "sha256=%064d\nundo=%s\n",
		    volume.id, cases[i].blocks, cases[i].changed, 0, cases[i].undo);
		assert_false(text.oom);
		check_err(cases[i].blocks,
		    ri_commit_record_parse(ri_buf_span(&text), &volume, &back, &e), &e, RI_E_COMMIT,
		    "it is damaged");
	}
}

static void test_record_of_another(void **state)
{
	struct ri_volume others[] = { volume, volume, volume };
	const struct ri_commit_record r = a_record();
	struct ri_commit_record back;
	struct ri_err e = { 0 };
	RI_BUF text = { 0 };

	(void)state;
	others[0].id = "file:/srv/b.raw";
	others[1].format = "qcow2";
	others[2].size = 8192;
	check_ok("text", ri_commit_record_text(&volume, &r, &text, &e), &e);
	for (size_t i = 0; i < 3; i++) {
		int rc = ri_commit_record_parse(ri_buf_span(&text), &others[i], &back, &e);

		check_err("another", rc, &e, RI_E_COMMIT,
		    "it is of a volume of another name, format or size than a.raw");
	}
}

static void test_blocks(void **state)
{
	struct ri_block a = { .at = 0, .was = { 1 }, .will = { 2 } };
	struct ri_block b = { .at = 8192, .was = { 3 }, .will = { 3 } }, got, last;
	struct ri_err e = { 0 };
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	check_ok("a", ri_blocks_put(f, &a, &e), &e);
	check_ok("b", ri_blocks_put(f, &b, &e), &e);
	rewind(f);
	assert_int_equal(ri_blocks_next(f, NULL, 8200, &got, &e), 1);
	assert_memory_equal(&got, &a, sizeof a);
	assert_true(ri_block_changes(&got));
	last = got;
	assert_int_equal(ri_blocks_next(f, &last, 8200, &got, &e), 1);
	assert_memory_equal(&got, &b, sizeof b);
	assert_false(ri_block_changes(&got));
	assert_int_equal(ri_block_length(got.at, 8200), 8);
	last = got;
	assert_int_equal(ri_blocks_next(f, &last, 8200, &got, &e), 0);
	rewind(f);
	/* Behind the end of the disk, behind itself, and cut off. */
	assert_int_equal(ri_blocks_next(f, &last, 8200, &got, &e), -1);
	assert_int_equal(ri_blocks_next(f, NULL, 8192, &got, &e), -1);
	assert_int_equal(fseek(f, RI_BLOCKS_ENTRY + 1, SEEK_SET), 0);
	assert_int_equal(ri_blocks_next(f, NULL, 8200, &got, &e), -1);
	fclose(f);
}

/* A full disk, and a file that cannot be read. */
static void test_blocks_that_cannot_be_kept(void **state)
{
	struct ri_block b = { .at = 0 };
	struct ri_err e = { 0 };
	FILE *f = fopen("/dev/full", "r+");

	(void)state;
	assert_non_null(f);
	assert_int_equal(setvbuf(f, NULL, _IONBF, 0), 0);
	assert_int_equal(ri_blocks_put(f, &b, &e), -1);
	assert_int_equal(e.sys, ENOSPC);
	fclose(f);
	f = fopen("/dev/full", "w");
	assert_non_null(f);
	assert_int_equal(ri_blocks_next(f, NULL, 8192, &b, &e), -1);
	assert_int_equal(e.code, RI_E_IO);
	assert_int_equal(e.sys, EBADF);
	fclose(f);
	f = tmpfile();
	assert_non_null(f);
	b.at = 1; /* not a block's beginning */
	check_ok("put", ri_blocks_put(f, &b, &(struct ri_err){ 0 }), &(struct ri_err){ 0 });
	rewind(f);
	assert_int_equal(ri_blocks_next(f, NULL, 8192, &b, &e), -1);
	assert_non_null(strstr(e.msg, "the list of blocks is damaged"));
	fclose(f);
}

static void test_ranges(void **state)
{
	static const char map[] =
	    "[{\"start\": 0, \"length\": 4096, \"depth\": 0, \"data\": true},"
	    "{\"start\": 4096, \"length\": 4096, \"depth\": 0, \"zero\": true},"
	    "{\"start\": 8192, \"length\": 4096, \"depth\": 1},"
	    "{\"start\": 12288, \"length\": 4096, \"depth\": 0}]";
	RI_ON_EXIT(ri_ranges_free) struct ri_ranges r = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_ok("map", ri_ranges_parse(ri_str(map), 16384, &r, &e), &e);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.v[0].at, 0);
	assert_int_equal(r.v[0].bytes, 8192); /* what is adjacent is one */
	assert_int_equal(r.v[1].at, 12288);
	assert_int_equal(r.v[1].bytes, 4096);
}

static void test_ranges_that_are_no_map(void **state)
{
	static const char *const maps[] = { "", "{}", "[]", "[1]",
		"[{\"start\": 0, \"length\": 4096}]",               /* no depth */
		"[{\"start\": 0, \"length\": 8192, \"depth\": 0}]", /* too long */
		"[{\"start\": 0, \"length\": 0, \"depth\": 0}]",    /* empty */
		"[{\"start\": 1, \"length\": 4095, \"depth\": 0}]", /* a gap */
		"[{\"start\": 0, \"length\": 4095, \"depth\": 0}]", /* too short */
		"[{\"start\": 0, \"length\": 9223372036854775807, \"depth\": 0}]" };

	(void)state;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		struct ri_ranges r = { 0 };
		struct ri_err e = { 0 };
		int rc = ri_ranges_parse(ri_str(maps[i]), 4096, &r, &e);

		check_err(maps[i], rc, &e, RI_E_IO,
		    "qemu-img map said something that is not a map of the disk");
		assert_null(r.v);
	}
}

static void test_sample(void **state)
{
	static const uint64_t sizes[] = { 1, 4096, 4097, 600 * 4096, 600 * 4096 + 1, 700 * 4096,
		(uint64_t)1 << 30, (uint64_t)1 << 45, UINT64_MAX };
	uint64_t v[RI_SAMPLE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		size_t n = ri_sample(sizes[i], v);

		assert_in_range(n, 1, RI_SAMPLE_MAX);
		assert_int_equal(v[0], 0);
		for (size_t k = 1; k < n; k++)
			assert_true(v[k] > v[k - 1] && v[k] % RI_BLOCK == 0);
		assert_true(v[n - 1] < sizes[i]);
		assert_true(sizes[i] - v[n - 1] <= RI_BLOCK); /* the end is in it */
	}
	assert_int_equal(ri_sample(4097, v), 2);
	assert_int_equal(ri_sample(1 << 30, v), RI_SAMPLE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_damaged),
		cmocka_unit_test(test_record_of_wrong_numbers),
		cmocka_unit_test(test_record_of_another),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_blocks_that_cannot_be_kept),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_ranges_that_are_no_map),
		cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
