// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Numbers as on-disk formats have them: little endian, wherever they lie.
 */
#include <stddef.h>
#include <stdint.h>

/** The number of the 2, 4 or 8 bytes at @p. */
static inline uint16_t ri_le16(const void *p)
{
	const unsigned char *b = p;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t ri_le32(const void *p)
{
	const unsigned char *b = p;

	return ri_le16(b) | (uint32_t)ri_le16(b + 2) << 16;
}

static inline uint64_t ri_le64(const void *p)
{
	const unsigned char *b = p;

	return ri_le32(b) | (uint64_t)ri_le32(b + 4) << 32;
}

/** Put the lower @n bytes of @v at @p. */
static inline void ri_le_put(void *p, uint64_t v, size_t n)
{
	unsigned char *b = p;

	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(v >> (8 * i));
}
