// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/sink_tar.h"
#include "format/archive_id.h"
#include "pack/build_id.h"
#include "pack/compress.h"
#include "pack/entry.h"
#include "pack/tar_writer.h"

#include <archive_entry.h>

struct sink_tar {
	struct ri_sink base;
	const struct ri_pack_opts *o;
	struct ri_comp *comp;
	struct ri_tarw *tar;
	struct archive_entry *entry; /* what goes into the archive */
};

static void set_holes(const struct ri_body *b, struct archive_entry *entry)
{
	if (!ri_body_sparse(b))
		return;
	for (size_t i = 0; i < b->ext_n; i++)
		archive_entry_sparse_add_entry(entry, (la_int64_t)b->ext[i].offset,
		    (la_int64_t)b->ext[i].length);
	/* Nothing but a hole: an empty piece at the end says that there is a map. */
	if (b->ext_n == 0)
		archive_entry_sparse_add_entry(entry, (la_int64_t)b->size, 0);
}

static int put(struct ri_sink *base, struct archive_entry *from, struct ri_body *body,
    struct ri_err *e)
{
	struct sink_tar *s = (struct sink_tar *)base;

	archive_entry_clear(s->entry);
	if (ri_pack_entry_make(from, s->entry, e) < 0)
		return -1;
	if (!body)
		return ri_tarw_entry(s->tar, s->entry, e);
	archive_entry_set_size(s->entry, (la_int64_t)body->size);
	set_holes(body, s->entry);
	return ri_tarw_entry(s->tar, s->entry, e) < 0
		   ? -1
		   : ri_body_replay(body, ri_tarw_data, s->tar, e);
}

static uint64_t taken(const struct ri_sink *base)
{
	return ri_compress_in_bytes(((const struct sink_tar *)base)->comp);
}

/*
 * The id comes from what was built and how, so that the same input gives the same bytes, and it comes last, when
 * that is known: at the beginning it would have to be put in afterwards, and the whole archive hashed again.
 */
static int identify(struct sink_tar *s, struct ri_pack_result *r, struct ri_err *e)
{
	unsigned char block[RI_ARCHIVE_ID_BYTES];
	char so_far[RI_SHA256_HEX + 1];

	if (ri_compress_settle(s->comp, so_far, e) < 0)
		return -1;
	ri_pack_build_id(so_far, s->o->configuration, r->build_id);
	ri_archive_id_render(r->build_id, block);
	return ri_compress_store(s->comp, block, sizeof block, e);
}

static int finish(struct ri_sink *base, struct ri_pack_result *r, struct ri_err *e)
{
	struct sink_tar *s = (struct sink_tar *)base;
	struct ri_compress_result made;

	if (ri_tarw_close(s->tar, e) < 0 || identify(s, r, e) < 0 ||
	    ri_compress_finish(s->comp, &made, e) < 0)
		return -1;
	r->archive_bytes = made.out_bytes;
	memcpy(r->archive_sha256, made.sha256, sizeof made.sha256);
	r->tar_bytes = made.in_bytes;
	return 0;
}

static void sink_free(struct ri_sink *base)
{
	struct sink_tar *s = (struct sink_tar *)base;

	ri_tarw_freep(&s->tar);
	ri_compress_freep(&s->comp);
	archive_entry_free(s->entry);
	free(s);
}

int ri_sink_tar(const struct ri_pack_opts *o, int fd, struct ri_sink **out, struct ri_err *e)
{
	static const struct ri_sink_ops ops = { put, taken, finish, sink_free };
	RI_ON_EXIT(ri_sink_freep) struct ri_sink *base = NULL;
	struct sink_tar *s = calloc(1, sizeof *s);

	if (!s)
		return ri_nomem(e);
	s->base.ops = &ops;
	s->o = o;
	base = &s->base;
	s->entry = archive_entry_new();
	if (!s->entry)
		return ri_nomem(e);
	if (ri_compress_new(o->compression, o->level, o->threads, fd, &s->comp, e) < 0)
		return -1;
	if (o->room_is)
		ri_compress_limit(s->comp, o->room, o->room_is);
	if (ri_tarw_new(s->comp, &s->tar, e) < 0)
		return -1;
	*out = ri_steal(base);
	return 0;
}
