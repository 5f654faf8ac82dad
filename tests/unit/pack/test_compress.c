// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/check.h"

#include "host/sha256.h"
#include "pack/compress.h"
#include "unit/run.h"
#include "unit/tmpdir.h"

#include <isa-l/igzip_lib.h>
#include <xxhash.h>

#define PIECE RI_COMP_PIECE

/* Bytes that compress badly, well, or fully. */
enum fill { NOISE, TEXT, ZEROS };

static void fill(struct ri_buf *b, size_t n, enum fill how)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < n; i++) {
		char c = 0;

		x = x * 1664525 + 1013904223;
		if (how == NOISE)
			c = (char)(x >> 24);
		else if (how == TEXT)
			c = "the quick brown fox\n"[x >> 16 & 15];
		ri_buf_add(b, &c, 1);
	}
	assert_false(b->oom);
}

static const struct kind {
	const char *name;
	enum ri_compression kind;
	int level_min, level_max, level;
	size_t saves; /* of 1 MiB of TEXT, at least, at any level */
	const char *test[3], *unpack[3];
} kinds[] = {
	{ "gzip", RI_GZIP, 0, 3, 2, PIECE / 4, { "gzip", "-t", NULL }, { "gzip", "-dc", NULL } },
	{ "zstd", RI_ZSTD, 1, 19, 3, PIECE / 4, { "zstd", "-tq", NULL }, { "zstd", "-dcq", NULL } },
	/* It leaves out what comes again, and codes nothing in fewer bits. */
	{ "lz4", RI_LZ4, 1, 12, 3, PIECE / 128, { "lz4", "-tq", NULL }, { "lz4", "-dcq", NULL } },
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* Compress @in, given in steps of @step bytes, into the file @path. */
static void compress(const struct kind *k, int level, unsigned threads, struct ri_span in,
    size_t step, const char *path, struct ri_compress_result *r)
{
	RI_FD int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;
	struct ri_err e = { 0 };

	assert_true(fd >= 0);
	check_ok("new", ri_compress_new(k->kind, level, threads, fd, &c, &e), &e);
	for (size_t at = 0; at < in.n; at += step) {
		size_t n = in.n - at < step ? in.n - at : step;

		check_ok("write", ri_compress_write(c, in.p + at, n, &e), &e);
	}
	assert_int_equal(ri_compress_in_bytes(c), in.n);
	check_ok("finish", ri_compress_finish(c, r, &e), &e);
}

/* What comes out is read by the stock program, and told truly. */
static void check_unpacks(const struct kind *k, struct ri_span in, const char *path,
    const struct ri_compress_result *r)
{
	char hex[RI_SHA256_HEX + 1];
	RI_BUF got = { 0 };
	struct ri_err e = { 0 };
	uint64_t bytes;

	run_ok(NULL, path, NULL, k->test);
	run_ok(NULL, path, tmp_path("unpacked"), k->unpack);
	slurp(tmp_path("unpacked"), &got);
	assert_true(ri_span_eq(ri_buf_span(&got), in));
	check_ok("sha256", ri_sha256_file(path, hex, &bytes, &e), &e);
	assert_string_equal(r->sha256, hex);
	assert_int_equal(r->out_bytes, bytes);
	assert_int_equal(r->in_bytes, in.n);
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = { 1, 511, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 300000 };

	(void)state;
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
		for (enum fill how = NOISE; how <= ZEROS; how++) {
			RI_BUF in = { 0 };

			fill(&in, sizes[s], how);
			for (size_t k = 0; k < KINDS; k++) {
				struct ri_compress_result r;
				const char *path = tmp_path("out");

				compress(&kinds[k], kinds[k].level, 2, ri_buf_span(&in), 100000,
				    path, &r);
				check_unpacks(&kinds[k], ri_buf_span(&in), path, &r);
			}
		}
}

static void test_levels(void **state)
{
	RI_BUF in = { 0 };

	(void)state;
	fill(&in, PIECE + 1, TEXT);
	fill(&in, PIECE / 2, NOISE);
	for (size_t k = 0; k < KINDS; k++)
		for (int level = kinds[k].level_min; level <= kinds[k].level_max;
		     level += level < 3 ? 1 : 8) {
			struct ri_compress_result r;
			const char *path = tmp_path("out");

			compress(&kinds[k], level, 2, ri_buf_span(&in), in.n, path, &r);
			check_unpacks(&kinds[k], ri_buf_span(&in), path, &r);
			/* Of 1 MiB of text, where four bits in eight say something. */
			assert_true(r.out_bytes < in.n - kinds[k].saves);
		}
}

/* Same input, same bytes: whatever the number of threads, and however the input arrived. */
static void test_deterministic(void **state)
{
	static const struct {
		unsigned threads;
		size_t step;
	} ways[] = { { 1, PIECE }, { 2, 700001 }, { 5, 4096 }, { 5, 9 * PIECE }, { 0, 65536 } };
	RI_BUF in = { 0 };

	(void)state;
	fill(&in, 3 * PIECE, TEXT);
	fill(&in, 3 * PIECE, NOISE);
	fill(&in, 3 * PIECE + 17, TEXT);
	for (size_t k = 0; k < KINDS; k++) {
		char first[RI_SHA256_HEX + 1] = "";

		for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
			struct ri_compress_result r;

			compress(&kinds[k], kinds[k].level, ways[w].threads, ri_buf_span(&in),
			    ways[w].step, tmp_path("out"), &r);
			if (w == 0)
				memcpy(first, r.sha256, sizeof first);
			assert_string_equal(r.sha256, first);
		}
	}
}

static uint32_t le32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

static uint64_t le64(const char *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* docs/format.md: the header to the byte, each member's own length and sum, and its content's length. */
static void test_gzip_members(void **state)
{
	static const char header[] = "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x10\0RI\x0c";
	struct ri_compress_result r;
	RI_BUF in = { 0 }, out = { 0 };
	size_t at = 0, pieces = 0, left;

	(void)state;
	fill(&in, 3 * PIECE + 1234, TEXT);
	compress(&kinds[0], 2, 2, ri_buf_span(&in), PIECE, tmp_path("out"), &r);
	slurp(tmp_path("out"), &out);
	for (left = in.n; at < out.n; pieces++) {
		size_t whole, content = left < PIECE ? left : PIECE;

		assert_true(out.n - at > 28);
		assert_memory_equal(out.p + at, header, sizeof header);
		whole = le32(out.p + at + 16);
		assert_true(whole > 36 && whole <= out.n - at);
		assert_true(le64(out.p + at + 20) == XXH64(out.p + at + 28, whole - 28, 0));
		assert_int_equal(le32(out.p + at + whole - 4), content); /* ISIZE */
		left -= content;
		at += whole;
	}
	assert_int_equal(pieces, 4);
	assert_int_equal(left, 0);
}

static bool miscompresses;

int __real_isal_deflate_stateless(struct isal_zstream *stream);
int __wrap_isal_deflate_stateless(struct isal_zstream *stream);
int __wrap_isal_deflate_stateless(struct isal_zstream *stream)
{
	int rc = __real_isal_deflate_stateless(stream);

	/* In the middle of the deflate data, as a machine's bad memory would. */
	if (miscompresses)
		*(stream->next_out - stream->total_out / 2) ^= 4;
	return rc;
}

int __real_LZ4_compress_fast_extState(void *state, const char *from, char *to, int from_n, int to_n,
    int acceleration);
int __wrap_LZ4_compress_fast_extState(void *state, const char *from, char *to, int from_n, int to_n,
    int acceleration);
int __wrap_LZ4_compress_fast_extState(void *state, const char *from, char *to, int from_n, int to_n,
    int acceleration)
{
	int n = __real_LZ4_compress_fast_extState(state, from, to, from_n, to_n, acceleration);

	if (miscompresses && n > 0)
		to[n / 2] ^= 4;
	return n;
}

int __real_LZ4_compress_HC_extStateHC(void *state, const char *from, char *to, int from_n, int to_n,
    int level);
int __wrap_LZ4_compress_HC_extStateHC(void *state, const char *from, char *to, int from_n, int to_n,
    int level);
int __wrap_LZ4_compress_HC_extStateHC(void *state, const char *from, char *to, int from_n, int to_n,
    int level)
{
	int n = __real_LZ4_compress_HC_extStateHC(state, from, to, from_n, to_n, level);

	if (miscompresses && n > 0)
		to[n / 2] ^= 4;
	return n;
}

static void check_wrong(const struct kind *k, int level, enum fill how, const char *msg)
{
	RI_FD int fd = open(tmp_path("out"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;
	struct ri_compress_result r;
	struct ri_err e = { 0 };
	RI_BUF in = { 0 };

	fill(&in, PIECE, how);
	check_ok("new", ri_compress_new(k->kind, level, 1, fd, &c, &e), &e);
	miscompresses = true;
	check_ok("write", ri_compress_write(c, in.p, in.n, &e), &e);
	check_err(k->name, ri_compress_finish(c, &r, &e), &e, RI_E_IO, msg);
	miscompresses = false;
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
}

/* The loader trusts what the build compressed; so nothing that does not decompress to its input leaves it. */
static void test_wrong_pieces_are_found(void **state)
{
	static const struct {
		size_t kind;
		const char *msg;
	} rows[] = {
		{ 0,
		    "compressing: ISA-L: what it made does not decompress to what it was made of: is this "
		    "machine's memory sound?" },
		{ 2,
		    "compressing: lz4: what it made does not decompress to what it was made of: is this "
		    "machine's memory sound?" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct kind *k = &kinds[rows[i].kind];

		for (int level = k->level_min; level <= k->level_max; level += level < 3 ? 1 : 9)
			for (enum fill how = NOISE; how <= ZEROS; how++)
				/* Noise lz4 only stores, and compresses nothing. */
				if (k->kind != RI_LZ4 || how != NOISE)
					check_wrong(k, level, how, rows[i].msg);
	}
}

/* zstd -l lists frames, content sizes and checksums. */
static void test_zstd_frames(void **state)
{
	struct ri_compress_result r;
	RI_BUF in = { 0 }, list = { 0 };

	(void)state;
	fill(&in, 2 * PIECE + 1, NOISE);
	compress(&kinds[1], 3, 2, ri_buf_span(&in), PIECE, tmp_path("out.zst"), &r);
	RUN(NULL, NULL, tmp_path("list"), "zstd", "-lv", tmp_path("out.zst"));
	slurp(tmp_path("list"), &list);
	assert_non_null(strstr(list.p, "# Zstandard Frames: 3"));
	assert_non_null(strstr(list.p, "(2097153 B)"));
	assert_non_null(strstr(list.p, "Check: XXH64"));
}

/* @unit: a frame and what stands in front of it. */
static void check_lz4_unit(struct ri_span unit, struct ri_span content, bool stored)
{
	static const char head[] = "\x50\x2a\x4d\x18\x10\0\0\0RI\0",
			  magic[] = "\x04\x22\x4d\x18\x6c\x60";
	const struct ri_span frame = { unit.p + 24, unit.n - 24 };

	assert_memory_equal(unit.p, head, sizeof head);
	assert_int_equal(le32(unit.p + 12), frame.n);
	assert_true(le64(unit.p + 16) == XXH64(frame.p, frame.n, 0));
	assert_memory_equal(frame.p, magic, sizeof magic - 1);
	assert_int_equal(le64(frame.p + 6), content.n);
	assert_int_equal((unsigned char)frame.p[14], XXH32(frame.p + 4, 10, 0) >> 8 & 0xff);
	assert_int_equal(le32(frame.p + 15), (frame.n - 19 - 8) | (uint32_t)stored << 31);
	assert_int_equal(le32(frame.p + frame.n - 8), 0);
	assert_int_equal(le32(frame.p + frame.n - 4), XXH32(content.p, content.n, 0));
}

/* docs/format.md: each frame to the byte but its block; noise and what ends an archive as they are. */
static void test_lz4_frames(void **state)
{
	static const size_t contents[] = { PIECE, PIECE, 1234, 1024 };
	RI_FD int fd = open(tmp_path("out"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;
	char hex[RI_SHA256_HEX + 1];
	struct ri_compress_result r;
	RI_BUF in = { 0 }, out = { 0 };
	struct ri_err e = { 0 };
	size_t at = 0, from = 0;

	(void)state;
	fill(&in, PIECE, TEXT);
	fill(&in, PIECE, NOISE);
	fill(&in, 1234 + 1024, TEXT);
	check_ok("new", ri_compress_new(RI_LZ4, 3, 2, fd, &c, &e), &e);
	check_ok("write", ri_compress_write(c, in.p, in.n - 1024, &e), &e);
	check_ok("settle", ri_compress_settle(c, hex, &e), &e);
	check_ok("store", ri_compress_store(c, in.p + in.n - 1024, 1024, &e), &e);
	check_ok("finish", ri_compress_finish(c, &r, &e), &e);
	check_unpacks(&kinds[2], ri_buf_span(&in), tmp_path("out"), &r);
	slurp(tmp_path("out"), &out);
	for (size_t i = 0; i < sizeof contents / sizeof *contents; from += contents[i++]) {
		size_t whole;

		assert_true(out.n - at >= 24);
		whole = 24 + le32(out.p + at + 12);
		assert_true(whole <= out.n - at);
		check_lz4_unit(ri_span(out.p + at, whole), ri_span(in.p + from, contents[i]),
		    i == 1 || i == 3);
		at += whole;
	}
	assert_int_equal(at, out.n);
}

static void test_level_range(void **state)
{
	static const struct {
		enum ri_compression kind;
		int level;
		const char *msg;
	} rows[] = {
		{ RI_GZIP, -1, "gzip level -1: must be 0 to 3" },
		{ RI_GZIP, 4, "gzip level 4: must be 0 to 3" },
		{ RI_ZSTD, 0, "zstd level 0: must be 1 to 19" },
		{ RI_ZSTD, 20, "zstd level 20: must be 1 to 19" },
		{ RI_LZ4, 0, "lz4 level 0: must be 1 to 12" },
		{ RI_LZ4, 13, "lz4 level 13: must be 1 to 12" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ri_comp *c = NULL;
		struct ri_err e = { 0 };

		check_err("level", ri_compress_new(rows[i].kind, rows[i].level, 1, 1, &c, &e), &e,
		    RI_E_CONFIG, rows[i].msg);
		assert_null(c);
	}
}

/* A full disk: told once, as it is, by a write or by the end, and everybody is gone after it. */
static void test_no_space(void **state)
{
	RI_BUF in = { 0 };

	(void)state;
	fill(&in, PIECE, NOISE);
	for (size_t k = 0; k < KINDS; k++)
		for (int pieces = 1; pieces <= 40; pieces += 39) {
			RI_FD int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
			RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;
			struct ri_err e = { 0 };
			struct ri_compress_result r;
			int rc = 0;

			check_ok("new",
			    ri_compress_new(kinds[k].kind, kinds[k].level, 3, fd, &c, &e), &e);
			for (int i = 0; rc == 0 && i < pieces; i++)
				rc = ri_compress_write(c, in.p, in.n, &e);
			/* The pool holds few pieces: with many, a write must have seen it. */
			assert_int_equal(rc, pieces == 1 ? 0 : -1);
			if (rc == 0)
				rc = ri_compress_finish(c, &r, &e);
			check_err("full", rc, &e, RI_E_IO,
			    "writing the archive: No space left on device");
			assert_int_equal(e.sys, ENOSPC);
		}
}

/* Given up at any point: no thread stays, nothing hangs (the test's time limit would tell). */
static void test_given_up(void **state)
{
	RI_BUF in = { 0 };

	(void)state;
	fill(&in, PIECE, NOISE);
	for (size_t k = 0; k < KINDS; k++)
		for (int pieces = 0; pieces < 12; pieces++) {
			RI_FD int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
			RI_ON_EXIT(ri_compress_freep) struct ri_comp *c = NULL;
			struct ri_err e = { 0 };

			check_ok("new",
			    ri_compress_new(kinds[k].kind, kinds[k].level, 4, fd, &c, &e), &e);
			for (int i = 0; i < pieces; i++)
				check_ok("write", ri_compress_write(c, in.p, in.n - 1, &e), &e);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_gzip_members),
		cmocka_unit_test(test_wrong_pieces_are_found),
		cmocka_unit_test(test_zstd_frames),
		cmocka_unit_test(test_lz4_frames),
		cmocka_unit_test(test_level_range),
		cmocka_unit_test(test_no_space),
		cmocka_unit_test(test_given_up),
	};

	return cmocka_run_group_tests(tests, tmp_set_up, tmp_tear_down);
}
