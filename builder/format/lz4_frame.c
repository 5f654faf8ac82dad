// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/lz4_frame.h"
#include "base/le.h"
#include "format/loader_memory.h"

#include <string.h>

/* A skippable frame's magic number, the bytes of its data, and the first four of those. */
enum { SKIPPED = 12, LENGTH_AT = SKIPPED, SUM_AT = LENGTH_AT + 4 };
static const unsigned char skipped[SKIPPED] = { 0x50, 0x2a, 0x4d, 0x18, RI_LZ4_HEAD - 8, 0, 0, 0,
	'R', 'I', 0, 0 };

/* Magic number; FLG: version 01, independent blocks, content size and checksum; BD: blocks of up to 1 MiB. */
enum { COMMON = 6, CONTENT_AT = COMMON, BLOCK_AT = RI_LZ4_CHECK + 1 };
static const unsigned char common[COMMON] = { 0x04, 0x22, 0x4d, 0x18, 0x6c, 0x60 };

/* The highest bit of a block's size. */
#define STORED ((uint32_t)1 << 31)

_Static_assert(SUM_AT + 8 == RI_LZ4_HEAD && CONTENT_AT + 8 == RI_LZ4_CHECK &&
		   BLOCK_AT + 4 == RI_LZ4_FRAME,
    "lengths");
_Static_assert(RI_UNIT_CONTENT == 1 << 20, "what BD says");

void ri_lz4_head_put(const struct ri_lz4_head *head, unsigned char out[RI_LZ4_HEAD])
{
	memcpy(out, skipped, sizeof skipped);
	ri_le_put(out + LENGTH_AT, head->bytes, 4);
	ri_le_put(out + SUM_AT, head->sum, 8);
}

bool ri_lz4_head_get(const char *p, struct ri_lz4_head *out)
{
	*out = (struct ri_lz4_head){ ri_le32(p + LENGTH_AT), ri_le64(p + SUM_AT) };
	return memcmp(p, skipped, sizeof skipped) == 0;
}

void ri_lz4_frame_put(const struct ri_lz4_block *block, unsigned char out[RI_LZ4_FRAME])
{
	memcpy(out, common, sizeof common);
	ri_le_put(out + CONTENT_AT, block->content, 8);
	out[RI_LZ4_CHECK] = 0;
	ri_le_put(out + BLOCK_AT, block->bytes | (block->stored ? STORED : 0), 4);
}

bool ri_lz4_frame_get(const char *p, struct ri_lz4_block *out)
{
	const uint32_t size = ri_le32(p + BLOCK_AT);
	const uint64_t content = ri_le64(p + CONTENT_AT);

	*out = (struct ri_lz4_block){ (uint32_t)content, size & ~STORED, size & STORED };
	return memcmp(p, common, sizeof common) == 0 && content >= 1 &&
	       content <= RI_UNIT_CONTENT && out->bytes >= 1 && out->bytes <= RI_UNIT_CONTENT &&
	       !(out->stored && out->bytes != content);
}
