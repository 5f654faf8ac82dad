// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "os/kernel_image.h"

enum { MAGIC = 0x202, VERSION = 0x206, INIT_SIZE = 0x260, KNOWS_INIT_SIZE = 0x20a };

/* Little-endian. */
static uint32_t number(struct ri_span s, size_t at, size_t bytes)
{
	uint32_t v = 0;

	for (size_t i = bytes; i > 0; i--)
		v = v << 8 | (unsigned char)s.p[at + i - 1];
	return v;
}

uint64_t ri_kernel_memory(struct ri_span head)
{
	if (head.n < INIT_SIZE + 4 || memcmp(head.p + MAGIC, "HdrS", 4) != 0 ||
	    number(head, VERSION, 2) < KNOWS_INIT_SIZE)
		return 0;
	return number(head, INIT_SIZE, 4);
}
