// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Small archives of every kind, and reading them with few and with many threads.
 */
#include "unit/check.h"
#include "format/gzip_member.h"
#include "format/lz4_frame.h"
#include "loader/decoder.h"
#include "loader/frames.h"

#include <lz4frame.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

enum { CONTENT = 70000, PIECE = 20000 };

static char content[CONTENT];

static inline void fill_content(void)
{
	unsigned x = 1;

	/* Half noise, half text: literals and matches. */
	for (size_t i = 0; i < sizeof content; i++) {
		x = x * 1103515245 + 12345;
		content[i] = i % 2000 < 1000 ? (char)(x >> 16) : "ramimg "[i % 7];
	}
}

static inline void put_le(struct ri_buf *b, uint32_t v, int bytes)
{
	for (int i = 0; i < bytes; i++) {
		char c = (char)(v >> 8 * i & 0xff);

		ri_buf_add(b, &c, 1);
	}
}

enum kind { OURS, OLD, PLAIN, ZSTD, LZ4 };

/** The header of a member of @kind that ends with @rest. */
static inline void put_gzip_head(struct ri_buf *b, enum kind kind, struct ri_span rest)
{
	unsigned char head[RI_GZIP_HEAD];

	if (kind == OURS) {
		ri_gzip_head_put((uint32_t)(sizeof head + rest.n), XXH64(rest.p, rest.n, 0), head);
		ri_buf_add(b, head, sizeof head);
	} else {
		ri_buf_add(b, "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0RI\x04\0", 16);
		put_le(b, (uint32_t)(20 + rest.n), 4);
	}
}

/** @p as one gzip member: as ramimg writes it, as 0.1.0 did, or as gzip does, with a name. */
static inline void put_member(struct ri_buf *b, const char *p, size_t n, enum kind kind)
{
	RI_BUF rest = { 0 };
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
	ri_buf_add(&rest, out, made);
	put_le(&rest, (uint32_t)crc32(0, (const Bytef *)p, (uInt)n), 4);
	put_le(&rest, (uint32_t)n, 4);
	if (kind == PLAIN)
		ri_buf_add(b, "\x1f\x8b\x08\x1a\x01\x02\x03\x04\0\x03name\0comment\0\xaa\xbb", 25);
	else
		put_gzip_head(b, kind, ri_buf_span(&rest));
	ri_buf_add_span(b, ri_buf_span(&rest));
}

static inline void put_frame(struct ri_buf *b, const char *p, size_t n, bool checksum)
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

/** What ramimg puts in front of the LZ4 frame @frame, and that. */
static inline void put_lz4_frame(struct ri_buf *b, struct ri_span frame)
{
	ri_buf_add(b, "\x50\x2a\x4d\x18\x10\0\0\0RI\0", 12);
	put_le(b, (uint32_t)frame.n, 4);
	for (int half = 0; half < 2; half++)
		put_le(b, (uint32_t)(XXH64(frame.p, frame.n, 0) >> 32 * half), 4);
	ri_buf_add_span(b, frame);
}

/** @p as one frame with the flags of ramimg's, as the library makes it. */
static inline size_t lz4_frame(const char *p, size_t n, char *out, size_t room)
{
	const LZ4F_preferences_t how = { .frameInfo = { .blockSizeID = LZ4F_max1MB,
					     .blockMode = LZ4F_blockIndependent,
					     .contentSize = n,
					     .contentChecksumFlag = LZ4F_contentChecksumEnabled },
		.autoFlush = 1 };
	LZ4F_cctx *c = NULL;
	size_t made = 0, step;

	assert_false(LZ4F_isError(LZ4F_createCompressionContext(&c, LZ4F_VERSION)));
	step = LZ4F_compressBegin(c, out, room, &how);
	assert_false(LZ4F_isError(step));
	made += step;
	step = LZ4F_compressUpdate(c, out + made, room - made, p, n, NULL);
	assert_false(LZ4F_isError(step));
	made += step;
	step = LZ4F_compressEnd(c, out + made, room - made, NULL);
	assert_false(LZ4F_isError(step));
	LZ4F_freeCompressionContext(c);
	return made + step;
}

static inline void put_lz4(struct ri_buf *b, const char *p, size_t n)
{
	/* LZ4F_compressUpdate wants room for a whole block and more. */
	static char out[2 << 20];

	put_lz4_frame(b, ri_span(out, lz4_frame(p, n, out, sizeof out)));
}

/** @p as one member or frame of @kind. */
static inline void put_unit(struct ri_buf *b, const char *p, size_t n, enum kind kind)
{
	if (kind == ZSTD)
		put_frame(b, p, n, true);
	else if (kind == LZ4)
		put_lz4(b, p, n);
	else
		put_member(b, p, n, kind);
}

/** @p as @kind, not compressed: so an archive ends, with its identity. */
static inline void put_stored(struct ri_buf *b, const char *p, size_t n, enum kind kind)
{
	RI_BUF unit = { 0 }, rest = { 0 };

	if (kind == ZSTD) {
		put_frame(&unit, p, n, true);
		ri_buf_add(b, "\x28\xb5\x2f\xfd\x64", 5);
		put_le(b, (uint32_t)n - 256, 2);
		put_le(b, (uint32_t)n << 3 | 1, 3);
		ri_buf_add(b, p, n);
		ri_buf_add(b, unit.p + unit.n - 4, 4);
		return;
	}
	if (kind == LZ4) {
		put_lz4(&unit, p, n);
		ri_buf_add(&rest, unit.p + RI_LZ4_HEAD,
		    15); /* magic, descriptor and its checksum */
		put_le(&rest, (uint32_t)n | 1U << 31, 4);
		ri_buf_add(&rest, p, n);
		ri_buf_add(&rest, unit.p + unit.n - 8, 8);
		put_lz4_frame(b, ri_buf_span(&rest));
		return;
	}
	put_le(&unit, 1, 1);
	put_le(&unit, (uint32_t)n, 2);
	put_le(&unit, ~(uint32_t)n, 2);
	ri_buf_add(&unit, p, n);
	put_le(&unit, (uint32_t)crc32(0, (const Bytef *)p, (uInt)n), 4);
	put_le(&unit, (uint32_t)n, 4);
	if (kind == PLAIN)
		ri_buf_add(b, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	else
		put_gzip_head(b, kind, ri_buf_span(&unit));
	ri_buf_add_span(b, ri_buf_span(&unit));
}

static const struct {
	const char *name, *compression;
	enum kind kind;
} kinds[] = {
	{ "ramimg's gzip", "gzip", OURS },
	{ "0.1.0's gzip", "gzip", OLD },
	{ "plain gzip", "gzip", PLAIN },
	{ "zstd", "zstd", ZSTD },
	{ "lz4", "lz4", LZ4 },
};

/* One thread that has hardly room, and more threads than there are CPUs. */
static const struct {
	unsigned cpus;
	uint64_t memory;
} settings[] = { { 1, 0 }, { 4, (uint64_t)1 << 30 } };

enum { SETTINGS = sizeof settings / sizeof *settings };

/** The first @bytes of the content, in pieces of @piece. */
static inline struct ri_buf archive_of(enum kind kind, size_t bytes, size_t piece)
{
	struct ri_buf b = { 0 };

	for (size_t at = 0; at < bytes; at += piece) {
		size_t n = bytes - at < piece ? bytes - at : piece;

		put_unit(&b, content + at, n, kind);
	}
	return b;
}

static inline struct ri_buf archive(enum kind kind)
{
	return archive_of(kind, CONTENT, PIECE);
}

static inline int file_of(struct ri_span data)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data.p, data.n), (ssize_t)data.n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/** Read all of @data as @o says. @return 0 and what came out in @out; -1. */
static inline int read_with(struct ri_span data, struct ri_frames_opts o, struct ri_buf *out,
    struct ri_err *e)
{
	RI_FD int fd = file_of(data);
	RI_ON_EXIT(ri_frames_close) struct ri_frames *f = NULL;
	struct ri_span piece;

	o.fd = fd;
	if (ri_frames_open(&o, &f, e) < 0)
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

/** Read all of @data as an archive of @bytes, the same way whatever the number of threads. */
static inline int read_all(struct ri_span data, uint64_t bytes, const char *compression,
    struct ri_buf *out, struct ri_err *e)
{
	int rc[SETTINGS];
	char msg[SETTINGS][sizeof e->msg];

	for (size_t i = 0; i < SETTINGS; i++) {
		struct ri_frames_opts o = { .bytes = bytes,
			.compression = compression,
			.cpus = settings[i].cpus,
			.memory = settings[i].memory };

		out->n = 0;
		*e = (struct ri_err){ 0 };
		rc[i] = read_with(data, o, out, e);
		snprintf(msg[i], sizeof msg[i], "%s", e->msg);
	}
	assert_int_equal(rc[0], rc[1]);
	assert_string_equal(msg[0], msg[1]);
	return rc[0];
}

/* As read_all, of the whole archive with one bit the other way; it is as before afterwards. */
static inline int read_flipped(struct ri_buf *a, size_t bit, const char *compression,
    struct ri_buf *out, struct ri_err *e)
{
	int rc;

	a->p[bit / 8] = (char)(a->p[bit / 8] ^ 1 << bit % 8);
	rc = read_all(ri_buf_span(a), a->n, compression, out, e);
	a->p[bit / 8] = (char)(a->p[bit / 8] ^ 1 << bit % 8);
	return rc;
}
