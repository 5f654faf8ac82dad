// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commit/sample.h"
#include "commit/blocks.h"

#define ENDS 16u /* blocks at the beginning and at the end: more than a GPT takes */
#define BETWEEN (RI_SAMPLE_MAX - 2 * ENDS)

size_t ri_sample(uint64_t size, uint64_t out[RI_SAMPLE_MAX])
{
	uint64_t blocks = size / RI_BLOCK + (size % RI_BLOCK != 0), between;
	size_t n = 0;

	if (blocks <= RI_SAMPLE_MAX) {
		for (; n < blocks; n++)
			out[n] = n * RI_BLOCK;
		return n;
	}
	between = blocks - 2 * ENDS;
	for (; n < ENDS; n++)
		out[n] = n * RI_BLOCK;
	for (uint64_t i = 0; i < BETWEEN; i++)
		out[n++] =
		    (ENDS + between / BETWEEN * i + between % BETWEEN * i / BETWEEN) * RI_BLOCK;
	for (uint64_t i = 0; i < ENDS; i++)
		out[n++] = (blocks - ENDS + i) * RI_BLOCK;
	return n;
}
