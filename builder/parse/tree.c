// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Entries as the frames say.
 */
#include "parse/tree.h"

#include <archive_entry.h>
#include <errno.h>

struct tree_source {
	struct ri_source base;
	struct ri_peer *p;
	struct archive_entry *entry;
	uint64_t size; /* of the current file */
	uint64_t at;   /* how far its data came */
	bool ended;
	/* A frame that came while the current entry's data was looked for. */
	bool waiting;
	struct ri_peer_frame frame;
};

static int next_frame(struct tree_source *s, struct ri_err *e)
{
	if (s->waiting)
		return 0;
	if (ri_peer_next(s->p, &s->frame, e) < 0) {
		s->p->broken = true;
		return -1;
	}
	s->waiting = true;
	return 0;
}

static int set_xattrs(struct tree_source *s, struct ri_span in, struct ri_err *e)
{
	const char *name;
	struct ri_span value;
	int rc;

	while ((rc = ri_wire_xattr(&in, &name, &value)) > 0)
		archive_entry_xattr_add_entry(s->entry, name, value.p, value.n);
	return rc < 0 ? ri_peer_protocol_error(s->p, e) : 0;
}

static int fill(struct tree_source *s, const struct ri_wire_entry *w, struct ri_err *e)
{
	struct archive_entry *en = s->entry;

	archive_entry_clear(en);
	archive_entry_copy_pathname(en, w->path);
	archive_entry_set_mode(en, w->mode);
	archive_entry_set_uid(en, w->uid);
	archive_entry_set_gid(en, w->gid);
	archive_entry_set_mtime(en, w->mtime, w->nsec);
	if (w->hardlink) {
		/* As tar has it, whatever it is a link to. */
		archive_entry_set_filetype(en, AE_IFREG);
		archive_entry_copy_hardlink(en, w->target);
		return 0;
	}
	archive_entry_set_size(en, (la_int64_t)w->size);
	if (archive_entry_filetype(en) == AE_IFLNK)
		archive_entry_copy_symlink(en, w->target);
	archive_entry_set_rdevmajor(en, w->major);
	archive_entry_set_rdevminor(en, w->minor);
	return set_xattrs(s, w->xattrs, e);
}

static int tree_next(struct ri_source *base, struct archive_entry **entry, struct ri_err *e)
{
	struct tree_source *s = (struct tree_source *)base;
	struct ri_wire_entry w;

	do {
		s->waiting = s->waiting && s->frame.kind != RI_WIRE_DATA;
		if (next_frame(s, e) < 0)
			return -1;
	} while (s->frame.kind == RI_WIRE_DATA && s->entry);
	s->waiting = false;
	if (s->frame.kind == RI_WIRE_DONE) {
		s->ended = true;
		*entry = NULL;
		return 0;
	}
	if (s->frame.kind != RI_WIRE_ENTRY || !ri_wire_entry(s->frame.bytes, &w))
		return ri_peer_protocol_error(s->p, e);
	s->size = w.hardlink ? 0 : w.size;
	s->at = 0;
	*entry = s->entry;
	return fill(s, &w, e);
}

static int tree_data(struct ri_source *base, struct ri_source_block *b, struct ri_err *e)
{
	struct tree_source *s = (struct tree_source *)base;
	const struct ri_peer_frame *f = &s->frame;

	if (next_frame(s, e) < 0)
		return -1;
	if (f->kind != RI_WIRE_DATA)
		return 0;
	s->waiting = false;
	if (f->at < s->at || f->at > s->size || f->bytes.n > s->size - f->at)
		return ri_peer_protocol_error(s->p, e);
	*b = (struct ri_source_block){ f->bytes.p, f->bytes.n, f->at };
	s->at = f->at + f->bytes.n;
	return 1;
}

static void tree_free(struct ri_source *base)
{
	struct tree_source *s = (struct tree_source *)base;

	s->p->streaming = false;
	s->p->broken = s->p->broken || !s->ended; /* the rest is still coming */
	archive_entry_free(s->entry);
	free(s);
}

static const struct ri_source_ops tree_source_ops = { tree_next, tree_data, tree_free };

int ri_tree_source(struct ri_peer *p, struct ri_span payload, struct ri_source **out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_source_freep) struct ri_source *held = NULL;
	struct tree_source *s;

	if (ri_peer_ask(p, RI_WIRE_TREE, payload, e) < 0)
		return -1;
	s = calloc(1, sizeof *s);
	if (!s) {
		p->broken = true;
		return ri_nomem(e);
	}
	held = &s->base;
	s->base.ops = &tree_source_ops;
	s->p = p;
	p->streaming = true;
	s->entry = archive_entry_new();
	if (!s->entry)
		return ri_nomem(e);
	*out = ri_steal(held);
	return 0;
}
