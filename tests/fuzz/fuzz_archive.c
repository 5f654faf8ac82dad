/*
 * An archive as the loader reads it. The first byte says what the rest is: "g" and "z" the file itself,
 * gzip members or zstd frames; anything else a tar stream, which gets its build's id in front and a
 * gzip member around it, so that no checksum is in the way of what comes behind.
 */
#include "core/archid.h"
#include "fuzz.h"
#include "loader/unpack.h"

#include <archive_entry.h>
#include <sys/mman.h>
#include <zlib.h>

#define ID "0123456789abcdef0123456789abcdef"

static void wrap(struct ri_span tar, struct ri_buf *out)
{
	unsigned char id[RI_ARCHID_BYTES];
	z_stream z = { .zalloc = Z_NULL };
	RI_BUF all = { 0 };

	ri_archid_render(ID, id);
	ri_buf_add(&all, (const char *)id, sizeof id);
	ri_buf_add_span(&all, tar);
	FUZZ_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
	z.next_in = (unsigned char *)all.p;
	z.avail_in = (uInt)all.n;
	while (z.avail_in > 0 || z.avail_out == 0) {
		char chunk[16384];

		z.next_out = (unsigned char *)chunk;
		z.avail_out = sizeof chunk;
		FUZZ_CHECK(deflate(&z, Z_FINISH) != Z_STREAM_ERROR);
		ri_buf_add(out, chunk, sizeof chunk - z.avail_out);
	}
	deflateEnd(&z);
}

/* What leaves the reader may be written below a root: no name climbs out of it. */
static void check_name(const char *name)
{
	FUZZ_CHECK(name && *name);
	FUZZ_CHECK(*name != '/');
	for (const char *c = name; *c;) {
		size_t n = strcspn(c, "/");

		FUZZ_CHECK(!(n == 2 && c[0] == '.' && c[1] == '.'));
		c += n + (c[n] == '/');
	}
}

static bool read_data(struct ri_tarin *t, struct ri_err *e)
{
	int64_t end = 0, at = 0;
	struct ri_span data;
	int rc;

	while ((rc = ri_tarin_data(t, &data, &at, e)) == 1) {
		FUZZ_CHECK(at >= end);
		end = at + (int64_t)data.n;
	}
	return fuzz_ok(rc, e);
}

static void read_members(struct ri_tarin *t, struct ri_err *e)
{
	struct archive_entry *entry;
	uint64_t members = 0;
	int rc;

	while ((rc = ri_tarin_next(t, &entry, e)) == 1) {
		const char *link = archive_entry_hardlink(entry);

		members++;
		check_name(archive_entry_pathname(entry));
		if (link)
			check_name(link);
		if (archive_entry_filetype(entry) == AE_IFREG && !read_data(t, e))
			return;
	}
	if (!fuzz_ok(rc, e))
		return;
	FUZZ_CHECK(ri_tarin_entries(t) == members);
	fuzz_ok(ri_tarin_finish(t, e), e);
}

static void ignore(void *arg, uint64_t done)
{
	(void)arg, (void)done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RI_ON_EXIT(ri_unpack_free) struct ri_unpack u = { 0 };
	struct ri_manifest m = { .build_id = ID,
		.archive = (char[]){ "a" },
		.loader_bytes = 32 << 20,
		.compression = (char[]){ "gzip" } };
	char zstd[] = "zstd";
	struct ri_tick tick = { ignore, NULL };
	RI_BUF file = { 0 };
	RI_FD int fd = -1;
	struct ri_err e = { 0 };

	if (size == 0)
		return 0;
	if (data[0] == 'z')
		m.compression = zstd;
	if (data[0] == 'z' || data[0] == 'g')
		ri_buf_add(&file, (const char *)data + 1, size - 1);
	else
		wrap(ri_span((const char *)data + 1, size - 1), &file);
	m.archive_bytes = file.n;
	fd = memfd_create("archive", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, file.n ? file.p : "", file.n) == (ssize_t)file.n);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	if (fuzz_ok(ri_unpack_begin(fd, &m, tick, &u, &e), &e))
		read_members(u.tar, &e);
	return 0;
}
