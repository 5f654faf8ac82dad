// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* What cutting an archive into units must not change: its checks, its order, its memory. */
#include "unit/frames_fixture.h"
#include "host/sha256.h"

/*
 * Every single bit of an archive of two small pieces. What passes must leave the content as it
 * is: in a plain gzip header, one of the up to seven bits that fill up a deflate byte, or the flag
 * in a small zstd frame that makes a window's size of its content's.
 */
static void every_bit_counts(void **state)
{
	static const size_t spare[] = { [OURS] = 2 * 7, [PLAIN] = 2 * (25 + 1) * 8, [ZSTD] = 2 };

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
			if (kinds[i].kind == ZSTD)
				put_frame(&one, content + 20 * (n - 1), 20, true);
			else
				put_member(&one, content + 20 * (n - 1), 20, kinds[i].kind == OURS);
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

/* In the second of three members: what its header or trailer claims, and what is said about it. */
static void lying_lengths_are_found_out(void **state)
{
	enum { REAL = 0x7fff0000, SIZE = 20000 };
	static const struct {
		const char *name;
		uint32_t length, isize; /* REAL: as it is, or that much off */
		const char *said;
	} rows[] = {
		{ "nothing", 0, REAL, "claims a length that ramimg does not write" },
		{ "header and trailer less one", 27, REAL,
		    "claims a length that ramimg does not write" },
		{ "header and trailer", 28, REAL, "claims more content than ramimg writes" },
		{ "one less", REAL - 1, REAL, NULL },
		{ "one more", REAL + 1, REAL, NULL },
		{ "the largest", RI_UNIT_PACKED, REAL, "is cut off" },
		{ "more than the largest", RI_UNIT_PACKED + 1, REAL,
		    "claims a length that ramimg does not write" },
		{ "all ones", UINT32_MAX, REAL, "claims a length that ramimg does not write" },
		{ "no content", REAL, 0, "has the wrong length" },
		{ "a byte less", REAL, REAL - 1, "has the wrong length" },
		{ "a byte more", REAL, REAL + 1, "has the wrong length" },
		{ "1 MiB", REAL, RI_UNIT_CONTENT, "has the wrong length" },
		{ "more than 1 MiB", REAL, RI_UNIT_CONTENT + 1,
		    "claims more content than ramimg writes" },
		{ "4 GiB", REAL, UINT32_MAX, "claims more content than ramimg writes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		RI_BUF first = archive_of(OURS, SIZE, SIZE), out = { 0 }, a = { 0 };
		size_t start = first.n, n;
		struct ri_err e = { 0 };
		char want[200];

		put_member(&a, content, SIZE, true);
		n = a.n;
		ri_buf_add_span(&first, ri_buf_span(&a));
		put_member(&first, content, SIZE, true);
		put_at(&first, start + 16,
		    rows[i].length >= REAL - 1 && rows[i].length <= REAL + 1
			? (uint32_t)n + rows[i].length - REAL
			: rows[i].length);
		put_at(&first, start + n - 4,
		    rows[i].isize >= REAL - 1 && rows[i].isize <= REAL + 1
			? SIZE + rows[i].isize - REAL
			: rows[i].isize);
		snprintf(want, sizeof want, "damaged: the gzip member at byte %zu ", start);
		if (read_all(ri_buf_span(&first), first.n, "gzip", &out, &e) == 0 ||
		    e.code != RI_E_VERIFY || strncmp(e.msg, want, strlen(want)) != 0 ||
		    (rows[i].said && strcmp(e.msg + strlen(want), rows[i].said) != 0))
			fail_msg("%s: \"%s\"", rows[i].name, e.msg);
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
		if (kind == ZSTD)
			put_frame(&a, i % 2 ? content : zeros, i % 2 ? PIECE : 1, true);
		else
			put_member(&a, i % 2 ? content : zeros, i % 2 ? PIECE : 1, kind == OURS);
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
		const size_t k = round % 2 ? OURS : ZSTD;
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

		/* The slow one's CRC, the quick one behind it, and a header that nobody may pass. */
		a.p[starts[30] - 8] ^= 1;
		a.p[starts[31] - 8] ^= 1;
		a.p[starts[33]] ^= 1;
		snprintf(want, sizeof want,
		    "damaged: the gzip member at byte %zu has the wrong CRC-32", starts[29]);
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

		for (size_t n = 0; n < 6; n++) {
			if (kinds[i].kind == ZSTD)
				put_frame(&a, content, n % 3 ? 0 : 10, true);
			else
				put_member(&a, content, n % 3 ? 0 : 10, kinds[i].kind == OURS);
		}
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
		put_member(&a, content, PIECE, true);
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
