// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/gzip_member.h"
#include "base/le.h"

#include <string.h>

enum { COMMON = 10, FIXED = 16, LENGTH = 4, SUM = 8 };

/* Magic, deflate, FLG.FEXTRA, no MTIME (so that the same input gives the same bytes), XFL, OS unknown. */
static const unsigned char common[COMMON] = { 0x1f, 0x8b, 8, 1 << 2, 0, 0, 0, 0, 0, 255 };

/* XLEN, and the subfield with its length. */
static const unsigned char summed[FIXED - COMMON] = { 4 + LENGTH + SUM, 0, 'R', 'I', LENGTH + SUM,
	0 };
static const unsigned char bare[FIXED - COMMON] = { 4 + LENGTH, 0, 'R', 'I', LENGTH, 0 };

_Static_assert(FIXED + LENGTH + SUM == RI_GZIP_HEAD, "header length");

void ri_gzip_head_put(uint32_t whole, uint64_t sum, unsigned char out[RI_GZIP_HEAD])
{
	memcpy(out, common, sizeof common);
	memcpy(out + COMMON, summed, sizeof summed);
	ri_le_put(out + FIXED, whole, LENGTH);
	ri_le_put(out + FIXED + LENGTH, sum, SUM);
}

bool ri_gzip_head_get(const char *p, struct ri_gzip_head *out)
{
	*out = (struct ri_gzip_head){ .bytes = FIXED + LENGTH };
	if (memcmp(p, common, sizeof common) != 0)
		return false;
	out->summed = memcmp(p + COMMON, summed, sizeof summed) == 0;
	if (!out->summed && memcmp(p + COMMON, bare, sizeof bare) != 0)
		return false;
	out->whole = ri_le32(p + FIXED);
	if (out->summed) {
		out->bytes = RI_GZIP_HEAD;
		out->sum = ri_le64(p + FIXED + LENGTH);
	}
	return true;
}
