#include "loader/decoder.h"

#include <inttypes.h>
#include <zlib.h>

/* RFC 1952, 2.3 */
enum { FIXED = 10, TRAILER = 8 };
enum { F_HCRC = 2, F_EXTRA = 4, F_NAME = 8, F_COMMENT = 16, F_RESERVED = 0xe0 };

struct gunzip {
	z_stream z;
	bool inside;    /* between a member's header and its trailer */
	bool any, ours; /* a member has begun; the first was one that ramimg wrote */
	uint32_t whole; /* ours: the length that the member claims */
	uint32_t crc;   /* of the member's content so far */
	uint32_t isize; /* its length modulo 2^32 */
	uint64_t start; /* where the member begins in the file, for messages */
};

static int damaged(const struct gunzip *g, struct ri_err *e, const char *what)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the gzip member at byte %" PRIu64 " %s",
	    g->start, what);
}

static int gunzip_open(void **state, struct ri_err *e)
{
	struct gunzip *g = calloc(1, sizeof *g);

	if (!g)
		return ri_nomem(e);
	if (inflateInit2(&g->z, -MAX_WBITS) != Z_OK) {
		free(g);
		return ri_nomem(e);
	}
	*state = g;
	return 0;
}

static void gunzip_close(void *state)
{
	struct gunzip *g = state;

	inflateEnd(&g->z);
	free(g);
}

static uint32_t le(const char *p, int bytes)
{
	uint32_t v = 0;

	for (int i = bytes - 1; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

/** Have @n bytes in the buffer or say that the member is cut off. */
static int need(struct gunzip *g, struct ri_input *in, size_t n, struct ri_err *e)
{
	if (ri_input_have(in, n, e) < 0)
		return -1;
	return in->len - in->pos < n ? damaged(g, e, "is cut off") : 0;
}

static int skip_text(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	do
		if (need(g, in, 1, e) < 0)
			return -1;
	while (in->buf[in->pos++] != '\0');
	return 0;
}

/** The variable fields behind the fixed part, as @flags announces them. */
static int skip_fields(struct gunzip *g, struct ri_input *in, int flags, struct ri_err *e)
{
	if ((flags & F_NAME) && skip_text(g, in, e) < 0)
		return -1;
	if ((flags & F_COMMENT) && skip_text(g, in, e) < 0)
		return -1;
	if (flags & F_HCRC) {
		if (need(g, in, 2, e) < 0)
			return -1;
		in->pos += 2;
	}
	return 0;
}

/**
 * A member that ramimg wrote has a header of fixed bytes but for its length, so that no bit of it
 * can change unseen; the CRC-32 does not cover the header.
 */
static int own_header(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	static const char fixed[] = "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0RI\x04";
	enum { LENGTH_AT = sizeof fixed, OURS = LENGTH_AT + 4 };

	if (need(g, in, OURS, e) < 0)
		return -1;
	if (memcmp(in->buf + in->pos, fixed, sizeof fixed) != 0)
		return damaged(g, e, "has a header that ramimg did not write");
	g->whole = le(in->buf + in->pos + LENGTH_AT, 4);
	in->pos += OURS;
	return 0;
}

static int plain_header(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	int flags = (unsigned char)in->buf[in->pos + 3];

	if (flags & F_RESERVED)
		return damaged(g, e, "has reserved flags set");
	in->pos += FIXED;
	return skip_fields(g, in, flags, e);
}

static int member_begin(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	bool ours;

	g->start = ri_input_at(in);
	if (need(g, in, FIXED, e) < 0)
		return -1;
	if (memcmp(in->buf + in->pos, "\x1f\x8b\x08", 3) != 0)
		return damaged(g, e, "does not begin like one");
	ours = in->buf[in->pos + 3] & F_EXTRA;
	if (g->any && ours != g->ours)
		return damaged(g, e, "is of another kind than the first");
	g->any = true;
	g->ours = ours;
	if ((ours ? own_header : plain_header)(g, in, e) < 0)
		return -1;
	inflateReset(&g->z);
	g->crc = (uint32_t)crc32(0, NULL, 0);
	g->isize = 0;
	g->inside = true;
	return 0;
}

static int member_end(struct gunzip *g, struct ri_input *in, struct ri_err *e)
{
	if (need(g, in, TRAILER, e) < 0)
		return -1;
	if (le(in->buf + in->pos, 4) != g->crc)
		return damaged(g, e, "has the wrong CRC-32");
	if (le(in->buf + in->pos + 4, 4) != g->isize)
		return damaged(g, e, "has the wrong length");
	in->pos += TRAILER;
	g->inside = false;
	if (g->ours && ri_input_at(in) - g->start != g->whole)
		return damaged(g, e, "is not as long as its header says");
	return 0;
}

/** Inflate what is in the buffer into @out; *@n grows. */
static int member_body(struct gunzip *g, struct ri_input *in, char *out, size_t cap, size_t *n,
    struct ri_err *e)
{
	size_t made;
	int rc;

	if (need(g, in, 1, e) < 0)
		return -1;
	g->z.next_in = (Bytef *)in->buf + in->pos;
	g->z.avail_in = (uInt)(in->len - in->pos);
	g->z.next_out = (Bytef *)out + *n;
	g->z.avail_out = (uInt)(cap - *n);
	rc = inflate(&g->z, Z_NO_FLUSH);
	made = cap - *n - g->z.avail_out;
	g->crc = (uint32_t)crc32(g->crc, (const Bytef *)out + *n, (uInt)made);
	g->isize += (uint32_t)made;
	*n += made;
	in->pos = in->len - g->z.avail_in;
	if (rc == Z_STREAM_END)
		return member_end(g, in, e);
	if (rc == Z_MEM_ERROR)
		return ri_nomem(e);
	/* Z_BUF_ERROR is no progress for want of room: the caller sees that *n == cap. */
	return rc == Z_OK || rc == Z_BUF_ERROR ? 0 : damaged(g, e, "does not decompress");
}

static int gunzip_decode(void *state, struct ri_input *in, char *out, size_t cap, size_t *n,
    struct ri_err *e)
{
	struct gunzip *g = state;

	for (*n = 0; *n < cap;) {
		if (g->inside) {
			if (member_body(g, in, out, cap, n, e) < 0)
				return -1;
			continue;
		}
		if (ri_input_have(in, 1, e) < 0)
			return -1;
		if (in->pos == in->len)
			return 0;
		if (member_begin(g, in, e) < 0)
			return -1;
	}
	return 0;
}

const struct ri_decoder ri_decoder_gzip = { "gzip", gunzip_open, gunzip_decode, gunzip_close };
