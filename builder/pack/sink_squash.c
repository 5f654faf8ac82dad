// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pack/sink_squash.h"
#include "format/archive_id.h"
#include "format/posixacl.h"
#include "pack/build_id.h"
#include "pack/compress.h"
#include "pack/piece_sums.h"
#include "pack/tmpfs_need.h"
#include "squash/squash.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#define BLOCK_DEFAULT (128u << 10)
/* What a tar would take for an entry: the length that is expected is a tar's. */
#define HEADER 512u

struct sink_squash {
	struct ri_sink base;
	const struct ri_pack_opts *o;
	int fd;
	off_t begin; /* where in fd the image begins */
	struct ri_squash *image;
	uint64_t entries, data; /* bytes of files, without holes */
	uint64_t lost_acls;
};

/*
 * What the owning group may do by an ACL's lines. In the mode its bits are the mask, which is for whom the ACL names as
 * well: with the ACL gone, they would be the group's.
 */
static int group_of_acl(struct ri_span acl, unsigned *group, struct ri_err *e)
{
	struct archive_entry *lines = archive_entry_new();
	unsigned mask = 7;
	int type, perm, tag, id, rc;
	const char *name;

	if (!lines)
		return ri_nomem(e);
	rc = ri_posixacl_to_entry(acl, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, lines, e);
	if (rc == 0) {
		/* The group's line became part of the entry's mode. */
		*group = archive_entry_perm(lines) >> 3 & 7;
		archive_entry_acl_reset(lines, ARCHIVE_ENTRY_ACL_TYPE_ACCESS);
		while (archive_entry_acl_next(lines, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, &type, &perm,
			   &tag, &id, &name) == ARCHIVE_OK)
			if (tag == ARCHIVE_ENTRY_ACL_MASK)
				mask = (unsigned)perm & 7;
		*group &= mask;
	}
	archive_entry_free(lines);
	return rc;
}

/* Take the ACLs out of @all, which the format has no place for. */
static int keep_xattrs(struct sink_squash *s, const struct ri_xattrs *all, struct ri_xattrs *keep,
    unsigned *mode, struct ri_err *e)
{
	bool lost = false;

	for (size_t i = 0; i < all->n; i++) {
		const struct ri_span value = ri_buf_span(&all->v[i].value);
		int type = ri_posixacl_type(all->v[i].name);
		unsigned group = *mode >> 3 & 7;

		lost = lost || type != 0;
		if (type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS) {
			if (group_of_acl(value, &group, e) < 0)
				return -1;
			*mode = (*mode & ~070u) | group << 3;
		}
		if (type == 0 && ri_xattrs_add(keep, ri_str(all->v[i].name), value, e) < 0)
			return -1;
	}
	s->lost_acls += lost;
	return 0;
}

static int put_inode(struct sink_squash *s, struct archive_entry *from, const struct ri_body *body,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs all = { 0 }, keep = { 0 };
	struct ri_squash_entry in = {
		.path = archive_entry_pathname(from),
		.mode = (unsigned)(archive_entry_filetype(from) | archive_entry_perm(from)),
		.uid = archive_entry_uid(from),
		.gid = archive_entry_gid(from),
		.mtime = archive_entry_mtime(from),
		.rdev_major = archive_entry_rdevmajor(from),
		.rdev_minor = archive_entry_rdevminor(from),
		.target = archive_entry_symlink(from),
		.size = body ? body->size : 0,
		.xattrs = &keep,
	};

	if (archive_entry_xattr_count(from) > 0 &&
	    (ri_xattrs_get(&all, from, e) < 0 || keep_xattrs(s, &all, &keep, &in.mode, e) < 0))
		return -1;
	return ri_squash_add(s->image, &in, e);
}

static int put(struct ri_sink *base, struct archive_entry *from, struct ri_body *body,
    struct ri_err *e)
{
	struct sink_squash *s = (struct sink_squash *)base;
	const struct ri_squash_entry link = { .path = archive_entry_pathname(from),
		.link = archive_entry_hardlink(from) };

	s->entries++;
	if (link.link)
		return ri_squash_add(s->image, &link, e);
	if (put_inode(s, from, body, e) < 0)
		return -1;
	if (!body)
		return 0;
	for (size_t i = 0; i < body->ext_n; i++)
		s->data += body->ext[i].length;
	return ri_body_replay(body, ri_squash_data, s->image, e);
}

static uint64_t taken(const struct ri_sink *base)
{
	const struct sink_squash *s = (const struct sink_squash *)base;

	return s->data + s->entries * HEADER;
}

/* The image is read once more: where a block turns out to be there already, what was written is taken back. */
static int identify(struct sink_squash *s, uint64_t image_bytes, struct ri_piece_sums *sums,
    struct ri_pack_result *r, struct ri_err *e)
{
	unsigned char block[RI_ARCHIVE_ID_BYTES];
	char so_far[RI_SHA256_HEX + 1];

	ri_piece_sums_begin(sums);
	if (ri_piece_sums_fd(sums, s->fd, (uint64_t)s->begin, image_bytes, e) < 0)
		return -1;
	ri_piece_sums_whole(sums, so_far);
	ri_pack_build_id(so_far, s->o->configuration, r->build_id);
	ri_archive_id_render(r->build_id, block);
	if (ri_squash_trailer(s->image, block, sizeof block, e) < 0)
		return -1;
	ri_piece_sums_add(sums, block, sizeof block);
	return ri_piece_sums_end(sums, e);
}

static int finish(struct ri_sink *base, struct ri_pack_result *r, struct ri_err *e)
{
	struct sink_squash *s = (struct sink_squash *)base;
	RI_ON_EXIT(ri_piece_sums_free) struct ri_piece_sums sums = { .in_piece = 0 };
	struct ri_squash_result made;
	struct ri_tmpfs_need need = { 0 };

	if (ri_squash_finish(s->image, &made, e) < 0 || identify(s, made.bytes, &sums, r, e) < 0)
		return -1;
	r->archive_bytes = made.bytes + RI_ARCHIVE_ID_BYTES;
	ri_piece_sums_whole(&sums, r->archive_sha256);
	r->hashes = sums.out;
	sums.out = (struct ri_buf){ 0 };
	r->tar_bytes = s->data;
	ri_tmpfs_need_inode(&need, "image");
	ri_tmpfs_need_data(&need, r->archive_bytes, r->archive_bytes);
	r->tmpfs_bytes = need.data_bytes + need.kernel_bytes;
	r->lost_acls = s->lost_acls;
	r->lost_xattrs = made.lost_xattrs;
	r->clamped_times = made.clamped_times;
	return 0;
}

static void sink_free(struct ri_sink *base)
{
	struct sink_squash *s = (struct sink_squash *)base;

	ri_squash_freep(&s->image);
	free(s);
}

int ri_sink_squash(const struct ri_pack_opts *o, int fd, struct ri_sink **out, struct ri_err *e)
{
	static const struct ri_sink_ops ops = { put, taken, finish, sink_free };
	const struct ri_squash_opts how = {
		.compression = o->compression,
		.level = o->level,
		.block_size = o->block_size ? o->block_size : BLOCK_DEFAULT,
		.threads = ri_compress_threads(o->threads),
		.room_is = o->room_is,
		.room = o->room,
	};
	RI_ON_EXIT(ri_sink_freep) struct ri_sink *base = NULL;
	struct sink_squash *s = calloc(1, sizeof *s);

	if (!s)
		return ri_nomem(e);
	s->base.ops = &ops;
	s->o = o;
	s->fd = fd;
	base = &s->base;
	s->begin = lseek(fd, 0, SEEK_CUR);
	if (s->begin < 0)
		return ri_fail(e, RI_E_IO, errno, "the archive's position");
	if (ri_squash_new(fd, &how, &s->image, e) < 0)
		return -1;
	*out = ri_steal(base);
	return 0;
}
