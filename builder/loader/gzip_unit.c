#include "loader/gzip.h"

#include <inttypes.h>
#include <libdeflate.h>

int ri_gzip_damaged(uint64_t start, const char *what, struct ri_err *e)
{
	return ri_fail(e, RI_E_VERIFY, 0, "damaged: the gzip member at byte %" PRIu64 " %s", start,
	    what);
}

int ri_gzip_worker_open(void **worker, struct ri_err *e)
{
	*worker = libdeflate_alloc_decompressor();
	return *worker ? 0 : ri_nomem(e);
}

void ri_gzip_worker_close(void *worker)
{
	libdeflate_free_decompressor(worker);
}

int ri_gzip_decompress(void *worker, struct ri_unit *u, struct ri_err *e)
{
	const char *body = u->packed + RI_GZIP_HEADER;
	size_t body_n = u->packed_n - RI_GZIP_HEADER - RI_GZIP_TRAILER, used, made;
	uint32_t crc = ri_gzip_le(body + body_n), isize = ri_gzip_le(body + body_n + 4);
	enum libdeflate_result rc;

	if (isize > RI_UNIT_CONTENT)
		return ri_gzip_damaged(u->start, "claims more content than ramimg writes", e);
	rc =
	    libdeflate_deflate_decompress_ex(worker, body, body_n, u->content, isize, &used, &made);
	if (rc == LIBDEFLATE_BAD_DATA)
		return ri_gzip_damaged(u->start, "does not decompress", e);
	if (rc != LIBDEFLATE_SUCCESS || made != isize)
		return ri_gzip_damaged(u->start, "has the wrong length", e);
	if (used != body_n)
		return ri_gzip_damaged(u->start, "is not as long as its header says", e);
	if (libdeflate_crc32(0, u->content, made) != crc)
		return ri_gzip_damaged(u->start, "has the wrong CRC-32", e);
	u->content_n = made;
	return 0;
}
