// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The blocks that a commit is about: where each is, what was there and what will be. They are a file
 * beside the record, so that their number costs no memory.
 *
 * An entry is RI_BLOCKS_ENTRY bytes: the block's offset on the disk (64 bits, big-endian), then the first
 * sixteen bytes of the SHA-256 of what was there, and of what will be. Offsets rise. A block that stays as
 * it is has the same digest twice: one of a sample by which the rest of the disk is recognised.
 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>

#define RI_BLOCK 4096u /* bytes; the last one of a disk may be shorter */
#define RI_BLOCK_DIGEST 16
#define RI_BLOCKS_ENTRY (8 + 2 * RI_BLOCK_DIGEST)

struct ri_block {
	uint64_t at;
	unsigned char was[RI_BLOCK_DIGEST], will[RI_BLOCK_DIGEST];
};

/** Whether the commit changes the block. */
bool ri_block_changes(const struct ri_block *b);

/** How long the block at @at is on a disk of @size bytes. */
size_t ri_block_length(uint64_t at, uint64_t size);

void ri_block_digest(const void *bytes, size_t n, unsigned char out[RI_BLOCK_DIGEST]);

/** Append an entry to the file @f. @return 0; -1 RI_E_IO. */
int ri_blocks_put(FILE *f, const struct ri_block *b, struct ri_err *e) RI_MUST_CHECK;

/**
 * The next entry of @f, which has to lie on a disk of @size bytes and behind @last (NULL: the first).
 * @return 1; 0 at the end of the file; -1 RI_E_IO.
 */
int ri_blocks_next(FILE *f, const struct ri_block *last, uint64_t size, struct ri_block *out,
    struct ri_err *e) RI_MUST_CHECK;
