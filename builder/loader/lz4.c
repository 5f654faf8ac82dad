// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/* Frames that ramimg wrote, and no others: each is cut out by what stands in front of it (format/lz4_frame.h). */
#include "format/lz4_frame.h"
#include "loader/decoder.h"

#include <inttypes.h>
#include <lz4.h>
#include <xxhash.h>

static int damaged(uint64_t start, const char *what, struct ri_err *e)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the lz4 frame at byte %" PRIu64 " %s", start,
	    what);
}

static int nothing_to_make(void **state, struct ri_err *e)
{
	(void)e;
	*state = NULL;
	return 0;
}

static void nothing_to_close(void *state)
{
	(void)state;
}

/**
 * The length is believed as far as there is room for it, and proven with all else by the sum that stands beside it.
 */
static int lz4_next(void *state, struct ri_input *in, struct ri_unit *u, struct ri_err *e)
{
	struct ri_lz4_head head;
	uint64_t start;
	size_t whole;

	(void)state;
	if (ri_input_have(in, RI_LZ4_HEAD, e) < 0)
		return -1;
	if (in->pos == in->len)
		return 0;
	start = ri_input_at(in);
	if (in->len - in->pos < RI_LZ4_HEAD)
		return damaged(start, "is cut off", e);
	if (!ri_lz4_head_get(in->buf + in->pos, &head))
		return damaged(start, "has a header that ramimg did not write", e);
	if (head.bytes <= RI_LZ4_FRAME + RI_LZ4_TRAILER ||
	    head.bytes > RI_LZ4_FRAME + RI_UNIT_CONTENT + RI_LZ4_TRAILER)
		return damaged(start, "claims a length that ramimg does not write", e);
	whole = RI_LZ4_HEAD + (size_t)head.bytes;
	if (ri_input_have(in, whole, e) < 0)
		return -1;
	if (in->len - in->pos < whole)
		return damaged(start, "is cut off", e);
	memcpy(u->packed, in->buf + in->pos, whole);
	in->pos += whole;
	*u = (struct ri_unit){ start, u->packed, whole, u->content, 0, true };
	return 1;
}

/* A frame that is what the build wrote decompresses to what the build compressed, which it has tried. */
static int decompress(void *worker, struct ri_unit *u, struct ri_err *e)
{
	const char *frame = u->packed + RI_LZ4_HEAD, *from = frame + RI_LZ4_FRAME;
	struct ri_lz4_block block;
	struct ri_lz4_head head;

	(void)worker;
	if (!ri_lz4_head_get(u->packed, &head))
		return damaged(u->start, "has a header that ramimg did not write", e);
	if (XXH64(frame, head.bytes, 0) != head.sum)
		return damaged(u->start, "has the wrong XXH64", e);
	if (!ri_lz4_frame_get(frame, &block) ||
	    RI_LZ4_FRAME + block.bytes + RI_LZ4_TRAILER != head.bytes)
		return damaged(u->start, "is not one that ramimg writes", e);
	if (block.stored)
		memcpy(u->content, from, block.bytes);
	else if (LZ4_decompress_safe(from, u->content, (int)block.bytes, RI_UNIT_CONTENT) !=
		 (int)block.content)
		return damaged(u->start, "does not decompress to what its header says", e);
	u->content_n = block.content;
	return 0;
}

const struct ri_decoder ri_decoder_lz4 = { "lz4", nothing_to_make, lz4_next, nothing_to_close,
	nothing_to_make, decompress, nothing_to_close };
