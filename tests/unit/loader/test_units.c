// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What cutting an archive into units must not change: its checks, its order, its memory. */
#include "unit/frames_fixture.h"
#include "host/sha256.h"

/*
 * Every single bit of an archive of two small pieces. What passes must leave the content as it
 * is: in a plain gzip header, one of the up to seven bits that fill up a deflate byte where nothing but a CRC-32 of
 * the content proves it, or the flag in a small zstd frame that makes a window's size of its content's.
 */
static void every_bit_counts(void **state)
{
	static const size_t
	    spare[] = { [OLD] = 2 * 7, [PLAIN] = 2 * (25 + 1) * 8, [ZSTD] = 2, [LZ4] = 0 };

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive_of(kinds[i].kind, 40, 20);
		size_t passed = 0;

		for (size_t bit = 0; bit < a.n * 8; bit++) {
			RI_BUF out = { 0 };
			struct ri_err e = { 0 };
			int rc;

			rc = read_flipped(&a, bit, kinds[i].compression, &out, &e);
			if (rc < 0 && e.code == RI_E_VERIFY)
				continue;
			if (rc < 0 || !ri_span_eq(ri_buf_span(&out), ri_span(content, 40)))
				fail_msg("%s, byte %zu bit %zu: %d %s", kinds[i].name, bit / 8,
				    bit % 8, rc, e.msg);
			passed++;
		}
		assert_true(passed <= spare[kinds[i].kind]);
	}
}

static void cuts_at_every_boundary(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive_of(kinds[i].kind, 60, 20), one = { 0 };
		size_t bounds[4] = { 0 };

		for (size_t n = 1; n <= 3; n++) {
			one.n = 0;
			put_unit(&one, content + 20 * (n - 1), 20, kinds[i].kind);
			bounds[n] = bounds[n - 1] + one.n;
		}
		assert_int_equal(bounds[3], a.n);
		for (size_t n = 0; n <= a.n; n++) {
			RI_BUF out = { 0 };
			struct ri_err e = { 0 };
			int rc = read_all(ri_span(a.p, n), n, kinds[i].compression, &out, &e);
			size_t whole = 0;

			while (whole < 3 && bounds[whole + 1] <= n)
				whole++;
			if (rc != (n == bounds[whole] ? 0 : -1) || (rc == 0 && out.n != 20 * whole))
				fail_msg("%s cut at %zu: %d %s", kinds[i].name, n, rc, e.msg);
		}
	}
}

static void put_at(struct ri_buf *b, size_t at, uint32_t v)
{
	RI_BUF le = { 0 };

	put_le(&le, v, 4);
	memcpy(b->p + at, le.p, 4);
}

/* Lengths to lie with: as it is, or that much off; the least, or that much off. */
enum { REAL = 0x7fff0000, LEAST = 0x6fff0000, SIZE = 20000 };

static uint32_t lie(uint32_t v, uint32_t real, uint32_t least)
{
	if (v - REAL + 1 <= 2)
		return real + (v - REAL);
	return v - LEAST + 1 <= 2 ? least + (v - LEAST) : v;
}

/** Three members of @kind, the second at *@start with that length and content's, and the sum that fits what is there. */
static struct ri_buf lying(enum kind kind, uint32_t length, uint32_t isize, size_t *start)
{
	const size_t head = kind == OURS ? RI_GZIP_HEAD : 20;
	struct ri_buf a = archive_of(kind, SIZE, SIZE);
	size_t n;

	*start = a.n;
	put_member(&a, content, SIZE, kind);
	n = a.n - *start;
	put_member(&a, content, SIZE, kind);
	put_at(&a, *start + n - 4, lie(isize, SIZE, 0));
	length = lie(length, (uint32_t)n, (uint32_t)head + RI_GZIP_TRAILER);
	if (kind == OURS)
		ri_gzip_head_put(length, XXH64(a.p + *start + head, n - head, 0),
		    (unsigned char *)a.p + *start);
	else
		put_at(&a, *start + 16, length);
	return a;
}

/* In the second of three members: what its header or trailer claims, and what is said about it. */
static void lying_lengths_are_found_out(void **state)
{
	static const char none[] = "claims a length that ramimg does not write",
			  more[] = "claims more content than ramimg writes",
			  wrong[] = "has the wrong length", sum[] = "has the wrong XXH64";
	static const struct {
		const char *name;
		uint32_t length, isize;
		const char *said, *summed; /* where there is a sum, if that is something else */
	} rows[] = {
		{ "nothing", 0, REAL, none, NULL },
		{ "header and trailer less one", LEAST - 1, REAL, none, NULL },
		{ "header and trailer", LEAST, REAL, more, sum },
		{ "one less", REAL - 1, REAL, NULL, sum },
		{ "one more", REAL + 1, REAL, NULL, sum },
		{ "the largest", RI_UNIT_PACKED, REAL, "is cut off", NULL },
		{ "more than the largest", RI_UNIT_PACKED + 1, REAL, none, NULL },
		{ "all ones", UINT32_MAX, REAL, none, NULL },
		{ "no content", REAL, 0, wrong, NULL },
		{ "a byte less", REAL, REAL - 1, wrong, NULL },
		{ "a byte more", REAL, REAL + 1, wrong, NULL },
		{ "1 MiB", REAL, RI_UNIT_CONTENT, wrong, NULL },
		{ "more than 1 MiB", REAL, RI_UNIT_CONTENT + 1, more, NULL },
		{ "4 GiB", REAL, UINT32_MAX, more, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (enum kind kind = OURS; kind <= OLD; kind++) {
			size_t start;
			RI_BUF a = lying(kind, rows[i].length, rows[i].isize, &start), out = { 0 };
			const char *said =
			    kind == OURS && rows[i].summed ? rows[i].summed : rows[i].said;
			struct ri_err e = { 0 };
			char want[200];

			snprintf(want, sizeof want, "damaged: the gzip member at byte %zu ", start);
			if (read_all(ri_buf_span(&a), a.n, "gzip", &out, &e) == 0 ||
			    e.code != RI_E_VERIFY || strncmp(e.msg, want, strlen(want)) != 0 ||
			    (said && strcmp(e.msg + strlen(want), said) != 0))
				fail_msg("%s, %s: \"%s\"", rows[i].name, kinds[kind].name, e.msg);
		}
}

/* Each of the two sums alone: the one in the header where there is one, else the trailer's. */
static void what_proves_a_member(void **state)
{
	static const struct {
		enum kind kind;
		int at; /* of the byte that is changed, from the member's beginning or, below 0, from its end */
		const char *said;
	} rows[] = {
		{ OURS, 20, "has the wrong XXH64" },
		{ OURS, 27, "has the wrong XXH64" },
		{ OURS, -8, "has the wrong XXH64" }, /* the CRC-32's first */
		{ OLD, -8, "has the wrong CRC-32" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF a = archive_of(rows[i].kind, SIZE, SIZE), out = { 0 };
		size_t at = (size_t)(rows[i].at < 0 ? (int)a.n + rows[i].at : rows[i].at);
		struct ri_err e = { 0 };
		char want[100];

		a.p[at] ^= 1;
		snprintf(want, sizeof want, "damaged: the gzip member at byte 0 %s", rows[i].said);
		check_err(want, read_all(ri_buf_span(&a), a.n, "gzip", &out, &e), &e, RI_E_VERIFY,
		    want);
	}
}

/* What stands in front of an LZ4 frame, and what the frame says of itself where the sum fits it. */
static void lying_lz4_frames_are_found_out(void **state)
{
	static const char none[] = "claims a length that ramimg does not write",
			  not_ours[] = "is not one that ramimg writes",
			  content_is[] = "does not decompress to what its header says",
			  sum[] = "has the wrong XXH64";
	static const struct {
		const char *name;
		uint32_t length, content, block; /* REAL: as it is */
		bool stored;
		const char *said;
	} rows[] = {
		{ "nothing", 0, SIZE, REAL, false, none },
		{ "no block", LEAST, SIZE, REAL, false, none },
		{ "a block of one byte", LEAST + 1, SIZE, REAL, false, sum },
		{ "one less", REAL - 1, SIZE, REAL, false, sum },
		{ "one more", REAL + 1, SIZE, REAL, false, sum },
		{ "the largest", RI_UNIT_CONTENT + 27, SIZE, REAL, false, "is cut off" },
		{ "more than the largest", RI_UNIT_CONTENT + 28, SIZE, REAL, false, none },
		{ "all ones", UINT32_MAX, SIZE, REAL, false, none },
		{ "no content", REAL, 0, REAL, false, not_ours },
		{ "a byte of content less", REAL, SIZE - 1, REAL, false, content_is },
		{ "a byte of content more", REAL, SIZE + 1, REAL, false, content_is },
		{ "1 MiB", REAL, RI_UNIT_CONTENT, REAL, false, content_is },
		{ "more than 1 MiB", REAL, RI_UNIT_CONTENT + 1, REAL, false, not_ours },
		{ "a block of no bytes", REAL, SIZE, 0, false, not_ours },
		{ "a block of one byte less", REAL, SIZE, REAL - 1, false, not_ours },
		{ "a block of one byte more", REAL, SIZE, REAL + 1, false, not_ours },
		{ "a block of 1 MiB", REAL, SIZE, RI_UNIT_CONTENT, false, not_ours },
		{ "stored, and shorter than the content", REAL, SIZE, REAL, true, not_ours },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF a = archive_of(LZ4, SIZE, SIZE), out = { 0 };
		const uint32_t bytes = (uint32_t)a.n - RI_LZ4_HEAD;
		const struct ri_lz4_block block = { rows[i].content,
			lie(rows[i].block, bytes - RI_LZ4_FRAME - RI_LZ4_TRAILER, 0),
			rows[i].stored };
		unsigned char *frame = (unsigned char *)a.p + RI_LZ4_HEAD;
		struct ri_lz4_head head;
		struct ri_err e = { 0 };
		char want[200];

		ri_lz4_frame_put(&block, frame);
		head =
		    (struct ri_lz4_head){ lie(rows[i].length, bytes, RI_LZ4_FRAME + RI_LZ4_TRAILER),
			    XXH64(frame, bytes, 0) };
		ri_lz4_head_put(&head, (unsigned char *)a.p);
		put_lz4(&a, content, SIZE);
		snprintf(want, sizeof want, "damaged: the lz4 frame at byte 0 %s", rows[i].said);
		check_err(rows[i].name, read_all(ri_buf_span(&a), a.n, "lz4", &out, &e), &e,
		    RI_E_VERIFY, want);
	}
}

/* A block whose sum is right, and which says of itself that it reaches beyond its content or its end. */
static void hostile_lz4_blocks_are_refused(void **state)
{
	static const struct {
		const char *name;
		struct ri_span block;
	} rows[] = {
		{ "a match before the content", { "\x00\x01\x00\x50xxxxx", 9 } },
		{ "literals beyond the block", { "\xf0\xff\xff\xff\xff", 5 } },
		{ "a length without an end", { "\xf0\xff", 2 } },
		{ "a match without an offset", { "\x10x\x01", 3 } },
		{ "a match beyond the content",
		    { "\x1fx\x01\x00\xff\xff\xff\xff\xff\x50xxxxx", 16 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ri_lz4_block block = { 100, (uint32_t)rows[i].block.n, false };
		unsigned char before[RI_LZ4_FRAME];
		RI_BUF a = { 0 }, frame = { 0 }, out = { 0 };
		struct ri_err e = { 0 };

		ri_lz4_frame_put(&block, before);
		ri_buf_add(&frame, before, sizeof before);
		ri_buf_add_span(&frame, rows[i].block);
		ri_buf_add(&frame, "\0\0\0\0sums", 8);
		put_lz4_frame(&a, ri_buf_span(&frame));
		check_err(rows[i].name, read_all(ri_buf_span(&a), a.n, "lz4", &out, &e), &e,
		    RI_E_VERIFY,
		    "damaged: the lz4 frame at byte 0 does not decompress to what its header says");
	}
}

/* The content size in a zstd frame's header: 2 bytes that hold it less 256, at byte 5 or 6. */
static void lying_content_sizes_are_found_out(void **state)
{
	static const int off[] = { -1, 1, 1000, -1000 };

	(void)state;
	for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
		RI_BUF a = archive_of(ZSTD, 2 * PIECE, PIECE), out = { 0 };
		size_t at = a.p[4] & 0x20 ? 5 : 6;
		struct ri_err e = { 0 };
		int size;

		assert_int_equal((unsigned char)a.p[4] >> 6, 1);
		size = (unsigned char)a.p[at] | (unsigned char)a.p[at + 1] << 8;
		assert_int_equal(size + 256, PIECE);
		a.p[at] = (char)((size + off[i]) & 0xff);
		a.p[at + 1] = (char)((size + off[i]) >> 8);
		assert_int_equal(read_all(ri_buf_span(&a), a.n, "zstd", &out, &e), -1);
		assert_int_equal(e.code, RI_E_VERIFY);
		assert_true(strncmp(e.msg, "damaged: the zstd frame at byte 0", 33) == 0);
	}
}

/* A frame larger than ramimg's between two of its own: a stream in the middle of cut ones. */
static void streams_and_units_mix(void **state)
{
	enum { LARGE = 3 * RI_UNIT_CONTENT + 5, SMALL = 100 };
	RI_BUF a = { 0 }, out = { 0 };
	RI_FREE char *large = calloc(1, LARGE);
	struct ri_err e = { 0 };

	(void)state;
	assert_non_null(large);
	large[LARGE / 2] = 1;
	put_frame(&a, content, SMALL, true);
	put_frame(&a, large, LARGE, true);
	put_frame(&a, content, SMALL, true);
	check_ok("mixed", read_all(ri_buf_span(&a), a.n, "zstd", &out, &e), &e);
	assert_int_equal(out.n, LARGE + 2 * SMALL);
	assert_memory_equal(out.p, content, SMALL);
	assert_memory_equal(out.p + SMALL, large, LARGE);
	assert_memory_equal(out.p + SMALL + LARGE, content, SMALL);
}

/** @n members or frames, those with an even number quick to decompress and the others slow. */
static struct ri_buf uneven(enum kind kind, size_t n, size_t *starts)
{
	static char zeros[PIECE];
	struct ri_buf a = { 0 };

	for (size_t i = 0; i < n; i++) {
		zeros[0] = (char)i;
		content[0] = (char)i;
		starts[i] = a.n;
		put_unit(&a, i % 2 ? content : zeros, i % 2 ? PIECE : 1, kind);
	}
	return a;
}

enum { UNITS = 60 };

/* Many threads, few CPUs, units that take very different time: their order stays. */
static void order_is_kept_under_load(void **state)
{
	size_t starts[UNITS];

	(void)state;
	for (size_t round = 0; round < 30; round++) {
		static const enum kind cut[] = { OURS, ZSTD, LZ4 };
		const size_t k = cut[round % 3];
		RI_BUF a = uneven(kinds[k].kind, UNITS, starts), out = { 0 };
		struct ri_frames_opts o = { .bytes = a.n,
			.compression = kinds[k].compression,
			.cpus = (unsigned)(1 + round),
			.memory = (uint64_t)1 << 30 };
		struct ri_err e = { 0 };
		const char *p;

		check_ok("uneven", read_with(ri_buf_span(&a), o, &out, &e), &e);
		assert_int_equal(out.n, UNITS / 2 * (PIECE + 1));
		p = out.p;
		for (size_t i = 0; i < UNITS; p += i++ % 2 ? PIECE : 1)
			assert_int_equal((unsigned char)*p, i);
	}
}

static void the_first_damage_is_named(void **state)
{
	size_t starts[UNITS];

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		RI_BUF a = uneven(OURS, UNITS, starts), out = { 0 };
		struct ri_frames_opts o = { .bytes = a.n,
			.compression = "gzip",
			.cpus = 8,
			.memory = (uint64_t)1 << 30 };
		struct ri_err e = { 0 };
		char want[100];

		/* The slow one's trailer, the quick one behind it, and a header that nobody may pass. */
		a.p[starts[30] - 8] ^= 1;
		a.p[starts[31] - 8] ^= 1;
		a.p[starts[33]] ^= 1;
		snprintf(want, sizeof want,
		    "damaged: the gzip member at byte %zu has the wrong XXH64", starts[29]);
		check_err("twice damaged", read_with(ri_buf_span(&a), o, &out, &e), &e, RI_E_VERIFY,
		    want);
		assert_int_equal(out.n, 14 * (PIECE + 1) + 1);
	}
}

static void empty_members_are_no_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = { 0 }, out = { 0 };
		struct ri_err e = { 0 };

		if (kinds[i].kind == LZ4) /* ramimg has none of those, and reads its own alone */
			continue;
		for (size_t n = 0; n < 6; n++)
			put_unit(&a, content, n % 3 ? 0 : 10, kinds[i].kind);
		check_ok(kinds[i].name,
		    read_all(ri_buf_span(&a), a.n, kinds[i].compression, &out, &e), &e);
		assert_int_equal(out.n, 20);
	}
}

static void the_budget_is_kept(void **state)
{
	static const unsigned cpus[] = { 1, 2, 16, 500 };
	RI_BUF a = archive(OURS);
	RI_FD int fd = file_of(ri_buf_span(&a));

	(void)state;
	for (uint64_t memory = (uint64_t)32 << 20; memory <= (uint64_t)512 << 20; memory *= 2)
		for (size_t i = 0; i < sizeof cpus / sizeof *cpus; i++) {
			RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;
			struct ri_frames_opts o = { fd, a.n, "gzip", memory, cpus[i], NULL };
			struct ri_err e = { 0 };

			check_ok("open", ri_frames_open(&o, &f, &e), &e);
			assert_true(ri_frames_memory(f) <= memory);
			/* And what the CPUs could use of it is used. */
			if (cpus[i] == 500)
				assert_true(ri_frames_memory(f) > memory - (3 << 20));
		}
}

static void the_sha256_is_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive(kinds[i].kind), out = { 0 };
		struct ri_frames_opts o = { .bytes = a.n, .compression = kinds[i].compression };
		char hex[65], want[200];
		struct ri_err e = { 0 };

		ri_sha256_span(ri_buf_span(&a), hex);
		o.sha256 = hex;
		check_ok(kinds[i].name, read_with(ri_buf_span(&a), o, &out, &e), &e);
		assert_int_equal(out.n, CONTENT);
		snprintf(want, sizeof want,
		    "not the archive of this build: its SHA-256 begins with %.16s, the manifest's "
		    "with 0000000000000000",
		    hex);
		memset(hex, '0', 64);
		check_err(kinds[i].name, read_with(ri_buf_span(&a), o, &out, &e), &e, RI_E_VERIFY,
		    want);
	}
}

/* More units than there are slots, and a reader who leaves in the middle: no hang, no leak. */
static void a_reader_may_leave(void **state)
{
	RI_BUF a = { 0 };
	struct ri_span piece;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t n = 0; n < 100; n++)
		put_member(&a, content, PIECE, OURS);
	for (size_t i = 0; i < SETTINGS; i++)
		for (int taken = 0; taken < 3; taken++) {
			RI_FD int fd = file_of(ri_buf_span(&a));
			RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;
			struct ri_frames_opts o = { fd, a.n, "gzip", settings[i].memory,
				settings[i].cpus, NULL };

			check_ok("open", ri_frames_open(&o, &f, &e), &e);
			for (int n = 0; n < taken; n++) {
				check_ok("next", ri_frames_next(f, &piece, &e), &e);
				assert_int_equal(piece.n, PIECE);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(cuts_at_every_boundary),
		cmocka_unit_test(lying_lengths_are_found_out),
		cmocka_unit_test(what_proves_a_member),
		cmocka_unit_test(lying_lz4_frames_are_found_out),
		cmocka_unit_test(hostile_lz4_blocks_are_refused),
		cmocka_unit_test(lying_content_sizes_are_found_out),
		cmocka_unit_test(streams_and_units_mix),
		cmocka_unit_test(order_is_kept_under_load),
		cmocka_unit_test(the_first_damage_is_named),
		cmocka_unit_test(empty_members_are_no_end),
		cmocka_unit_test(the_budget_is_kept),
		cmocka_unit_test(the_sha256_is_compared),
		cmocka_unit_test(a_reader_may_leave),
	};

	fill_content();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
