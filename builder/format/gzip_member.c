// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/gzip_member.h"

#include <string.h>

enum { COMMON = 10, FIXED = 16, LENGTH = 4, SUM = 8 };

/* Magic, deflate, FLG.FEXTRA, no MTIME (so that the same input gives the same bytes), XFL, OS unknown. */
static const unsigned char common[COMMON] = { 0x1f, 0x8b, 8, 1 << 2, 0, 0, 0, 0, 0, 255 };

/* XLEN, and the subfield with its length. */
static const unsigned char summed[FIXED - COMMON] = { 4 + LENGTH + SUM, 0, 'R', 'I', LENGTH + SUM,
	0 };
static const unsigned char bare[FIXED - COMMON] = { 4 + LENGTH, 0, 'R', 'I', LENGTH, 0 };

_Static_assert(FIXED + LENGTH + SUM == RI_GZIP_HEAD, "header length");

static void put_le(unsigned char *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get_le(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void ri_gzip_head_put(uint32_t whole, uint64_t sum, unsigned char out[RI_GZIP_HEAD])
{
	memcpy(out, common, sizeof common);
	memcpy(out + COMMON, summed, sizeof summed);
	put_le(out + FIXED, whole, LENGTH);
	put_le(out + FIXED + LENGTH, sum, SUM);
}

bool ri_gzip_head_get(const char *p, struct ri_gzip_head *out)
{
	const unsigned char *u = (const unsigned char *)p;

	*out = (struct ri_gzip_head){ .bytes = FIXED + LENGTH };
	if (memcmp(u, common, sizeof common) != 0)
		return false;
	out->summed = memcmp(u + COMMON, summed, sizeof summed) == 0;
	if (!out->summed && memcmp(u + COMMON, bare, sizeof bare) != 0)
		return false;
	out->whole = (uint32_t)get_le(u + FIXED, LENGTH);
	if (out->summed) {
		out->bytes = RI_GZIP_HEAD;
		out->sum = get_le(u + FIXED + LENGTH, SUM);
	}
	return true;
}
