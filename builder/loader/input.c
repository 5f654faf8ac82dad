// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/input.h"
#include "loader/direct.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

/* Giving pages back makes the kernel look at every CPU's lists, so it is not done for each read. */
enum { DROP_EVERY = 16 << 20 };

int ri_input_init(struct ri_input *in, int fd, uint64_t bytes, bool hash, struct ri_err *e)
{
	*in = (struct ri_input){ .fd = fd,
		.bytes = bytes,
		.buf = aligned_alloc(RI_DIRECT_ALIGNED, RI_INPUT_BUFFER),
		.hash = hash };
	if (!in->buf)
		return ri_nomem(e);
	if (hash)
		sha256_init(&in->sha256);
	in->direct = ri_direct_begin(fd);
	/* Advice only: a file system that knows none of it is read all the same. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

static void drop_pages(struct ri_input *in)
{
	/* Read directly, there are but those that looking there made the kernel read ahead. */
	if (in->fetched < in->bytes && (in->direct || in->fetched - in->dropped < DROP_EVERY))
		return;
	posix_fadvise(in->fd, (off_t)in->dropped, (off_t)(in->fetched - in->dropped),
	    POSIX_FADV_DONTNEED);
	/* Whole pages only are given back: begin with the one at the end the next time. */
	in->dropped = in->fetched / RI_DIRECT_ALIGNED * RI_DIRECT_ALIGNED;
}

/** One read to @to; @room and the place in the file are aligned as long as @in is direct. */
static ssize_t read_piece(struct ri_input *in, char *to, size_t room)
{
	ssize_t n;

	for (;;) {
		n = read(in->fd, to, room);
		if (n < 0 && errno == EINTR)
			continue;
		/* A file system that takes the flag and then no such read; or a short one. */
		if (n < 0 && errno == EINVAL && in->direct) {
			ri_direct_end(in->fd);
			in->direct = false;
			continue;
		}
		return n;
	}
}

/** One read into the buffer's free end. */
static int fetch(struct ri_input *in, struct ri_err *e)
{
	uint64_t left = in->bytes - in->fetched;
	size_t room = RI_INPUT_BUFFER - in->len;
	ssize_t n;

	if (room > left)
		room =
		    ((size_t)left + RI_DIRECT_ALIGNED - 1) / RI_DIRECT_ALIGNED * RI_DIRECT_ALIGNED;
	if (room > RI_INPUT_BUFFER - in->len)
		room = RI_INPUT_BUFFER - in->len;
	n = read_piece(in, in->buf + in->len, room);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading at byte %" PRIu64, in->fetched);
	if (n == 0)
		return ri_fail(e, RI_E_VERIFY, 0, "the file ends at byte %" PRIu64 " of %" PRIu64,
		    in->fetched, in->bytes);
	if ((uint64_t)n > left)
		n = (ssize_t)left;
	if (in->hash)
		sha256_update(&in->sha256, (size_t)n, (const uint8_t *)in->buf + in->len);
	in->len += (size_t)n;
	in->fetched += (size_t)n;
	drop_pages(in);
	return 0;
}

int ri_input_have(struct ri_input *in, size_t want, struct ri_err *e)
{
	size_t kept = in->len - in->pos;

	if (kept >= want || in->fetched == in->bytes)
		return 0;
	/* In front of where the next piece goes, which is aligned. */
	memmove(in->buf + RI_INPUT_ATMOST - kept, in->buf + in->pos, kept);
	in->pos = RI_INPUT_ATMOST - kept;
	in->len = RI_INPUT_ATMOST;
	while (in->len - in->pos < want && in->fetched < in->bytes)
		if (fetch(in, e) < 0)
			return -1;
	return 0;
}

int ri_input_compare(struct ri_input *in, const char *hex, struct ri_err *e)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	char found[2 * SHA256_DIGEST_SIZE + 1];

	sha256_digest(&in->sha256, sizeof digest, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(found + 2 * i, 3, "%02x", digest[i]);
	if (strcmp(found, hex) == 0)
		return 0;
	return ri_fail(e, RI_E_VERIFY, 0,
	    "not the archive of this build: its SHA-256 begins with %.16s, the manifest's with "
	    "%.16s",
	    found, hex);
}

void ri_input_free(struct ri_input *in)
{
	free(in->buf);
	*in = (struct ri_input){ .fd = -1 };
}
