// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/blocks.h"
#include "host/sha256.h"

#include <endian.h>
#include <errno.h>

bool ri_block_changes(const struct ri_block *b)
{
	return memcmp(b->was, b->will, sizeof b->was) != 0;
}

size_t ri_block_length(uint64_t at, uint64_t size)
{
	return size - at < RI_BLOCK ? (size_t)(size - at) : RI_BLOCK;
}

void ri_block_digest(const void *bytes, size_t n, unsigned char out[RI_BLOCK_DIGEST])
{
	struct ri_sha256 d;

	ri_sha256_init(&d);
	ri_sha256_add(&d, bytes, n);
	ri_sha256_head(&d, out, RI_BLOCK_DIGEST);
}

int ri_blocks_put(FILE *f, const struct ri_block *b, struct ri_err *e)
{
	unsigned char entry[RI_BLOCKS_ENTRY];
	uint64_t at = htobe64(b->at);

	memcpy(entry, &at, 8);
	memcpy(entry + 8, b->was, RI_BLOCK_DIGEST);
	memcpy(entry + 8 + RI_BLOCK_DIGEST, b->will, RI_BLOCK_DIGEST);
	return fwrite(entry, sizeof entry, 1, f) == 1
		   ? 0
		   : ri_fail(e, RI_E_IO, errno, "writing the list of blocks");
}

int ri_blocks_next(FILE *f, const struct ri_block *last, uint64_t size, struct ri_block *out,
    struct ri_err *e)
{
	unsigned char entry[RI_BLOCKS_ENTRY];
	size_t n = fread(entry, 1, sizeof entry, f);
	uint64_t at;

	if (n < sizeof entry && ferror(f))
		return ri_fail(e, RI_E_IO, errno, "reading the list of blocks");
	if (n == 0)
		return 0;
	memcpy(&at, entry, 8);
	at = be64toh(at);
	if (n < sizeof entry || at % RI_BLOCK != 0 || at >= size || (last && at <= last->at))
		return ri_fail(e, RI_E_IO, 0, "the list of blocks is damaged");
	out->at = at;
	memcpy(out->was, entry + 8, RI_BLOCK_DIGEST);
	memcpy(out->will, entry + 8 + RI_BLOCK_DIGEST, RI_BLOCK_DIGEST);
	return 1;
}
