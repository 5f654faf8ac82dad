// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loader/tarin.h"
#include "loader/identity.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>

struct ri_tarin {
	struct ri_frames *frames;
	const struct ri_manifest *m;
	struct ri_tick tick;
	struct archive *a;
	struct ri_span piece; /* what libarchive was given last */
	uint64_t bytes, entries;
	bool failed;
	struct ri_err err; /* why the stream gave nothing more */
};

/** Take the next piece of the stream, within the length that the manifest allows. */
static int take(struct ri_tarin *t, struct ri_span *piece, struct ri_err *e)
{
	if (ri_frames_next(t->frames, piece, e) < 0)
		return -1;
	t->bytes += piece->n;
	if (t->bytes > t->m->tar_bytes)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "damaged: more than the %" PRIu64 " bytes that the manifest announces",
		    t->m->tar_bytes);
	t->tick.fn(t->tick.arg, t->bytes);
	return 0;
}

static la_ssize_t give(struct archive *a, void *arg, const void **p)
{
	struct ri_tarin *t = arg;

	if (take(t, &t->piece, &t->err) < 0) {
		archive_set_error(a, EIO, "%s", t->err.msg);
		return -1;
	}
	*p = t->piece.p;
	return (la_ssize_t)t->piece.n;
}

/** The stream's own failure where there was one, else libarchive's. */
static int tar_failed(struct ri_tarin *t, struct ri_err *e)
{
	const char *why = archive_error_string(t->a);

	t->failed = true;
	if (t->err.code != RI_OK) {
		*e = t->err;
		return -1;
	}
	return ri_fail(e, RI_E_VERIFY, 0, "damaged tar stream: %s", why ? why : "no reason given");
}

static int tar_open(struct ri_tarin *t, struct ri_err *e)
{
	t->a = archive_read_new();
	if (!t->a)
		return ri_nomem(e);
	if (archive_read_support_format_tar(t->a) != ARCHIVE_OK ||
	    archive_read_open(t->a, t, NULL, give, NULL) != ARCHIVE_OK)
		return tar_failed(t, e);
	return 0;
}

int ri_tarin_open(struct ri_frames *f, const struct ri_manifest *m, struct ri_tick tick,
    struct ri_tarin **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_tarin_close) struct ri_tarin *t = calloc(1, sizeof *t);

	if (!t)
		return ri_nomem(e);
	t->frames = f;
	t->m = m;
	t->tick = tick;
	if (tar_open(t, e) < 0)
		return -1;
	*out = ri_steal(t);
	return 0;
}

/*
 * libarchive warns where a name is not in the locale's character set, and keeps the bytes as they
 * are, which is what a file system wants. Every other warning is damage that it would step over.
 */
static bool only_charset(struct archive *a)
{
	const char *s = archive_error_string(a);

	return s && strstr(s, "can't be converted from") != NULL;
}

static int vet(struct archive_entry *entry, struct ri_err *e)
{
	const char *path = archive_entry_pathname(entry), *link = archive_entry_hardlink(entry);

	if (!path)
		return ri_fail(e, RI_E_VERIFY, 0, "damaged tar stream: a member without a name");
	if (ri_member_name_check(path, e) < 0)
		return -1;
	return link ? ri_member_name_check(link, e) : 0;
}

int ri_tarin_next(struct ri_tarin *t, struct archive_entry **entry, struct ri_err *e)
{
	int rc = archive_read_next_header(t->a, entry);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK && !(rc == ARCHIVE_WARN && only_charset(t->a)))
		return tar_failed(t, e);
	if (++t->entries > t->m->entries)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "damaged: more than the %" PRIu64 " members that the manifest announces",
		    t->m->entries);
	return vet(*entry, e) < 0 ? -1 : 1;
}

int ri_tarin_data(struct ri_tarin *t, struct ri_span *data, int64_t *at, struct ri_err *e)
{
	const void *p;
	size_t n;
	la_int64_t offset;
	int rc = archive_read_data_block(t->a, &p, &n, &offset);

	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc != ARCHIVE_OK)
		return tar_failed(t, e);
	*data = ri_span(p, n);
	*at = offset;
	return 1;
}

int ri_tarin_finish(struct ri_tarin *t, struct ri_err *e)
{
	struct ri_span piece;

	do
		if (take(t, &piece, e) < 0)
			return -1;
	while (piece.n > 0);
	if (t->m->foreign)
		return 0;
	if (t->bytes != t->m->tar_bytes)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "damaged: %" PRIu64 " bytes unpacked, the manifest announces %" PRIu64,
		    t->bytes, t->m->tar_bytes);
	if (t->entries != t->m->entries)
		return ri_fail(e, RI_E_VERIFY, 0,
		    "damaged: %" PRIu64 " members, the manifest announces %" PRIu64, t->entries,
		    t->m->entries);
	return 0;
}

bool ri_tarin_failed(const struct ri_tarin *t)
{
	return t->failed;
}

uint64_t ri_tarin_bytes(const struct ri_tarin *t)
{
	return t->bytes;
}

uint64_t ri_tarin_entries(const struct ri_tarin *t)
{
	return t->entries;
}

void ri_tarin_close(struct ri_tarin **tp)
{
	struct ri_tarin *t = *tp;

	if (!t)
		return;
	archive_read_free(t->a);
	free(t);
	*tp = NULL;
}
