// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An archive as the loader reads it. The first byte says what the rest is: "g" and "z" gzip members or zstd
 * frames; "l" the content's length in two bytes and the one block of an LZ4 frame, all around which is made to fit it; anything else a tar stream, which is packed, so that no checksum is in the way of what is in it: "u"
 * and "w" in members or frames as ramimg writes them, but small; else in one gzip member. Behind it stands its
 * build's id, or nothing would be read.
 */
#include "fuzz.h"
#include "format/archive_id.h"
#include "base/le.h"
#include "format/gzip_member.h"
#include "format/lz4_frame.h"
#include "loader/archive.h"

#include <archive_entry.h>
#include <sys/mman.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#define ID "0123456789abcdef0123456789abcdef"

enum { PIECE = 1000 };

static void add_le(struct ri_buf *b, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		ri_buf_add(b, &(char){ (char)(v & 0xff) }, 1);
}

/** The gzip member as ramimg writes it whose deflate data and trailer are @rest. */
static void add_member(struct ri_span rest, struct ri_buf *out)
{
	unsigned char head[RI_GZIP_HEAD];

	ri_gzip_head_put((uint32_t)(sizeof head + rest.n), XXH64(rest.p, rest.n, 0), head);
	ri_buf_add(out, head, sizeof head);
	ri_buf_add_span(out, rest);
}

static void add_unit(struct ri_span piece, bool zstd, struct ri_buf *out)
{
	char packed[2 * PIECE];
	z_stream z = { .zalloc = Z_NULL };
	RI_BUF rest = { 0 };
	ZSTD_CCtx *c;
	size_t n;

	if (zstd) {
		c = ZSTD_createCCtx();
		ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
		n = ZSTD_compress2(c, packed, sizeof packed, piece.p, piece.n);
		FUZZ_CHECK(!ZSTD_isError(n));
		ZSTD_freeCCtx(c);
		ri_buf_add(out, packed, n);
		return;
	}
	FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)piece.p;
	z.avail_in = (uInt)piece.n;
	z.next_out = (unsigned char *)packed;
	z.avail_out = sizeof packed;
	FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
	n = sizeof packed - z.avail_out;
	deflateEnd(&z);
	ri_buf_add(&rest, packed, n);
	add_le(&rest, (uint32_t)crc32(0, (const Bytef *)piece.p, (uInt)piece.n));
	add_le(&rest, (uint32_t)piece.n);
	add_member(ri_buf_span(&rest), out);
}

static void add_units(struct ri_span all, bool zstd, struct ri_buf *out)
{
	for (size_t n = PIECE; all.n > 0; all.p += n, all.n -= n) {
		if (n > all.n)
			n = all.n;
		add_unit(ri_span(all.p, n), zstd, out);
	}
}

static void add_plain(struct ri_span all, struct ri_buf *out)
{
	z_stream z = { .zalloc = Z_NULL };

	FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (unsigned char *)(uintptr_t)all.p;
	z.avail_in = (uInt)all.n;
	while (z.avail_in > 0 || z.avail_out == 0) {
		char chunk[16384];

		z.next_out = (unsigned char *)chunk;
		z.avail_out = sizeof chunk;
		FUZZ_CHECK(deflate(&z, Z_FINISH) != Z_STREAM_ERROR);
		ri_buf_add(out, chunk, sizeof chunk - z.avail_out);
	}
	deflateEnd(&z);
}

static void add_lz4(struct ri_lz4_block block, struct ri_span bytes, struct ri_buf *out)
{
	unsigned char head[RI_LZ4_HEAD], before[RI_LZ4_FRAME];
	RI_BUF frame = { 0 };

	ri_lz4_frame_put(&block, before);
	ri_buf_add(&frame, before, sizeof before);
	ri_buf_add_span(&frame, bytes);
	add_le(&frame, 0);
	add_le(&frame, XXH32(bytes.p, bytes.n, 0)); /* of what is stored; else nobody looks */
	ri_lz4_head_put(&(struct ri_lz4_head){ (uint32_t)frame.n, XXH64(frame.p, frame.n, 0) },
	    head);
	ri_buf_add(out, head, sizeof head);
	ri_buf_add_span(out, ri_buf_span(&frame));
}

/** A frame around what is to be a block, and the id in another. */
static void make_lz4(struct ri_span rest, struct ri_buf *out)
{
	unsigned char id[RI_ARCHIVE_ID_BYTES];

	if (rest.n > 2) {
		const struct ri_lz4_block block = { ri_le16(rest.p), (uint32_t)rest.n - 2, false };

		add_lz4(block, ri_span(rest.p + 2, rest.n - 2), out);
	}
	ri_archive_id_render(ID, id);
	add_lz4((struct ri_lz4_block){ sizeof id, sizeof id, true },
	    ri_span((const char *)id, sizeof id), out);
}

/** The last unit, with the id, which is not compressed: one raw block, or a stored one with or without a length. */
static void add_id(bool zstd, bool plain, struct ri_buf *out)
{
	unsigned char id[RI_ARCHIVE_ID_BYTES];
	const struct ri_span block = { (const char *)id, sizeof id };
	RI_BUF unit = { 0 }, rest = { 0 };

	ri_archive_id_render(ID, id);
	add_unit(block, zstd, &unit);
	ri_buf_add(&rest,
	    zstd ? "\x28\xb5\x2f\xfd\x64\x00\x03\x01\x20\x00" : "\x01\x00\x04\xff\xfb",
	    zstd ? 10 : 5);
	ri_buf_add_span(&rest, block);
	ri_buf_add(&rest, unit.p + unit.n - (zstd ? 4 : 8), zstd ? 4 : 8);
	if (!zstd && !plain) {
		add_member(ri_buf_span(&rest), out);
		return;
	}
	if (!zstd)
		ri_buf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
	ri_buf_add_span(out, ri_buf_span(&rest));
}

/** The archive file that the input stands for. */
static void make_file(char kind, struct ri_span rest, struct ri_buf *out)
{
	if (kind == 'l') {
		make_lz4(rest, out);
		return;
	}
	if (kind == 'z' || kind == 'g')
		ri_buf_add_span(out, rest);
	else if (kind == 'u' || kind == 'w')
		add_units(rest, kind == 'w', out);
	else
		add_plain(rest, out);
	/* A gzip file says by its first member which kind all are of. */
	add_id(kind == 'z' || kind == 'w', kind != 'u' && !(out->n > 3 && (out->p[3] & 4)), out);
}

/* What leaves the reader may be written below a root: no name climbs out of it. */
static void check_name(const char *name)
{
	FUZZ_CHECK(name && *name);
	FUZZ_CHECK(*name != '/');
	for (const char *c = name; *c;) {
		size_t n = strcspn(c, "/");

		FUZZ_CHECK(!(n == 2 && c[0] == '.' && c[1] == '.'));
		c += n + (c[n] == '/');
	}
}

static bool read_data(struct ri_tarin *t, struct ri_err *e)
{
	int64_t end = 0, at = 0;
	struct ri_span data;
	int rc;

	while ((rc = ri_tarin_data(t, &data, &at, e)) == 1) {
		FUZZ_CHECK(at >= end);
		end = at + (int64_t)data.n;
	}
	return fuzz_ok(rc, e);
}

static void read_members(struct ri_tarin *t, struct ri_err *e)
{
	struct archive_entry *entry;
	uint64_t members = 0;
	int rc;

	while ((rc = ri_tarin_next(t, &entry, e)) == 1) {
		const char *link = archive_entry_hardlink(entry);

		members++;
		check_name(archive_entry_pathname(entry));
		if (link)
			check_name(link);
		if (archive_entry_filetype(entry) == AE_IFREG && !read_data(t, e))
			return;
	}
	if (!fuzz_ok(rc, e))
		return;
	FUZZ_CHECK(ri_tarin_entries(t) == members);
	fuzz_ok(ri_tarin_finish(t, e), e);
}

static void ignore(void *arg, uint64_t done)
{
	(void)arg, (void)done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_unpack_free) struct ri_unpack u = { 0 };
	struct ri_manifest m = { .build_id = ID,
		.archive = (char[]){ "a" },
		.loader_bytes = 32 << 20,
		.tar_bytes = 16 << 20, /* at most: a few bytes may claim gigabytes of zeros */
		.entries = 100000,
		.compression = (char[]){ "gzip" } };
	char zstd[] = "zstd", lz4[] = "lz4";
	struct ri_tick tick = { ignore, NULL };
	RI_BUF file = { 0 };
	RI_FD int fd = -1;
	struct ri_err e = { 0 };

	if (size == 0)
		return 0;
	if (data[0] == 'z' || data[0] == 'w')
		m.compression = zstd;
	if (data[0] == 'l')
		m.compression = lz4;
	make_file((char)data[0], ri_span((const char *)data + 1, size - 1), &file);
	m.archive_bytes = file.n;
	fd = memfd_create("archive", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, file.n ? file.p : "", file.n) == (ssize_t)file.n);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	if (fuzz_ok(ri_unpack_begin(fd, &m, tick, &u, &e), &e))
		read_members(u.tar, &e);
	return 0;
}
