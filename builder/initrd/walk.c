// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "initrd/walk.h"
#include "base/le.h"
#include "initrd/filter.h"
#include "initrd/tail.h"
#include "initrd/unzip.h"
#include "initrd/window.h"

#include <errno.h>

struct walk {
	const struct ri_initrd_visit *visit;
	struct ri_initrd_part part;
	struct ri_initrd_in in;
	uint64_t entries, unpacked;
	uint64_t before; /* archives complete before this part */
	bool stopped;    /* by the visitor: its error needs no place */
	struct ri_newc newc;
};

static int on_entry(void *arg, const struct ri_newc_entry *entry, struct ri_err *e)
{
	struct walk *w = arg;

	w->unpacked += entry->size;
	if (++w->entries > RI_INITRD_ENTRIES_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "more than %u entries", RI_INITRD_ENTRIES_MAX);
	if (w->unpacked > RI_INITRD_UNPACKED_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "it unpacks to more than %llu bytes",
		    (unsigned long long)RI_INITRD_UNPACKED_MAX);
	w->part.index = w->before + w->newc.archives;
	if (w->visit->entry(w->visit->arg, &w->part, entry, e) == 0)
		return 0;
	w->stopped = true;
	return -1;
}

static const struct ri_newc_ops newc_ops = { on_entry, NULL };

/* Decompressed bytes; what does not begin with an archive is junk to the kernel. */
static int feed(struct walk *w, struct ri_span s, struct ri_err *e)
{
	size_t used;

	if (ri_newc_feed(&w->newc, s, &used, e) < 0)
		return -1;
	if (used < s.n)
		return ri_fail(e, RI_E_GUEST, 0, "its content is not a cpio archive");
	/* Nothing but zeros, without end: a bomb without entries. */
	if (w->newc.at > RI_INITRD_UNPACKED_MAX + (uint64_t)RI_INITRD_ENTRIES_MAX * 4400)
		return ri_fail(e, RI_E_GUEST, 0, "it decompresses to too much");
	return 0;
}

static int check_complete(struct walk *w, struct ri_err *e)
{
	if (!ri_newc_complete(&w->newc))
		return ri_fail(e, RI_E_GUEST, 0, "it is cut short: its cpio archive has no end");
	return 0;
}

/* gzip and zstd: one member or frame, as the kernel takes it. */
static int walk_unzip(struct walk *w, enum ri_unzip_kind kind, struct ri_err *e)
{
	struct ri_unzip_in in = { ri_initrd_more, &w->in };
	RI_ON_EXIT(ri_unzip_freep) struct ri_unzip *u = NULL;
	struct ri_span out;

	if (ri_unzip_new(kind, in, RI_E_GUEST, &u, e) < 0)
		return -1;
	ri_unzip_begin(u);
	do {
		if (ri_unzip_read(u, &out, e) < 0 || feed(w, out, e) < 0)
			return -1;
	} while (out.n > 0);
	w->in.at -= ri_unzip_unused(u);
	return check_complete(w, e);
}

/* Where a legacy LZ4 frame ends: at a chunk length of 0, or one that no chunk can have. */
static int lz4_end(struct walk *w, uint64_t *end, struct ri_err *e)
{
	const uint32_t magic = 0x184c2102, chunk_max = (8u << 20) + (8u << 20) / 255 + 16;
	uint64_t at = w->in.at;
	unsigned char raw[4];

	while (at + sizeof raw <= w->in.end) {
		ssize_t n = pread(w->in.fd, raw, sizeof raw, (off_t)at);
		uint32_t v;

		if (n != (ssize_t)sizeof raw)
			return ri_fail(e, RI_E_IO, n < 0 ? errno : EIO, "reading the initrd");
		v = ri_le32(raw);
		if (v != magic && (v == 0 || v > chunk_max))
			break;
		at += sizeof raw + (v == magic ? 0 : v);
	}
	*end = at < w->in.end ? at : w->in.end;
	return 0;
}

static int feed_filtered(void *arg, struct ri_span s, struct ri_err *e)
{
	return feed(arg, s, e);
}

/* What libarchive decompresses. Its filters do not tell where the data ended: it is told them. */
static int walk_filter(struct walk *w, enum ri_initrd_comp comp, struct ri_err *e)
{
	uint64_t whole = w->in.end;
	int rc;

	rc = comp == RI_INITRD_LZ4 ? lz4_end(w, &w->in.end, e)
				   : ri_initrd_tail(w->in.fd, w->in.at, whole, &w->in.end, e);
	if (rc < 0 || ri_initrd_filter(&w->in, comp, feed_filtered, w, e) < 0)
		return -1;
	w->in.at = w->in.end;
	w->in.end = whole;
	return check_complete(w, e);
}

/* Archives as they are, up to the first byte that is something else. */
static int walk_plain(struct walk *w, struct ri_err *e)
{
	struct ri_span s;
	size_t used;

	do {
		if (ri_initrd_more(&w->in, &s, e) < 0 || ri_newc_feed(&w->newc, s, &used, e) < 0)
			return -1;
	} while (s.n > 0 && used == s.n);
	w->in.at -= s.n - used;
	return check_complete(w, e);
}

static int skip_zeros(struct walk *w, struct ri_err *e)
{
	struct ri_span s;
	size_t i;

	do {
		if (ri_initrd_more(&w->in, &s, e) < 0)
			return -1;
		for (i = 0; i < s.n && s.p[i] == 0; i++)
			;
	} while (s.n > 0 && i == s.n);
	w->in.at -= s.n - i;
	return 0;
}

static int walk_part(struct walk *w, struct ri_err *e)
{
	unsigned char head[RI_INITRD_MAGIC] = { 0 };

	if (pread(w->in.fd, head, sizeof head, (off_t)w->in.at) < 0)
		return ri_fail(e, RI_E_IO, errno, "reading the initrd");
	ri_newc_init(&w->newc, &newc_ops, w, RI_E_GUEST);
	w->part.comp = RI_INITRD_NONE;
	if (head[0] == '0' && w->in.at % 4 == 0)
		return walk_plain(w, e);
	w->part.comp = ri_initrd_comp_of(head);
	switch (w->part.comp) {
	case RI_INITRD_NONE:
		return ri_fail(e, RI_E_GUEST, 0,
		    "neither a cpio archive nor compressed in a known way");
	case RI_INITRD_GZIP:
		return walk_unzip(w, RI_UNZIP_GZIP, e);
	case RI_INITRD_ZSTD:
		return walk_unzip(w, RI_UNZIP_ZSTD, e);
	default:
		return walk_filter(w, w->part.comp, e);
	}
}

int ri_initrd_walk(int fd, uint64_t size, const struct ri_initrd_visit *visit, struct ri_err *e)
{
	RI_FREE char *buf = malloc(RI_INITRD_WINDOW);
	RI_FREE struct walk *w = calloc(1, sizeof *w);

	if (!buf || !w)
		return ri_nomem(e);
	w->visit = visit;
	w->in = (struct ri_initrd_in){ fd, 0, size, buf };
	for (;;) {
		uint64_t at;

		if (skip_zeros(w, e) < 0)
			return -1;
		at = w->in.at;
		if (at == size)
			break;
		if (walk_part(w, e) < 0)
			return e->code == RI_E_GUEST && !w->stopped
				   ? ri_ctx(e, "at byte %llu", (unsigned long long)at)
				   : -1;
		w->before += w->newc.archives;
	}
	if (w->before == 0)
		return ri_fail(e, RI_E_GUEST, 0, "nothing but zeros");
	return 0;
}
