#pragma once
/*
 * The archive file read once, from its beginning to its end, in large pieces; the pages that were
 * read are dropped from the page cache, since nothing will read them again.
 */
#include "base/err.h"

#include <stdint.h>

#define RI_INPUT_PIECE (1 << 20)

struct ri_input {
	int fd;           /* not owned */
	uint64_t bytes;   /* length that the file must have */
	uint64_t fetched; /* bytes read from it so far */
	char *buf;        /* RI_INPUT_PIECE bytes */
	size_t pos, len;  /* unread: buf[pos..len) */
};

/** Begin to read @fd, which stays the caller's. @return 0; -1 RI_E_NOMEM. */
int ri_input_init(struct ri_input *in, int fd, uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;
/**
 * Have at least @want unread bytes in the buffer (at most 64 KiB), fewer only where the file ends.
 * @return 0; -1 RI_E_IO (reading failed), RI_E_VERIFY (the file is shorter than it was).
 */
int ri_input_have(struct ri_input *in, size_t want, struct ri_err *e) RI_MUST_CHECK;
/** Where in the file the first unread byte stands. */
static inline uint64_t ri_input_at(const struct ri_input *in)
{
	return in->fetched - (in->len - in->pos);
}
void ri_input_free(struct ri_input *in);
