// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/le.h"
#include "loader/decoder.h"

#include <inttypes.h>
#include <zstd.h>

/* RFC 8878, 3.1.1: magic number, then the frame header descriptor. */
enum { FRAME_HEAD = 5 };
enum { FHD_DICT = 3, FHD_CHECKSUM = 4, FHD_RESERVED = 8, FHD_UNUSED = 16 };

/* Frames of larger windows need a larger buffer than the loader may have: 8 MiB, which every
 * level up to 19 keeps to. */
enum { WINDOW_LOG = 23 };

struct unzstd {
	ZSTD_DCtx *d;            /* for frames that are not cut out */
	bool inside;             /* such a frame */
	uint64_t start;          /* where the frame begins in the file, for messages */
	unsigned long long size; /* of its content, as the header says */
	uint64_t made;           /* of its content so far */
};

static int damaged(const struct unzstd *z, struct ri_err *e, const char *what)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the zstd frame at byte %" PRIu64 " %s",
	    z->start, what);
}

static int unreadable(uint64_t start, size_t rc, struct ri_err *e)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the zstd frame at byte %" PRIu64 ": %s", start,
	    ZSTD_getErrorName(rc));
}

static int unzstd_open(void **state, struct ri_err *e)
{
	struct unzstd *z = calloc(1, sizeof *z);

	if (!z)
		return ri_nomem(e);
	z->d = ZSTD_createDCtx();
	if (!z->d || ZSTD_isError(ZSTD_DCtx_setParameter(z->d, ZSTD_d_windowLogMax, WINDOW_LOG))) {
		ZSTD_freeDCtx(z->d);
		free(z);
		return ri_nomem(e);
	}
	*state = z;
	return 0;
}

static void unzstd_close(void *state)
{
	struct unzstd *z = state;

	ZSTD_freeDCtx(z->d);
	free(z);
}

/** Look at the frame's head: a data frame must carry a checksum, or damage would pass unseen. */
static int frame_begin(struct unzstd *z, struct ri_input *in, struct ri_err *e)
{
	const unsigned char *h = (const unsigned char *)in->buf + in->pos;
	uint32_t magic;

	z->start = ri_input_at(in);
	if (in->len - in->pos < FRAME_HEAD)
		return damaged(z, e, "is cut off");
	magic = ri_le32(h);
	z->inside = true;
	z->made = 0;
	z->size = ZSTD_CONTENTSIZE_UNKNOWN;
	if ((magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START)
		return 0;
	if (magic != ZSTD_MAGICNUMBER)
		return damaged(z, e, "does not begin like one");
	if (h[4] & (FHD_DICT | FHD_RESERVED | FHD_UNUSED))
		return damaged(z, e, "has flags set that ramimg never sets");
	if (!(h[4] & FHD_CHECKSUM))
		return damaged(z, e, "carries no checksum");
	z->size = ZSTD_getFrameContentSize(h, in->len - in->pos);
	return z->size == ZSTD_CONTENTSIZE_ERROR ? damaged(z, e, "is cut off") : 0;
}

/**
 * Cut out the frame that has begun where it says how much content it has, and that is as little as
 * ramimg puts into one. libzstd adds up the lengths that the blocks' headers claim, within what is
 * in the buffer; a frame that is longer, whether or not it lies, goes on as a stream.
 */
static bool cut_frame(struct unzstd *z, struct ri_input *in, struct ri_unit *u)
{
	size_t n;

	if (z->size > RI_UNIT_CONTENT)
		return false;
	n = ZSTD_findFrameCompressedSize(in->buf + in->pos, in->len - in->pos);
	if (ZSTD_isError(n) || n > RI_UNIT_PACKED)
		return false;
	memcpy(u->packed, in->buf + in->pos, n);
	in->pos += n;
	z->inside = false;
	*u = (struct ri_unit){ z->start, u->packed, n, u->content, (size_t)z->size, true };
	return true;
}

/** Decompress what is in the buffer; the unit's content grows. */
static int frame_body(struct unzstd *z, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	ZSTD_outBuffer dst = { u->content, RI_UNIT_CONTENT, u->content_n };
	ZSTD_inBuffer src;
	size_t rc;

	if (ri_input_have(in, 1, e) < 0)
		return -1;
	src = (ZSTD_inBuffer){ in->buf + in->pos, in->len - in->pos, 0 };
	rc = ZSTD_decompressStream(z->d, &dst, &src);
	if (ZSTD_isError(rc))
		return unreadable(z->start, rc, e);
	if (rc != 0 && src.pos == 0 && dst.pos == u->content_n)
		return damaged(z, e, "is cut off");
	in->pos += src.pos;
	z->made += dst.pos - u->content_n;
	u->content_n = dst.pos;
	z->inside = rc != 0;
	/* libzstd does not compare them while it decompresses piece by piece. */
	if (rc == 0 && z->size != ZSTD_CONTENTSIZE_UNKNOWN && z->made != z->size)
		return damaged(z, e, "is not as long as its header says");
	return 0;
}

static int unzstd_next(void *state, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	struct unzstd *z = state;

	u->whole = false;
	u->content_n = 0;
	while (u->content_n < RI_UNIT_CONTENT) {
		if (z->inside) {
			if (frame_body(z, in, u, e) < 0)
				return -1;
			continue;
		}
		/* What streamed before a frame that can be cut out is a unit of its own. */
		if (u->content_n > 0)
			return 1;
		if (ri_input_have(in, RI_UNIT_PACKED, e) < 0)
			return -1;
		if (in->pos == in->len)
			return 0;
		if (frame_begin(z, in, e) < 0)
			return -1;
		if (cut_frame(z, in, u))
			return 1;
	}
	return 1;
}

static int worker_open(void **worker, struct ri_err *e)
{
	*worker = ZSTD_createDCtx();
	return *worker ? 0 : ri_nomem(e);
}

/* In one go libzstd compares content size and checksum itself. */
static int decompress(void *worker, struct ri_unit *u, struct ri_err *e)
{
	size_t rc = ZSTD_decompressDCtx(worker, u->content, u->content_n, u->packed, u->packed_n);

	return ZSTD_isError(rc) ? unreadable(u->start, rc, e) : 0;
}

static void worker_close(void *worker)
{
	ZSTD_freeDCtx(worker);
}

const struct ri_decoder ri_decoder_zstd = { "zstd", unzstd_open, unzstd_next, unzstd_close,
	worker_open, decompress, worker_close };
