// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The tar stream as a source. libarchive reads the format; what GNU tar and libarchive see
 * differently is put right here:
 *  - GNU tar writes "=" and "%" in the names of attributes as %3D and %25, which libarchive leaves.
 *  - GNU tar writes ACLs as text with names out of the passwd file where it ran, even with
 *    --numeric-owner; the numbers are only in the attribute that --xattrs writes beside it.
 *  - libarchive takes "-1.5" seconds for -1 s and 500,000,000 ns. ("-0.5" comes out as +0.5: the
 *  sign
 *    of its 0 is lost, so the last second of 1969 is told wrong.)
 *  - libarchive ends happily where the stream ends between two entries.
 * Names stay raw bytes because the locale is "C": libarchive then fails to convert what is not
 * ASCII, says so with a warning, and keeps the bytes.
 */
#include "pack/source_tar.h"
#include "base/cancel.h"
#include "format/posixacl.h"
#include "format/xattrs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <poll.h>

#define BLOCK 512
#define BUF_BYTES ((size_t)256 * 1024)
/* How long a signal may wait to be seen while nothing comes from the other end. */
#define POLL_MS 200

struct source_tar {
	struct ri_source base;
	int fd;
	struct archive *a;
	char *buf;
	uint64_t total;   /* bytes read from fd */
	uint64_t nonzero; /* position behind the last of them that is not 0 */
	bool opened;      /* by the first call of next: opening reads */
	bool failed;      /* err tells why the read callback failed */
	ri_beat_fn *beat; /* or NULL */
	void *beat_arg;
	struct ri_err err;
};

/* Read what there is, at least one byte; *n = 0 at the end. */
static int read_some(struct source_tar *s, size_t *n, struct ri_err *e)
{
	struct pollfd p = { .fd = s->fd, .events = POLLIN };
	ssize_t got;

	for (;;) {
		if (ri_cancel_check(e) < 0 || (s->beat && s->beat(s->beat_arg, e) < 0))
			return -1;
		if (poll(&p, 1, POLL_MS) <= 0)
			continue; /* time to check the flag; after EINTR, read could still block */
		got = read(s->fd, s->buf, BUF_BYTES);
		if (got >= 0)
			break;
		if (errno != EINTR && errno != EAGAIN)
			return ri_fail(e, RI_E_IO, errno, "reading the tar stream");
	}
	*n = (size_t)got;
	for (size_t i = *n; i > 0; i--)
		if (s->buf[i - 1] != 0) {
			s->nonzero = s->total + i;
			break;
		}
	s->total += *n;
	return 0;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **out)
{
	struct source_tar *s = arg;
	size_t n;

	if (read_some(s, &n, &s->err) < 0) {
		s->failed = true;
		archive_set_error(a, s->err.sys ? s->err.sys : EIO, "%s", s->err.msg);
		return -1;
	}
	*out = s->buf;
	return (la_ssize_t)n;
}

static int fail(struct source_tar *s, struct ri_err *e)
{
	const char *why = archive_error_string(s->a);

	if (s->failed) {
		*e = s->err;
		return -1;
	}
	return ri_fail(e, RI_E_IO, 0, "the tar stream is damaged or cut short at byte %llu: %s",
	    (unsigned long long)s->total, why ? why : "unknown");
}

/* The end counts only if its mark of two zero blocks is present and only zeros follow. */
static int check_end(struct source_tar *s, struct ri_err *e)
{
	uint64_t mark = (uint64_t)archive_read_header_position(s->a);
	size_t n;

	do {
		if (read_some(s, &n, e) < 0)
			return -1;
	} while (n > 0);
	if (s->total < mark + 2 * BLOCK)
		return ri_fail(e, RI_E_IO, 0,
		    "the tar stream is cut short: it ends after %llu bytes without the end mark",
		    (unsigned long long)s->total);
	if (s->nonzero > mark)
		return ri_fail(e, RI_E_IO, 0,
		    "the tar stream goes on behind its end mark at byte %llu",
		    (unsigned long long)mark);
	return 0;
}

/* "./a/b/" -> "a/b", "./" -> "."; NULL if that is not a path below the root. @p is changed. */
static const char *clean_path(char *p)
{
	size_t n;

	while (p[0] == '.' && p[1] == '/')
		p += 2;
	n = strlen(p);
	while (n > 0 && p[n - 1] == '/')
		p[--n] = '\0';
	if (n == 0)
		return ".";
	for (const char *c = p;; c++) {
		size_t len = strcspn(c, "/");

		if (len == 0 || (len == 2 && memcmp(c, "..", 2) == 0) ||
		    (len == 1 && *c == '.' && n > 1))
			return NULL;
		c += len;
		if (*c == '\0')
			return p;
	}
}

typedef void set_path_fn(struct archive_entry *, const char *);

static int clean(struct archive_entry *entry, const char *path, set_path_fn *set, struct ri_err *e)
{
	RI_FREE char *copy = strdup(path);
	const char *cleaned;

	if (!copy)
		return ri_nomem(e);
	cleaned = clean_path(copy);
	if (!cleaned)
		return ri_fail(e, RI_E_GUEST, 0, "the tar stream has an entry named \"%s\"", path);
	set(entry, cleaned);
	return 0;
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decode only what GNU tar encodes: "%3D" and "%25". */
static void decode_name(char *name)
{
	char *to = name;

	for (const char *from = name; *from; to++) {
		int v = *from == '%' && hex(from[1]) >= 0 && hex(from[2]) >= 0
			    ? hex(from[1]) * 16 + hex(from[2])
			    : 0;

		*to = v == '=' || v == '%' ? (char)v : *from;
		from += v == '=' || v == '%' ? 3 : 1;
	}
	*to = '\0';
}

static int acl_to_xattr(struct ri_xattrs *x, struct archive_entry *entry, const char *name,
    struct ri_err *e)
{
	RI_BUF value = { 0 };

	if (ri_xattrs_find(x, name))
		return 0;
	if (ri_posixacl_from_entry(entry, ri_posixacl_type(name), &value, e) < 0)
		return -1;
	return value.n > 0 ? ri_xattrs_add(x, ri_str(name), ri_buf_span(&value), e) : 0;
}

static int fix_xattrs(struct archive_entry *entry, struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs x = { 0 };

	if (archive_entry_xattr_count(entry) == 0 && archive_entry_acl_types(entry) == 0)
		return 0;
	if (ri_xattrs_get(&x, entry, e) < 0)
		return -1;
	for (size_t i = 0; i < x.n; i++)
		decode_name(x.v[i].name);
	if (acl_to_xattr(&x, entry, RI_ACL_ACCESS, e) < 0 ||
	    acl_to_xattr(&x, entry, RI_ACL_DEFAULT, e) < 0)
		return -1;
	archive_entry_acl_clear(entry);
	return ri_xattrs_set(&x, entry, e);
}

static int fix_entry(struct archive_entry *entry, struct ri_err *e)
{
	const char *path = archive_entry_pathname(entry), *link = archive_entry_hardlink(entry);
	time_t sec = archive_entry_mtime(entry);
	long nsec = archive_entry_mtime_nsec(entry);

	if (!path)
		return ri_fail(e, RI_E_IO, 0, "the tar stream has an entry without a name");
	if (clean(entry, path, archive_entry_copy_pathname, e) < 0)
		return -1;
	if (link && clean(entry, link, archive_entry_copy_hardlink, e) < 0)
		return ri_ctx(e, "the hard link %s", archive_entry_pathname(entry));
	if (sec < 0 && nsec > 0)
		archive_entry_set_mtime(entry, sec - 1, 1000000000 - nsec);
	if (fix_xattrs(entry, e) < 0)
		return ri_ctx(e, "%s", archive_entry_pathname(entry));
	return 0;
}

/* Whether a warning only says that a name is not ASCII. Any other may mean lost metadata. */
static bool harmless(const char *warning)
{
	return warning && strstr(warning, "can't be converted from UTF-8 to current locale");
}

static int tar_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct source_tar *s = (struct source_tar *)base;
	int rc;

	if (!s->opened && archive_read_open1(s->a) != ARCHIVE_OK)
		return fail(s, e);
	s->opened = true;
	rc = archive_read_next_header(s->a, entry);
	if (rc == ARCHIVE_EOF) {
		*entry = NULL;
		return check_end(s, e);
	}
	if (rc == ARCHIVE_WARN && !harmless(archive_error_string(s->a)))
		return ri_fail(e, RI_E_GUEST, 0,
		    "%s: its metadata cannot be read from the tar stream: %s",
		    archive_entry_pathname(*entry), archive_error_string(s->a));
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return fail(s, e);
	return fix_entry(*entry, e);
}

static int tar_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct source_tar *s = (struct source_tar *)base;
	la_int64_t offset;
	int rc = archive_read_data_block(s->a, &b->p, &b->n, &offset);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return fail(s, e);
	b->offset = (uint64_t)offset;
	return 1;
}

static void tar_free(struct ri_source *base)
{
	struct source_tar *s = (struct source_tar *)base;

	archive_read_free(s->a);
	free(s->buf);
	free(s);
}

static const struct ri_source_ops tar_ops = { tar_next, tar_data, tar_free };

int ri_source_tar(int fd, struct ri_source **out, struct ri_err *e)
{
	struct source_tar *s = calloc(1, sizeof *s);
	RI_ON_EXIT(ri_source_freep) struct ri_source *held = NULL;

	if (!s)
		return ri_nomem(e);
	held = &s->base;
	s->base.ops = &tar_ops;
	s->fd = fd;
	s->buf = malloc(BUF_BYTES);
	s->a = archive_read_new();
	if (!s->buf || !s->a || archive_read_support_format_tar(s->a) != ARCHIVE_OK)
		return ri_nomem(e);
	archive_read_set_callback_data(s->a, s);
	archive_read_set_read_callback(s->a, on_read);
	*out = ri_steal(held);
	return 0;
}

void ri_source_tar_beats(struct ri_source *tar, ri_beat_fn *beat, void *arg)
{
	struct source_tar *s = (struct source_tar *)tar;

	s->beat = beat;
	s->beat_arg = arg;
}
