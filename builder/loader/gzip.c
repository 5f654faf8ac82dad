// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gzip, in two ways: members of other programs as a stream, those that ramimg wrote each at once.
 */
#include "base/le.h"
#include "format/gzip_member.h"
#include "loader/decoder.h"

#include <inttypes.h>
#include <libdeflate.h>
#include <xxhash.h>
#include <zlib.h>

/* RFC 1952, 2.3 */
enum { FIXED = 10 };
enum { F_HCRC = 2, F_EXTRA = 4, F_NAME = 8, F_COMMENT = 16, F_RESERVED = 0xe0 };

struct gunzip {
	z_stream z;     /* for members of other programs */
	bool inside;    /* between such a member's header and its trailer */
	bool any, ours; /* a member has begun; the first was one that ramimg wrote */
	uint32_t crc;   /* of the member's content so far */
	uint32_t isize; /* its length modulo 2^32 */
	uint64_t start; /* where the member begins in the file, for messages */
};

static int member_damaged(uint64_t start, const char *what, struct ri_err *e)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the gzip member at byte %" PRIu64 " %s", start,
	    what);
}

static int damaged(const struct gunzip *g, struct ri_err *e, const char *what)
{
	return member_damaged(g->start, what, e);
}

static int gunzip_open(void **state, struct ri_err *e)
{
	struct gunzip *g = calloc(1, sizeof *g);

	if (!g)
		return ri_nomem(e);
	if (inflateInit2(&g->z, -MAX_WBITS) != Z_OK) {
		free(g);
		return ri_nomem(e);
	}
	*state = g;
	return 0;
}

static void gunzip_close(void *state)
{
	struct gunzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

/** Have @n bytes in the buffer or say that the member is cut off. */
static int need(struct gunzip *g, struct ri_input *in, size_t n, struct ri_err *e)
{
	if (ri_input_have(in, n, e) < 0)
		return -1;
	return in->len - in->pos < n ? damaged(g, e, "is cut off") : 0;
}

static int skip_text(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	do
		if (need(g, in, 1, e) < 0)
			return -1;
	while (in->buf[in->pos++] != '\0');
	return 0;
}

/** The variable fields behind the fixed part, as @flags announces them. */
static int skip_fields(struct gunzip *g, struct ri_input *in, int flags, struct ri_err *e)
{
	if ((flags & F_NAME) && skip_text(g, in, e) < 0)
		return -1;
	if ((flags & F_COMMENT) && skip_text(g, in, e) < 0)
		return -1;
	if (flags & F_HCRC) {
		if (need(g, in, 2, e) < 0)
			return -1;
		in->pos += 2;
	}
	return 0;
}

/**
 * A member that ramimg wrote has a header of fixed bytes but for its length and sum, so that no bit of it
 * can change unseen; neither checksum covers the header. The length is believed as far as there
 * is room for it, and compared with what decompressing it takes.
 */
static int cut_own(struct gunzip *g, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	struct ri_gzip_head head;

	if (need(g, in, RI_GZIP_HEAD, e) < 0)
		return -1;
	if (!ri_gzip_head_get(in->buf + in->pos, &head))
		return damaged(g, e, "has a header that ramimg did not write");
	if (head.whole < head.bytes + RI_GZIP_TRAILER || head.whole > RI_UNIT_PACKED)
		return damaged(g, e, "claims a length that ramimg does not write");
	if (need(g, in, head.whole, e) < 0)
		return -1;
	memcpy(u->packed, in->buf + in->pos, head.whole);
	in->pos += head.whole;
	*u = (struct ri_unit){ g->start, u->packed, head.whole, u->content, 0, true };
	return 1;
}

static int plain_header(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	int flags = (unsigned char)in->buf[in->pos + 3];

	if (flags & F_RESERVED)
		return damaged(g, e, "has reserved flags set");
	in->pos += FIXED;
	if (skip_fields(g, in, flags, e) < 0)
		return -1;
	inflateReset(&g->z);
	g->crc = (uint32_t)crc32(0, NULL, 0);
	g->isize = 0;
	g->inside = true;
	return 0;
}

/** Look at the next member's beginning: it must be of the kind that the first was. */
static int member_begin(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	bool ours;

	g->start = ri_input_at(in);
	if (need(g, in, FIXED, e) < 0)
		return -1;
	if (memcmp(in->buf + in->pos, "\x1f\x8b\x08", 3) != 0)
		return damaged(g, e, "does not begin like one");
	ours = in->buf[in->pos + 3] & F_EXTRA;
	if (g->any && ours != g->ours)
		return damaged(g, e, "is of another kind than the first");
	g->any = true;
	g->ours = ours;
	return 0;
}

static int member_end(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	if (need(g, in, RI_GZIP_TRAILER, e) < 0)
		return -1;
	if (ri_le32(in->buf + in->pos) != g->crc)
		return damaged(g, e, "has the wrong CRC-32");
	if (ri_le32(in->buf + in->pos + 4) != g->isize)
		return damaged(g, e, "has the wrong length");
	in->pos += RI_GZIP_TRAILER;
	g->inside = false;
	return 0;
}

/** Inflate what is in the buffer; the unit's content grows. */
static int member_body(struct gunzip *g, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	char *to = u->content + u->content_n;
	size_t room = RI_UNIT_CONTENT - u->content_n, made;
	int rc;

	if (need(g, in, 1, e) < 0)
		return -1;
	g->z.next_in = (Bytef *)in->buf + in->pos;
	g->z.avail_in = (uInt)(in->len - in->pos);
	g->z.next_out = (Bytef *)to;
	g->z.avail_out = (uInt)room;
	rc = inflate(&g->z, Z_NO_FLUSH);
	made = room - g->z.avail_out;
	g->crc = (uint32_t)crc32(g->crc, (const Bytef *)to, (uInt)made);
	g->isize += (uint32_t)made;
	u->content_n += made;
	in->pos = in->len - g->z.avail_in;
	if (rc == Z_STREAM_END)
		return member_end(g, in, e);
	if (rc == Z_MEM_ERROR)
		return ri_nomem(e);
	/* Z_BUF_ERROR means no progress for lack of room: the caller sees that the unit is full. */
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : damaged(g, e, "does not decompress");
}

static int gunzip_next(void *state, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	struct gunzip *g = state;

	u->whole = false;
	u->content_n = 0;
	while (u->content_n < RI_UNIT_CONTENT) {
		if (g->inside) {
			if (member_body(g, in, u, e) < 0)
				return -1;
			continue;
		}
		if (ri_input_have(in, 1, e) < 0)
			return -1;
		if (in->pos == in->len)
			return u->content_n > 0;
		if (member_begin(g, in, e) < 0)
			return -1;
		if (g->ours)
			return cut_own(g, in, u, e);
		if (plain_header(g, in, e) < 0)
			return -1;
	}
	return 1;
}

static int worker_open(void **worker, struct ri_err *e)
{
	*worker = libdeflate_alloc_decompressor();
	return *worker ? 0 : ri_nomem(e);
}

static void worker_close(void *worker)
{
	libdeflate_free_decompressor(worker);
}

static int decompress(struct libdeflate_decompressor *d, struct ri_unit *u, const char *body,
    size_t body_n, struct ri_err *e)
{
	uint32_t isize = ri_le32(body + body_n + 4);
	enum libdeflate_result rc;
	size_t used;

	if (isize > RI_UNIT_CONTENT)
		return member_damaged(u->start, "claims more content than ramimg writes", e);
	rc = libdeflate_deflate_decompress_ex(d, body, body_n, u->content, isize, &used,
	    &u->content_n);
	if (rc == LIBDEFLATE_BAD_DATA)
		return member_damaged(u->start, "does not decompress", e);
	if (rc != LIBDEFLATE_SUCCESS || u->content_n != isize)
		return member_damaged(u->start, "has the wrong length", e);
	if (used != body_n)
		return member_damaged(u->start, "is not as long as its header says", e);
	return 0;
}

/*
 * Bytes that are what the build wrote decompress to what the build compressed, which it has tried: where the header
 * has their sum, the CRC-32 of the content, an emulated CPU's tenth of a load, has nothing to add.
 */
static int decompress_unit(void *worker, struct ri_unit *u, struct ri_err *e)
{
	struct ri_gzip_head head;
	const char *body;
	size_t body_n;

	if (!ri_gzip_head_get(u->packed, &head))
		return member_damaged(u->start, "has a header that ramimg did not write", e);
	body = u->packed + head.bytes;
	body_n = u->packed_n - head.bytes - RI_GZIP_TRAILER;
	if (head.summed && XXH64(body, body_n + RI_GZIP_TRAILER, 0) != head.sum)
		return member_damaged(u->start, "has the wrong XXH64", e);
	if (decompress(worker, u, body, body_n, e) < 0)
		return -1;
	if (!head.summed && libdeflate_crc32(0, u->content, u->content_n) != ri_le32(body + body_n))
		return member_damaged(u->start, "has the wrong CRC-32", e);
	return 0;
}

const struct ri_decoder ri_decoder_gzip = { "gzip", gunzip_open, gunzip_next, gunzip_close,
	worker_open, decompress_unit, worker_close };
