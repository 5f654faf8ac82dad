// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/piece_sums.h"
#include "base/cancel.h"

#include <errno.h>

void ri_piece_sums_begin(struct ri_piece_sums *s)
{
	ri_sha256_init(&s->whole);
	XXH64_reset(&s->piece, 0);
	s->in_piece = 0;
}

static void end_piece(struct ri_piece_sums *s)
{
	XXH64_canonical_t sum;

	_Static_assert(sizeof sum == RI_IMAGE_HASH, "docs/format.md");
	XXH64_canonicalFromHash(&sum, XXH64_digest(&s->piece));
	ri_buf_add(&s->out, &sum, sizeof sum);
	XXH64_reset(&s->piece, 0);
	s->in_piece = 0;
}

void ri_piece_sums_add(struct ri_piece_sums *s, const void *p, size_t n)
{
	const char *from = p;

	ri_sha256_add(&s->whole, p, n);
	while (n > 0) {
		size_t part = RI_IMAGE_PIECE - s->in_piece;

		part = part < n ? part : n;
		XXH64_update(&s->piece, from, part);
		s->in_piece += part;
		from += part;
		n -= part;
		if (s->in_piece == RI_IMAGE_PIECE)
			end_piece(s);
	}
}

int ri_piece_sums_fd(struct ri_piece_sums *s, int fd, uint64_t at, uint64_t bytes, struct ri_err *e)
{
	RI_FREE char *buf = malloc(RI_IMAGE_PIECE);

	if (!buf)
		return ri_nomem(e);
	while (bytes > 0) {
		size_t part = bytes < RI_IMAGE_PIECE ? (size_t)bytes : RI_IMAGE_PIECE;
		ssize_t n;

		if (ri_cancel_check(e) < 0)
			return -1;
		n = pread(fd, buf, part, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ri_fail(e, RI_E_IO, n < 0 ? errno : EIO, "reading the archive back");
		ri_piece_sums_add(s, buf, (size_t)n);
		at += (uint64_t)n;
		bytes -= (uint64_t)n;
	}
	return 0;
}

void ri_piece_sums_whole(const struct ri_piece_sums *s, char out[RI_SHA256_HEX + 1])
{
	struct ri_sha256 so_far = s->whole;

	ri_sha256_hex(&so_far, out);
}

int ri_piece_sums_end(struct ri_piece_sums *s, struct ri_err *e)
{
	if (s->in_piece > 0)
		end_piece(s);
	return ri_buf_check(&s->out, e);
}

void ri_piece_sums_free(struct ri_piece_sums *s)
{
	ri_buf_free(&s->out);
}
