// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/append.h"
/*
 * The initrd with one more archive at its end.
 */
#include "base/cancel.h"
#include "host/hostfile.h"
#include "initrd/window.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>

struct segment {
	struct archive *a;
	struct archive_entry *entry;
	struct ri_buf bytes;
	int64_t ino;
};

static void segment_end(struct segment *s)
{
	archive_write_free(s->a);
	archive_entry_free(s->entry);
	ri_buf_free(&s->bytes);
}

static la_ssize_t on_write(struct archive *a, void *arg, const void *p, size_t n)
{
	struct segment *s = arg;

	(void)a;
	ri_buf_add(&s->bytes, p, n);
	return (la_ssize_t)n;
}

static int failed(struct segment *s, const char *path, struct ri_err *e)
{
	const char *why = archive_error_string(s->a);

	return ri_fail(e, RI_E_IO, 0, "archiving %s for the initrd: %s", path,
	    why ? why : "unknown");
}

/* Everything in an entry except name, mode and content is fixed: same input, same bytes. */
static int put(struct segment *s, const char *path, unsigned type, unsigned mode,
    struct ri_span bytes, struct ri_err *e)
{
	archive_entry_clear(s->entry);
	archive_entry_copy_pathname(s->entry, path);
	archive_entry_set_filetype(s->entry, type);
	archive_entry_set_perm(s->entry, (__LA_MODE_T)mode);
	archive_entry_set_nlink(s->entry, type == AE_IFDIR ? 2 : 1);
	archive_entry_set_ino64(s->entry, ++s->ino);
	archive_entry_set_mtime(s->entry, 0, 0);
	archive_entry_set_size(s->entry, (la_int64_t)bytes.n);
	if (archive_write_header(s->a, s->entry) != ARCHIVE_OK)
		return failed(s, path, e);
	if (bytes.n > 0 && archive_write_data(s->a, bytes.p, bytes.n) != (la_ssize_t)bytes.n)
		return failed(s, path, e);
	return 0;
}

static int make_segment(struct segment *s, const struct ri_initrd_addition *add, struct ri_err *e)
{
	s->a = archive_write_new();
	s->entry = archive_entry_new();
	if (!s->a || !s->entry)
		return ri_nomem(e);
	if (archive_write_set_format_cpio_newc(s->a) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(s->a, 512) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(s->a, 512) != ARCHIVE_OK ||
	    archive_write_open(s->a, s, NULL, on_write, NULL) != ARCHIVE_OK)
		return failed(s, "an archive", e);
	for (size_t i = 0; i < add->parents->n; i++)
		if (!add->parents->v[i].present &&
		    put(s, add->parents->v[i].path, AE_IFDIR, 0755, ri_span("", 0), e) < 0)
			return -1;
	for (size_t i = 0; i < add->n; i++) {
		const struct ri_initrd_member *m = &add->members[i];

		if (put(s, m->path, AE_IFREG, m->mode, m->bytes, e) < 0)
			return -1;
	}
	if (archive_write_close(s->a) != ARCHIVE_OK)
		return failed(s, "the trailer", e);
	return ri_buf_check(&s->bytes, e);
}

/* The bytes of the base, up to @size. */
static int copy(int from, uint64_t size, int to, const char *out, struct ri_err *e)
{
	RI_FREE char *buf = malloc(RI_INITRD_WINDOW);
	struct ri_initrd_in in = { from, 0, size, buf };
	struct ri_span s;

	if (!buf)
		return ri_nomem(e);
	do {
		if (ri_initrd_more(&in, &s, e) < 0 || ri_file_write(to, s, out, e) < 0)
			return -1;
	} while (s.n > 0);
	return in.at == size ? 0
			     : ri_fail(e, RI_E_IO, 0, "the initrd got shorter while it was read");
}

/*
 * Zeros up to a multiple of four, where the kernel looks for an archive, and at least four of them:
 * an LZ4 frame of the legacy kind has no end of its own, and the kernel takes the next four bytes
 * for the length of another chunk; 0 ends it (lib/decompress_unlz4.c).
 */
static struct ri_span padding(uint64_t size)
{
	static const char zeros[8];

	return ri_span(zeros, 4 + (4 - size % 4) % 4);
}

int ri_initrd_append(const char *base, const char *out, const struct ri_initrd_addition *add,
    struct ri_err *e)
{
	RI_ON_EXIT(segment_end) struct segment s = { 0 };
	RI_FD int from = -1, to = -1;
	uint64_t size;

	if (ri_initrd_open(base, base, &from, &size, e) < 0 || make_segment(&s, add, e) < 0)
		return -1;
	to = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to < 0)
		return ri_fail(e, RI_E_IO, errno, "creating %s", out);
	if (copy(from, size, to, out, e) < 0 || ri_file_write(to, padding(size), out, e) < 0)
		return -1;
	return ri_file_write(to, ri_buf_span(&s.bytes), out, e);
}
