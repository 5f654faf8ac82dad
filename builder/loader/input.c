#include "loader/input.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

int ri_input_init(struct ri_input *in, int fd, uint64_t bytes, struct ri_err *e)
{
	*in = (struct ri_input){ .fd = fd, .bytes = bytes, .buf = malloc(RI_INPUT_PIECE) };
	if (!in->buf)
		return ri_nomem(e);
	/* Advice only: a file system that knows none of it is read all the same. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return 0;
}

/** One read into the buffer's free end; the pages it came from are given back. */
static int fetch(struct ri_input *in, struct ri_err *e)
{
	size_t room = RI_INPUT_PIECE - in->len;
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
	in->len += (size_t)n;
	in->fetched += (size_t)n;
	posix_fadvise(in->fd, 0, (off_t)in->fetched, POSIX_FADV_DONTNEED);
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

void ri_input_free(struct ri_input *in)
{
	free(in->buf);
	*in = (struct ri_input){ .fd = -1 };
}
