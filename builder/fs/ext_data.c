// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/ext_data.h"
/*
 * What is in a file: data and the targets of symlinks.
 */
#include "fs/ext_internal.h"

#include <limits.h>
#include <sys/stat.h>

struct reading {
	struct ri_extfs *x;
	uint64_t size;
	const struct ri_fs_sink *to;
};

/* Straight from the image: the cache is for what is read again. */
static int data_run(void *arg, const struct ri_extrun *r, struct ri_err *e)
{
	const struct reading *d = arg;
	struct ri_image *image = d->x->disk.image;
	uint64_t bs = d->x->fs->blocksize, at = r->at * bs, from = r->block * bs, n = r->n * bs;

	if (n > d->size - at)
		n = d->size - at;
	while (n > 0) {
		size_t len = n < RI_FS_PIECE ? (size_t)n : RI_FS_PIECE;
		char *p;
		int rc = d->to->room(d->to->arg, len, &p, e);

		if (rc == 0) {
			p = p ? p : d->x->piece;
			rc = image->read(image, from, p, len, e);
		}
		if (rc == 0)
			rc = d->to->fn(d->to->arg, at, ri_span(p, len), e);
		if (rc != 0)
			return rc;
		at += len;
		from += len;
		n -= len;
	}
	return 0;
}

static uint64_t blocks_for(const struct ri_extfs *x, uint64_t bytes)
{
	return bytes / x->fs->blocksize + (bytes % x->fs->blocksize != 0);
}

/* i_block, then what the attribute holds. */
static int inline_bytes(struct ri_extfs *x, const struct ri_extraw *r, struct ri_buf *out,
    struct ri_err *e)
{
	uint64_t size = ri_ext_size(x, r);
	struct ri_span rest;

	if (ri_ext_inline(x, r, &rest, e) < 0)
		return -1;
	ri_buf_add(out, r->p->i_block, sizeof r->p->i_block);
	ri_buf_add_span(out, rest);
	if (ri_buf_check(out, e) < 0)
		return -1;
	if (size > out->n)
		return ri_ext_bad(r->ino, "it is larger than its inline data", e);
	out->n = (size_t)size;
	return 0;
}

int ri_extfs_data_to(struct ri_extfs *fs, const struct ri_fs_inode *i, const struct ri_fs_sink *to,
    struct ri_err *e)
{
	struct reading d = { fs, i->size, to };
	RI_BUF bytes = { 0 };

	if (ri_ext_raw(fs, i->ino, &fs->raw, e) < 0)
		return -1;
	if (!ri_ext_is(&fs->raw, S_IFREG))
		return ri_ext_bad(i->ino, "it is not a regular file", e);
	if (!ri_ext_flag(&fs->raw, EXT4_INLINE_DATA_FL))
		return ri_ext_map(fs, &fs->raw, blocks_for(fs, i->size), data_run, &d, e);
	if (inline_bytes(fs, &fs->raw, &bytes, e) < 0)
		return -1;
	return bytes.n > 0 ? to->fn(to->arg, 0, ri_buf_span(&bytes), e) : 0;
}

int ri_extfs_data(struct ri_extfs *fs, const struct ri_fs_inode *i,
    int (*fn)(void *arg, uint64_t at, struct ri_span bytes, struct ri_err *e), void *arg,
    struct ri_err *e)
{
	const struct ri_fs_sink to = ri_fs_sink_of(fn, arg);

	return ri_extfs_data_to(fs, i, &to, e);
}

struct whole {
	struct ri_extfs *x;
	uint32_t ino;
	uint64_t n;
	struct ri_buf *out;
};

static int whole_run(void *arg, const struct ri_extrun *r, struct ri_err *e)
{
	const struct whole *w = arg;
	uint64_t bs = w->x->fs->blocksize;

	for (uint64_t k = 0; k < r->n; k++) {
		uint64_t at = (r->at + k) * bs, left = w->n - at;

		if (at != w->out->n)
			return ri_ext_bad(w->ino, "it has a hole where none can be", e);
		if (ri_ext_block(w->x, w->ino, r->block + k, w->x->piece, e) < 0)
			return -1;
		ri_buf_add(w->out, w->x->piece, left < bs ? (size_t)left : (size_t)bs);
		if (ri_buf_check(w->out, e) < 0)
			return -1;
	}
	return 0;
}

int ri_ext_whole(struct ri_extfs *x, const struct ri_extraw *r, uint64_t n, struct ri_buf *out,
    struct ri_err *e)
{
	struct whole w = { x, r->ino, n, out };

	if (ri_ext_map(x, r, blocks_for(x, n), whole_run, &w, e) < 0)
		return -1;
	return out->n == n ? 0 : ri_ext_bad(r->ino, "it has a hole where none can be", e);
}

/*
 * The kernel's rule: no blocks but those of the attributes; where these may be anywhere, by length.
 */
static bool fast(const struct ri_extfs *x, const struct ri_extraw *r)
{
	struct ext2_inode *p = (struct ext2_inode *)r->p;
	uint64_t cluster = (uint64_t)EXT2_CLUSTER_SIZE(x->fs->super) / 512;
	uint64_t attrs = ext2fs_file_acl_block(x->fs, p) != 0 ? cluster : 0;

	if (ext2fs_has_feature_ea_inode(x->fs->super))
		return ri_ext_size(x, r) < sizeof p->i_block;
	return p->i_blocks == attrs;
}

static int target(struct ri_extfs *x, const struct ri_extraw *r, struct ri_buf *out,
    struct ri_err *e)
{
	uint64_t size = ri_ext_size(x, r);

	if (size == 0 || size >= PATH_MAX || size >= x->fs->blocksize)
		return ri_ext_bad(r->ino, "it is a symlink of an impossible length", e);
	if (ri_ext_flag(r, EXT4_INLINE_DATA_FL))
		return inline_bytes(x, r, out, e);
	if (!fast(x, r))
		return ri_ext_whole(x, r, size, out, e);
	if (size >= sizeof r->p->i_block)
		return ri_ext_bad(r->ino, "it is a symlink of an impossible length", e);
	ri_buf_add(out, r->p->i_block, (size_t)size);
	return ri_buf_check(out, e);
}

int ri_extfs_link(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_buf *out,
    struct ri_err *e)
{
	RI_BUF to = { 0 };

	if (ri_ext_raw(fs, i->ino, &fs->raw, e) < 0)
		return -1;
	if (!ri_ext_is(&fs->raw, S_IFLNK))
		return ri_ext_bad(i->ino, "it is not a symlink", e);
	if (target(fs, &fs->raw, &to, e) < 0)
		return -1;
	if (memchr(to.p, '\0', to.n))
		return ri_ext_bad(i->ino, "it is a symlink with a NUL inside", e);
	ri_buf_add_span(out, ri_buf_span(&to));
	return ri_buf_check(out, e);
}
