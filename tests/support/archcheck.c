// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/cancel.h"
#include "format/archive_id.h"
#include "host/sha256.h"
#include "initrd/unzip.h"
#include "support/archcheck.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>

#define BUF_BYTES ((size_t)256 * 1024)
#define BLOCK 512

struct checking {
	int fd;
	const char *what;
	char *buf;
	struct ri_sha256 sha;
	struct ri_unzip *unzip;
	bool started;
	struct archive *a;
	uint64_t
	    nonzero; /* position behind the tar's last byte that is not 0, the identity's left out */
	struct ri_archcheck r;
	bool failed; /* err tells why the read callback failed */
	struct ri_err err;
};

static void checking_end(struct checking *c)
{
	archive_read_free(c->a);
	ri_unzip_freep(&c->unzip);
	free(c->buf);
}

static int more(void *arg, struct ri_span *out, struct ri_err *e)
{
	struct checking *c = arg;
	size_t have = 0;
	ssize_t n;

	if (ri_cancel_check(e) < 0)
		return -1;
	do {
		n = read(c->fd, c->buf + have, BUF_BYTES - have);
		if (n < 0 && errno != EINTR)
			return ri_fail(e, RI_E_IO, errno, "reading %s", c->what);
		have += n > 0 ? (size_t)n : 0;
	} while (n != 0 && have < BUF_BYTES);
	ri_sha256_add(&c->sha, c->buf, have);
	c->r.archive_bytes += have;
	*out = ri_span(c->buf, have);
	return 0;
}

/* The first block is looked at for the format and then given to the decompressor. */
static int more_first(void *arg, struct ri_span *out, struct ri_err *e)
{
	struct checking *c = arg;

	if (c->started)
		return more(c, out, e);
	c->started = true;
	*out = ri_span(c->buf, (size_t)c->r.archive_bytes);
	return 0;
}

static int detect(struct checking *c, struct ri_err *e)
{
	struct ri_span s;

	if (more(c, &s, e) < 0)
		return -1;
	if (s.n >= 2 && memcmp(s.p, "\x1f\x8b", 2) == 0)
		c->r.compression = RI_GZIP;
	else if (s.n >= 4 && memcmp(s.p, "\x28\xb5\x2f\xfd", 4) == 0)
		c->r.compression = RI_ZSTD;
	else
		return ri_fail(e, RI_E_VERIFY, 0, "%s",
		    s.n > 0 ? "it is neither gzip nor zstd data" : "it is empty");
	return ri_unzip_new(c->r.compression == RI_ZSTD ? RI_UNZIP_ZSTD : RI_UNZIP_GZIP,
	    (struct ri_unzip_in){ more_first, c }, RI_E_VERIFY, &c->unzip, e);
}

/* Whether @s is the whole of a piece with the identity, and behind it nothing comes. */
static bool take_identity(struct checking *c, struct ri_span s)
{
	c->r.build_id[0] = '\0';
	return s.n == RI_ARCHIVE_ID_BYTES && ri_archive_id_find(s, c->r.build_id);
}

/* The next bytes of the tar, none at its end. */
static int tar_bytes(struct checking *c, struct ri_span *out, struct ri_err *e)
{
	for (;;) {
		int left;

		if (ri_unzip_read(c->unzip, out, e) < 0)
			return -1;
		if (out->n > 0)
			break;
		left = ri_unzip_left(c->unzip, e);
		if (left <= 0)
			return left;
		ri_unzip_begin(c->unzip);
	}
	for (size_t i = take_identity(c, *out) ? 0 : out->n; i > 0; i--)
		if (out->p[i - 1] != 0) {
			c->nonzero = c->r.tar_bytes + i;
			break;
		}
	c->r.tar_bytes += out->n;
	return 0;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **out)
{
	struct checking *c = arg;
	struct ri_span s;

	if (tar_bytes(c, &s, &c->err) < 0) {
		c->failed = true;
		archive_set_error(a, EIO, "%s", c->err.msg);
		return -1;
	}
	*out = s.p;
	return (la_ssize_t)s.n;
}

static int tar_failed(struct checking *c, struct ri_err *e)
{
	const char *why = archive_error_string(c->a);

	if (c->failed) {
		*e = c->err;
		return -1;
	}
	return ri_fail(e, RI_E_VERIFY, 0, "damaged tar data: %s", why ? why : "unknown");
}

/* Warnings are names that the "C" locale does not know; what is damaged is worse than one. */
static int walk(struct checking *c, struct ri_err *e)
{
	struct archive_entry *entry;
	int rc;

	c->a = archive_read_new();
	if (!c->a || archive_read_support_format_tar(c->a) != ARCHIVE_OK)
		return ri_nomem(e);
	if (archive_read_open(c->a, c, NULL, on_read, NULL) != ARCHIVE_OK)
		return tar_failed(c, e);
	while ((rc = archive_read_next_header(c->a, &entry)) == ARCHIVE_OK || rc == ARCHIVE_WARN) {
		c->r.entries++;
		if (archive_read_data_skip(c->a) != ARCHIVE_OK)
			return tar_failed(c, e);
	}
	return rc == ARCHIVE_EOF ? 0 : tar_failed(c, e);
}

static int check_end(struct checking *c, struct ri_err *e)
{
	uint64_t mark = (uint64_t)archive_read_header_position(c->a);
	struct ri_span s;

	do {
		if (tar_bytes(c, &s, e) < 0)
			return -1;
	} while (s.n > 0);
	if (c->r.tar_bytes < mark + 2 * BLOCK || c->nonzero > mark)
		return ri_fail(e, RI_E_VERIFY, 0, "the tar in it has no proper end");
	return 0;
}

static int check(struct checking *c, struct ri_err *e)
{
	c->buf = malloc(BUF_BYTES);
	if (!c->buf)
		return ri_nomem(e);
	ri_sha256_init(&c->sha);
	if (detect(c, e) < 0 || walk(c, e) < 0 || check_end(c, e) < 0)
		return -1;
	ri_sha256_hex(&c->sha, c->r.archive_sha256);
	return 0;
}

int ri_archcheck_fd(int fd, const char *what, struct ri_archcheck *out, struct ri_err *e)
{
	RI_ON_EXIT(checking_end) struct checking c = { .fd = fd, .what = what };

	if (check(&c, e) < 0)
		return e->code == RI_E_VERIFY ? ri_ctx(e, "the archive %s", what) : -1;
	*out = c.r;
	return 0;
}

int ri_archcheck_file(const char *path, struct ri_archcheck *out, struct ri_err *e)
{
	RI_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ri_fail(e, RI_E_IO, errno, "opening the archive %s", path);
	return ri_archcheck_fd(fd, path, out, e);
}
