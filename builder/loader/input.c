#include "loader/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

/* Giving pages back makes the kernel look at every CPU's lists, so it is not done for each read. */
enum { DROP_EVERY = 16 << 20 };

int ri_input_init(struct ri_input *in, int fd, uint64_t bytes, bool hash, struct ri_err *e)
{
	*in = (struct ri_input){ .fd = fd,
		.bytes = bytes,
		.buf = malloc(RI_INPUT_BUFFER),
		.hash = hash };
	if (!in->buf)
		return ri_nomem(e);
	if (hash)
		sha256_init(&in->sha256);
	/* Advice only: a file system that knows none of it is read all the same. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

static void drop_pages(struct ri_input *in)
{
	if (in->fetched - in->dropped < DROP_EVERY && in->fetched < in->bytes)
		return;
	posix_fadvise(in->fd, (off_t)in->dropped, (off_t)(in->fetched - in->dropped),
	    POSIX_FADV_DONTNEED);
	/* Whole pages only are given back: begin with the one at the end the next time. */
	in->dropped = in->fetched & ~(uint64_t)0xffff;
}

/** One read into the buffer's free end. */
static int fetch(struct ri_input *in, struct ri_err *e)
{
	size_t room = RI_INPUT_BUFFER - in->len;
	ssize_t n;

	if (room > in->bytes - in->fetched)
		room = (size_t)(in->bytes - in->fetched);
	do
		n = read(in->fd, in->buf + in->len, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ri_fail(e, RI_E_IO, errno, "reading at byte %" PRIu64, in->fetched);
	if (n == 0)
		return ri_fail(e, RI_E_VERIFY, 0, "the file ends at byte %" PRIu64 " of %" PRIu64,
		    in->fetched, in->bytes);
	if (in->hash)
		sha256_update(&in->sha256, (size_t)n, (const uint8_t *)in->buf + in->len);
	in->len += (size_t)n;
	in->fetched += (size_t)n;
	drop_pages(in);
	return 0;
}

int ri_input_have(struct ri_input *in, size_t want, struct ri_err *e)
{
	if (in->len - in->pos >= want)
		return 0;
	memmove(in->buf, in->buf + in->pos, in->len - in->pos);
	in->len -= in->pos;
	in->pos = 0;
	while (in->len < want && in->fetched < in->bytes)
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
