#include "unit/check.h"
#include "loader/frames.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

enum { CONTENT = 70000, PIECE = 20000 };

static char content[CONTENT];

static void fill_content(void)
{
	unsigned x = 1;

	/* Half noise, half text: literals and matches. */
	for (size_t i = 0; i < sizeof content; i++) {
		x = x * 1103515245 + 12345;
		content[i] = i % 2000 < 1000 ? (char)(x >> 16) : "ramimg "[i % 7];
	}
}

static void put_le(struct ri_buf *b, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		char c = (char)(v >> 8 * i & 0xff);

		ri_buf_add(b, &c, 1);
	}
}

/** @p as one gzip member; with @ours as ramimg writes it, else as gzip does, with a name. */
static void put_member(struct ri_buf *b, const char *p, size_t n, bool ours)
{
	static char out[2 * PIECE];
	z_stream z = { 0 };
	size_t made;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)out;
	z.avail_out = sizeof out;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	made = sizeof out - z.avail_out;
	deflateEnd(&z);
	if (ours) {
		ri_buf_add(b, "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0RI\x04\0", 16);
		put_le(b, (uint32_t)(20 + made + 8), 4);
	} else {
		ri_buf_add(b, "\x1f\x8b\x08\x1a\x01\x02\x03\x04\0\x03name\0comment\0\xaa\xbb", 25);
	}
	ri_buf_add(b, out, made);
	put_le(b, (uint32_t)crc32(0, (const Bytef *)p, (uInt)n), 4);
	put_le(b, (uint32_t)n, 4);
}

static void put_frame(struct ri_buf *b, const char *p, size_t n, bool checksum)
{
	static char out[2 * PIECE];
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t made;

	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
	made = ZSTD_compress2(c, out, sizeof out, p, n);
	assert_false(ZSTD_isError(made));
	ZSTD_freeCCtx(c);
	ri_buf_add(b, out, made);
}

enum kind { OURS, PLAIN, ZSTD };

static const struct {
	const char *name, *compression;
	enum kind kind;
} kinds[] = {
	{ "ramimg's gzip", "gzip", OURS },
	{ "plain gzip", "gzip", PLAIN },
	{ "zstd", "zstd", ZSTD },
};

static struct ri_buf archive(enum kind kind)
{
	struct ri_buf b = { 0 };

	for (size_t at = 0; at < CONTENT; at += PIECE) {
		size_t n = CONTENT - at < PIECE ? CONTENT - at : PIECE;

		if (kind == ZSTD)
			put_frame(&b, content + at, n, true);
		else
			put_member(&b, content + at, n, kind == OURS);
	}
	return b;
}

/** Read all of @data as an archive of @bytes. @return 0 and what came out in @out; -1. */
static int read_all(struct ri_span data, uint64_t bytes, const char *compression,
    struct ri_buf *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;
	RI_FD int fd = memfd_create("archive", MFD_CLOEXEC);
	struct ri_span piece;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data.p, data.n), (ssize_t)data.n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (ri_frames_open(fd, bytes, compression, &f, e) < 0)
		return -1;
	do {
		if (ri_frames_next(f, &piece, e) < 0) {
			struct ri_err again = { 0 };

			/* Failing sticks: nobody takes the rest for good. */
			assert_int_equal(ri_frames_next(f, &piece, &again), -1);
			assert_string_equal(again.msg, e->msg);
			return -1;
		}
		ri_buf_add_span(out, piece);
	} while (piece.n > 0);
	return 0;
}

static void archives_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive(kinds[i].kind), out = { 0 };
		struct ri_err e = { 0 };

		check_ok(kinds[i].name,
		    read_all(ri_buf_span(&a), a.n, kinds[i].compression, &out, &e), &e);
		assert_true(ri_span_eq(ri_buf_span(&out), ri_span(content, CONTENT)));
	}
}

/* Cut at every 97th byte: never all of the content and success. */
static void cut_archives_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive(kinds[i].kind);

		for (size_t n = 0; n < a.n; n += 331) {
			RI_BUF out = { 0 };
			struct ri_err e = { 0 };
			int rc = read_all(ri_span(a.p, n), n, kinds[i].compression, &out, &e);

			/* Between members a cut is an archive too, only shorter. */
			if (rc == 0 && out.n % PIECE == 0 && out.n < CONTENT)
				continue;
			if (rc == 0 || e.code != RI_E_VERIFY || !strstr(e.msg, "damaged: the "))
				fail_msg("%s cut at %zu: %d %s", kinds[i].name, n, rc, e.msg);
			rc = read_all(ri_span(a.p, n), a.n, kinds[i].compression, &out, &e);
			if (rc == 0 || e.code != RI_E_VERIFY)
				fail_msg("%s lost its end at %zu: %s", kinds[i].name, n, e.msg);
		}
	}
}

/*
 * Every bit of the first members' heads and every 61st beyond: refused. Only plain gzip headers have
 * bytes that say nothing about the content and are covered by no checksum.
 */
static void flipped_bits_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		RI_BUF a = archive(kinds[i].kind);

		for (size_t bit = 0; bit < a.n * 8; bit += bit < 64 * 8 ? 1 : 509) {
			bool spare = kinds[i].kind == PLAIN && bit / 8 >= 3;
			RI_BUF out = { 0 };
			struct ri_err e = { 0 };
			int rc;

			a.p[bit / 8] = (char)(a.p[bit / 8] ^ 1 << bit % 8);
			rc = read_all(ri_buf_span(&a), a.n, kinds[i].compression, &out, &e);
			a.p[bit / 8] = (char)(a.p[bit / 8] ^ 1 << bit % 8);
			if (rc < 0 && e.code == RI_E_VERIFY && strstr(e.msg, "damaged: "))
				continue;
			if (rc == 0 && spare &&
			    ri_span_eq(ri_buf_span(&out), ri_span(content, CONTENT)))
				continue;
			fail_msg("%s, byte %zu bit %zu: %d %s", kinds[i].name, bit / 8, bit % 8, rc,
			    e.msg);
		}
	}
}

static void check_tail(const char *name, enum kind kind, const char *compression, const char *tail,
    size_t n, const char *msg)
{
	RI_BUF a = archive(kind), out = { 0 };
	struct ri_err e = { 0 };
	char want[160];

	snprintf(want, sizeof want, msg, a.n);
	ri_buf_add(&a, tail, n);
	check_err(name, read_all(ri_buf_span(&a), a.n, compression, &out, &e), &e, RI_E_VERIFY,
	    want);
}

static void what_follows_must_be_of_the_kind(void **state)
{
	static const char zeros[64];
	RI_BUF plain = { 0 }, bare = { 0 };

	(void)state;
	put_member(&plain, content, 10, false);
	put_frame(&bare, content, 10, false);
	check_tail("zeros", OURS, "gzip", zeros, sizeof zeros,
	    "damaged: the gzip member at byte %zu does not begin like one");
	check_tail("zeros", PLAIN, "gzip", zeros, sizeof zeros,
	    "damaged: the gzip member at byte %zu does not begin like one");
	check_tail("one byte", OURS, "gzip", zeros, 1,
	    "damaged: the gzip member at byte %zu is cut off");
	check_tail("another's member", OURS, "gzip", plain.p, plain.n,
	    "damaged: the gzip member at byte %zu is of another kind than the first");
	check_tail("zeros", ZSTD, "zstd", zeros, sizeof zeros,
	    "damaged: the zstd frame at byte %zu does not begin like one");
	check_tail("one byte", ZSTD, "zstd", zeros, 1,
	    "damaged: the zstd frame at byte %zu is cut off");
	check_tail("a frame without checksum", ZSTD, "zstd", bare.p, bare.n,
	    "damaged: the zstd frame at byte %zu carries no checksum");
}

static void skippable_frames_are_skipped(void **state)
{
	RI_BUF a = { 0 }, out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	ri_buf_add(&a, "\x5a\x2a\x4d\x18\x05\0\0\0abcde", 13);
	put_frame(&a, content, 100, true);
	ri_buf_add(&a, "\x50\x2a\x4d\x18\0\0\0\0", 8);
	check_ok("skippable", read_all(ri_buf_span(&a), a.n, "zstd", &out, &e), &e);
	assert_true(ri_span_eq(ri_buf_span(&out), ri_span(content, 100)));
}

static void windows_are_bounded(void **state)
{
	/* Magic, descriptor with checksum and without single segment, window of 2^(10+17) bytes. */
	static const char head[] = "\x28\xb5\x2f\xfd\x04\x88\x01\0\0\0\0\0\0";
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	assert_int_equal(
	    read_all(ri_span(head, sizeof head - 1), sizeof head - 1, "zstd", &out, &e), -1);
	assert_int_equal(e.code, RI_E_VERIFY);
	assert_non_null(strstr(e.msg, "too much memory"));
}

static void other_compressions_are_named(void **state)
{
	RI_BUF out = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	check_err("lz4", read_all(LIT("x"), 1, "lz4", &out, &e), &e, RI_E_UNSUPPORTED,
	    "compression \"lz4\" is not one that this loader knows (gzip, zstd)");
}

/* More pieces than the ring holds, and a reader who leaves in the middle: no hang, no leak. */
static void a_reader_may_leave(void **state)
{
	RI_BUF a = { 0 };
	RI_FD int fd = memfd_create("archive", MFD_CLOEXEC);
	static char zeros[PIECE];
	struct ri_span piece;
	struct ri_err e = { 0 };

	(void)state;
	for (size_t n = 0; n < (size_t)(RI_FRAMES_SLOTS + 8) * RI_FRAMES_PIECE; n += PIECE)
		put_member(&a, zeros, PIECE, true);
	assert_int_equal(write(fd, a.p, a.n), (ssize_t)a.n);
	for (int taken = 0; taken < 3; taken++) {
		RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;

		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		check_ok("open", ri_frames_open(fd, a.n, "gzip", &f, &e), &e);
		for (int i = 0; i < taken; i++) {
			check_ok("next", ri_frames_next(f, &piece, &e), &e);
			assert_int_equal(piece.n, RI_FRAMES_PIECE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(archives_come_back),
		cmocka_unit_test(cut_archives_are_refused),
		cmocka_unit_test(flipped_bits_are_refused),
		cmocka_unit_test(what_follows_must_be_of_the_kind),
		cmocka_unit_test(skippable_frames_are_skipped),
		cmocka_unit_test(windows_are_bounded),
		cmocka_unit_test(other_compressions_are_named),
		cmocka_unit_test(a_reader_may_leave),
	};

	fill_content();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
