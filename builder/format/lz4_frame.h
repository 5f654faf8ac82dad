// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The LZ4 frames that an archive consists of (LZ4 Frame Format Description 1.6.3): each with its content's size and
 * checksum, and one block. In front of each stands a skippable frame, "RI", with its length, by which a reader finds the
 * next one without decompressing this one, and with the XXH64 (seed 0) of all of it, by which it proves the frame while
 * it is compressed. A block's own checksum could do that too, but lz4 1.9.4 then reads beyond the frame's end.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of the skippable frame. */
#define RI_LZ4_HEAD 24
/** Bytes of a frame in front of its block, and behind it: end mark and the content's XXH32 (seed 0). */
#define RI_LZ4_FRAME 19
#define RI_LZ4_TRAILER 8
/** Where the frame's descriptor stands, and behind it the byte that checks it: the second of its XXH32 (seed 0). */
#define RI_LZ4_DESCRIPTOR 4
#define RI_LZ4_CHECK 14

struct ri_lz4_head {
	uint32_t bytes; /* of the frame that follows */
	uint64_t sum;   /* its XXH64 */
};

struct ri_lz4_block {
	uint32_t content; /* bytes that it holds: 1 to RI_UNIT_CONTENT */
	uint32_t bytes;   /* that it takes */
	bool stored;      /* it is not compressed */
};

void ri_lz4_head_put(const struct ri_lz4_head *head, unsigned char out[RI_LZ4_HEAD]);
/** Read the RI_LZ4_HEAD bytes at @p. @return whether they are ones that ramimg writes. */
bool ri_lz4_head_get(const char *p, struct ri_lz4_head *out);

/** All but the byte at RI_LZ4_CHECK, which is the caller's. */
void ri_lz4_frame_put(const struct ri_lz4_block *block, unsigned char out[RI_LZ4_FRAME]);
/**
 * Read the RI_LZ4_FRAME bytes at @p, of a frame whose sum is right. @return whether they are ones that ramimg writes; of
 * the byte at RI_LZ4_CHECK nothing is asked.
 */
bool ri_lz4_frame_get(const char *p, struct ri_lz4_block *out);
