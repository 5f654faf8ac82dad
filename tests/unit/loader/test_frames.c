// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "unit/frames_fixture.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>

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

			rc = read_flipped(&a, bit, kinds[i].compression, &out, &e);
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
	put_member(&plain, content, 10, PLAIN);
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
	check_tail("zeros", LZ4, "lz4", zeros, sizeof zeros,
	    "damaged: the lz4 frame at byte %zu has a header that ramimg did not write");
	check_tail("one byte", LZ4, "lz4", zeros, 1,
	    "damaged: the lz4 frame at byte %zu is cut off");
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
	check_err("xz", read_all(LIT("x"), 1, "xz", &out, &e), &e, RI_E_UNSUPPORTED,
	    "compression \"xz\" is not one that this loader knows (gzip, zstd, lz4)");
}

static long fs_type(int fd)
{
	struct statfs st;

	assert_int_equal(fstatfs(fd, &st), 0);
	return (long)st.f_type;
}

/** How many of the file's pages are in the page cache. */
static size_t cached_pages(int fd, size_t bytes)
{
	unsigned char state[2048];
	size_t n = (bytes + 4095) / 4096, cached = 0;
	void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	assert_true(map != MAP_FAILED && n <= sizeof state);
	assert_int_equal(mincore(map, bytes, state), 0);
	munmap(map, bytes);
	for (size_t i = 0; i < n; i++)
		cached += state[i] & 1;
	return cached;
}

/*
 * A real file whose pages are on the disk, and one whose pages are in the page cache: both come
 * back whole, and neither is in the page cache afterwards. A length that is no multiple of a sector.
 */
static void files_leave_the_page_cache(void **state)
{
	char path[] = "/var/tmp/ramimg-units-XXXXXX";
	RI_FD int fd = mkostemp(path, O_CLOEXEC);
	RI_BUF a = { 0 };
	struct ri_err e = { 0 };

	(void)state;
	unlink(path);
	for (size_t i = 0; i < 300; i++)
		put_member(&a, content, PIECE, OURS);
	assert_true(a.n > 2 << 20 && a.n % 512 != 0);
	assert_int_equal(write(fd, a.p, a.n), (ssize_t)a.n);
	assert_int_equal(fsync(fd), 0);
	for (int warm = 0; warm < 2; warm++) {
		struct ri_frames_opts o = { .fd = fd, .bytes = a.n, .compression = "gzip" };
		RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;
		struct ri_span piece = { 0 };
		size_t total = 0;

		assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
		if (warm)
			assert_int_equal(pread(fd, a.p, a.n, 0), (ssize_t)a.n);
		else
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		check_ok("open", ri_frames_open(&o, &f, &e), &e);
		do {
			check_ok("next", ri_frames_next(f, &piece, &e), &e);
			total += piece.n;
		} while (piece.n > 0);
		assert_int_equal(total, 300 * PIECE);
		/* A tmpfs has its pages nowhere else. */
		if (fs_type(fd) != TMPFS_MAGIC)
			assert_int_equal(cached_pages(fd, a.n), 0);
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
		cmocka_unit_test(files_leave_the_page_cache),
	};

	fill_content();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
