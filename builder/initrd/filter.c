// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/filter.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

/* initramfs-tools writes these; the kernel knows them by the same bytes (lib/decompress.c). */
static const struct magic {
	enum ri_initrd_comp comp;
	unsigned char n, bytes[6];
} magics[] = {
	{ RI_INITRD_GZIP, 2, { 0x1f, 0x8b } },
	{ RI_INITRD_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
	{ RI_INITRD_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ RI_INITRD_LZ4, 4, { 0x02, 0x21, 0x4c, 0x18 } },
	{ RI_INITRD_BZIP2, 3, { 'B', 'Z', 'h' } },
	{ RI_INITRD_LZMA, 3, { 0x5d, 0, 0 } },
	{ RI_INITRD_LZOP, 4, { 0x89, 'L', 'Z', 'O' } },
};

enum ri_initrd_comp ri_initrd_comp_of(const unsigned char head[RI_INITRD_MAGIC])
{
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (memcmp(head, magics[i].bytes, magics[i].n) == 0)
			return magics[i].comp;
	return RI_INITRD_NONE;
}

const char *ri_initrd_comp_name(enum ri_initrd_comp c)
{
	static const char *const names[] = {
		[RI_INITRD_NONE] = "none",
		[RI_INITRD_GZIP] = "gzip",
		[RI_INITRD_XZ] = "xz",
		[RI_INITRD_ZSTD] = "zstd",
		[RI_INITRD_LZ4] = "lz4",
		[RI_INITRD_BZIP2] = "bzip2",
		[RI_INITRD_LZMA] = "lzma",
		[RI_INITRD_LZOP] = "lzop",
	};

	return names[c];
}

struct filter {
	struct ri_initrd_in *in;
	bool failed;
	struct ri_err err;
};

static la_ssize_t on_read(struct archive *a, void *arg, const void **out)
{
	struct filter *f = arg;
	struct ri_span s;

	if (ri_initrd_more(f->in, &s, &f->err) < 0) {
		f->failed = true;
		archive_set_error(a, EIO, "%s", f->err.msg);
		return -1;
	}
	*out = s.p;
	return (la_ssize_t)s.n;
}

static void archive_freep(struct archive **a)
{
	archive_read_free(*a);
}

static int filter_failed(struct filter *f, struct archive *a, enum ri_initrd_comp comp,
    struct ri_err *e)
{
	const char *why = archive_error_string(a);

	if (f->failed) {
		*e = f->err;
		return -1;
	}
	return ri_fail(e, RI_E_GUEST, 0, "damaged %s data: %s", ri_initrd_comp_name(comp),
	    why ? why : "unknown");
}

static int support(struct archive *a, enum ri_initrd_comp comp)
{
	switch (comp) {
	case RI_INITRD_XZ:
		return archive_read_support_filter_xz(a);
	case RI_INITRD_LZ4:
		return archive_read_support_filter_lz4(a);
	case RI_INITRD_BZIP2:
		return archive_read_support_filter_bzip2(a);
	case RI_INITRD_LZMA:
		return archive_read_support_filter_lzma(a);
	default:
		return archive_read_support_filter_lzop(a);
	}
}

int ri_initrd_filter(struct ri_initrd_in *in, enum ri_initrd_comp comp,
    int (*take)(void *arg, struct ri_span s, struct ri_err *e), void *arg, struct ri_err *e)
{
	RI_ON_EXIT(archive_freep) struct archive *a = archive_read_new();
	struct filter f = { .in = in };
	struct archive_entry *entry;
	la_int64_t offset;
	const void *p;
	size_t n;
	int rc;

	if (!a || archive_read_support_format_raw(a) != ARCHIVE_OK)
		return ri_nomem(e);
	/* A warning: it is built without it, and would run a program that talks on our stderr. */
	if (support(a, comp) != ARCHIVE_OK)
		return ri_fail(e, RI_E_UNSUPPORTED, 0,
		    "compressed by %s, which ramimg cannot read here: set COMPRESS=zstd in "
		    "/etc/initramfs-tools/initramfs.conf and run update-initramfs -u in the guest",
		    ri_initrd_comp_name(comp));
	if (archive_read_open(a, &f, NULL, on_read, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return filter_failed(&f, a, comp, e);
	while ((rc = archive_read_data_block(a, &p, &n, &offset)) == ARCHIVE_OK)
		if (take(arg, ri_span(p, n), e) < 0)
			return -1;
	if (rc != ARCHIVE_EOF)
		return filter_failed(&f, a, comp, e);
	return 0;
}
