#pragma once
/*
 * What the two ways to decompress gzip share: members of other programs as a stream (gzip.c), those
 * that ramimg wrote each at once (gzip_unit.c).
 */
#include "loader/decoder.h"

enum { RI_GZIP_HEADER = 20, RI_GZIP_TRAILER = 8 }; /* of a member that ramimg wrote */

/** 32 bits, little endian. */
static inline uint32_t ri_gzip_le(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/** @return -1 RI_E_VERIFY: "damaged: the gzip member at byte START WHAT". */
int ri_gzip_damaged(uint64_t start, const char *what, struct ri_err *e);

int ri_gzip_worker_open(void **worker, struct ri_err *e) RI_MUST_CHECK;
int ri_gzip_decompress(void *worker, struct ri_unit *u, struct ri_err *e) RI_MUST_CHECK;
void ri_gzip_worker_close(void *worker);
