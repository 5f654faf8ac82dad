// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the blocks of an inode are: extents and block maps. libext2fs's own walks tell written from
 * unwritten extents in one of the two only, and trust more of what they read.
 *
 * Whatever the tree says, a walk ends: the file's blocks only ever go up, no file has more blocks
 * than the file system, and a block map is not followed through more blocks than there are.
 */
#include "fs/ext_internal.h"

#include <ext2fs/ext3_extents.h>

struct walk {
	struct ri_extfs *x;
	uint32_t ino;
	uint64_t next;        /* the first block of the file that may still come */
	uint64_t limit;       /* and the first that is of no interest */
	uint64_t data, nodes; /* how many more the file system can have */
	struct ri_extrun run;
	ri_ext_run_fn *fn;
	void *arg;
};

static int flush(struct walk *w, struct ri_err *e)
{
	struct ri_extrun run = w->run;

	w->run = (struct ri_extrun){ 0 };
	return run.n > 0 ? w->fn(w->arg, &run, e) : 0;
}

static int put(struct walk *w, uint64_t at, uint64_t block, uint64_t n, struct ri_err *e)
{
	if (!ri_ext_within(w->x, block, n))
		return ri_ext_bad(w->ino, "it points to a block that is not there", e);
	if (at >= w->limit)
		return 0;
	if (n > w->limit - at)
		n = w->limit - at;
	if (n > w->data)
		return ri_ext_bad(w->ino, "it has more blocks than the file system", e);
	w->data -= n;
	if (w->run.n == 0 || at != w->run.at + w->run.n || block != w->run.block + w->run.n) {
		int rc = flush(w, e);

		if (rc != 0)
			return rc;
		w->run = (struct ri_extrun){ at, block, 0 };
	}
	w->run.n += n;
	return 0;
}

static int leaf(struct walk *w, const struct ext3_extent *x, struct ri_err *e)
{
	bool unwritten = x->ee_len > EXT_INIT_MAX_LEN;
	uint64_t n = unwritten ? x->ee_len - EXT_INIT_MAX_LEN : x->ee_len;
	uint64_t block = (uint64_t)x->ee_start_hi << 32 | x->ee_start;

	if (n == 0 || x->ee_block < w->next || x->ee_block + n > UINT32_MAX)
		return ri_ext_bad(w->ino, "its extents are not in order", e);
	w->next = x->ee_block + n;
	return unwritten ? 0 : put(w, x->ee_block, block, n, e);
}

static int node(struct walk *w, const char *p, size_t room, unsigned depth, struct ri_err *e);

static int child(struct walk *w, const struct ext3_extent_idx *x, unsigned depth, struct ri_err *e)
{
	uint64_t block = (uint64_t)x->ei_leaf_hi << 32 | x->ei_leaf;
	char *p = w->x->node + (size_t)(depth - 1) * w->x->fs->blocksize;

	if (x->ei_block < w->next)
		return ri_ext_bad(w->ino, "its extents are not in order", e);
	w->next = x->ei_block;
	if (ri_ext_block(w->x, w->ino, block, p, e) < 0)
		return -1;
	return node(w, p, w->x->fs->blocksize, depth - 1, e);
}

/* A node that is not empty advances the walk, so none is visited twice. */
static bool node_sane(const struct ext3_extent_header *h, size_t room, unsigned depth, bool root)
{
	return h->eh_magic == EXT3_EXT_MAGIC && h->eh_depth == depth &&
	       h->eh_entries <= h->eh_max &&
	       h->eh_max <= (room - sizeof *h) / sizeof(struct ext3_extent) &&
	       (h->eh_entries > 0 || (root && depth == 0));
}

static int node(struct walk *w, const char *p, size_t room, unsigned depth, struct ri_err *e)
{
	struct ext3_extent_header h;
	bool root = room < w->x->fs->blocksize;
	int rc = 0;

	memcpy(&h, p, sizeof h);
	if (!node_sane(&h, room, depth, root))
		return ri_ext_bad(w->ino, "its extents are damaged", e);
	if (!root && !ext2fs_extent_block_csum_verify(w->x->fs, w->ino,
			 (struct ext3_extent_header *)(uintptr_t)p))
		return ri_ext_bad(w->ino, "its extents have a wrong checksum", e);
	for (unsigned i = 0; rc == 0 && i < h.eh_entries; i++) {
		const char *at = p + sizeof h + i * sizeof(struct ext3_extent);
		struct ext3_extent_idx idx;
		struct ext3_extent ext;

		memcpy(&idx, at, sizeof idx);
		memcpy(&ext, at, sizeof ext);
		rc = depth > 0 ? child(w, &idx, depth, e) : leaf(w, &ext, e);
	}
	return rc;
}

static int extents(struct walk *w, const uint32_t *i_block, struct ri_err *e)
{
	struct ext3_extent_header h;

	memcpy(&h, i_block, sizeof h);
	if (h.eh_magic != EXT3_EXT_MAGIC || h.eh_depth > RI_EXT_DEPTH_MAX)
		return ri_ext_bad(w->ino, "its extents are damaged", e);
	return node(w, (const char *)i_block, EXT2_N_BLOCKS * sizeof *i_block, h.eh_depth, e);
}

/* How many blocks of the file one pointer covers. */
static uint64_t span(const struct walk *w, unsigned level)
{
	uint64_t n = 1;

	while (level-- > 0)
		n *= w->x->fs->blocksize / 4;
	return n;
}

static int pointers(struct walk *w, const char *p, size_t n, unsigned level, struct ri_err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n && w->next < w->limit; i++) {
		char *below = w->x->node + (level > 0 ? level - 1 : 0) * w->x->fs->blocksize;
		uint32_t block;

		memcpy(&block, p + i * sizeof block, sizeof block);
		if (block == 0) {
			w->next += span(w, level);
		} else if (level == 0) {
			rc = put(w, w->next++, block, 1, e);
		} else if (w->nodes-- == 0) {
			rc = ri_ext_bad(w->ino, "it has more blocks than the file system", e);
		} else {
			rc = ri_ext_block(w->x, w->ino, block, below, e);
			if (rc == 0)
				rc = pointers(w, below, w->x->fs->blocksize / sizeof block,
				    level - 1, e);
		}
	}
	return rc;
}

static int block_map(struct walk *w, const uint32_t *i_block, struct ri_err *e)
{
	int rc = pointers(w, (const char *)i_block, EXT2_NDIR_BLOCKS, 0, e);

	for (unsigned level = 1; rc == 0 && level <= 3; level++)
		rc = pointers(w, (const char *)(i_block + EXT2_NDIR_BLOCKS + level - 1), 1, level,
		    e);
	return rc;
}

int ri_ext_map(struct ri_extfs *x, const struct ri_extraw *r, uint64_t blocks, ri_ext_run_fn *fn,
    void *arg, struct ri_err *e)
{
	uint64_t all = ext2fs_blocks_count(x->fs->super);
	struct walk w = { .x = x,
		.ino = r->ino,
		.limit = blocks,
		.data = all,
		.nodes = all,
		.fn = fn,
		.arg = arg };
	int rc = ri_ext_flag(r, EXT4_EXTENTS_FL) ? extents(&w, r->p->i_block, e)
						 : block_map(&w, r->p->i_block, e);

	return rc == 0 ? flush(&w, e) : rc;
}
