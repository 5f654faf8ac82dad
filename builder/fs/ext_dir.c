// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/ext_dir.h"
/*
 * Directories: their blocks one after the other, whether or not there is an index over them (its
 * nodes look like blocks without names), or inline in the inode.
 */
#include "fs/ext_internal.h"

#include <sys/stat.h>

enum { HEAD = 8, SHORTEST = 12 };

struct listing {
	struct ri_extfs *x;
	uint32_t ino;
	uint64_t blocks;  /* seen */
	uint64_t entries; /* likewise, those without a name included */
	struct ri_fs_names *out;
};

static bool dots(struct ri_span name)
{
	return ri_span_eq(name, ri_str(".")) || ri_span_eq(name, ri_str(".."));
}

static int entry(struct listing *l, struct ri_span name, uint32_t ino, struct ri_err *e)
{
	if (name.n == 0 || memchr(name.p, '/', name.n) || memchr(name.p, '\0', name.n))
		return ri_ext_bad(l->ino, "a name in it cannot be one", e);
	if (ino > l->x->fs->super->s_inodes_count)
		return ri_ext_bad(l->ino, "a name in it is of an inode that is not there", e);
	return ri_fs_names_add(l->out, name, ino, e);
}

/* "." and ".." come first in the first block and nowhere else. */
static int first_two(struct listing *l, struct ri_span name, uint32_t ino, bool *is,
    struct ri_err *e)
{
	static const char *const want[] = { ".", ".." };

	*is = l->entries < 2;
	if (*is && (ino == 0 || !ri_span_eq(name, ri_str(want[l->entries]))))
		return ri_ext_bad(l->ino, "it does not begin with . and ..", e);
	if (!*is && ino != 0 && dots(name))
		return ri_ext_bad(l->ino, "a name in it cannot be one", e);
	return 0;
}

static int records(struct listing *l, const char *p, size_t n, struct ri_err *e)
{
	while (n > 0) {
		struct ext2_dir_entry d;
		unsigned len = 0;
		size_t name;
		bool skip;

		if (n < HEAD)
			return ri_ext_bad(l->ino, "its entries are damaged", e);
		memset(&d, 0, sizeof d);
		memcpy(&d, p, HEAD);
		name = d.name_len & 0xff;
		if (ext2fs_get_rec_len(l->x->fs, &d, &len) != 0 || len < SHORTEST || len % 4 != 0 ||
		    len > n || HEAD + name > len)
			return ri_ext_bad(l->ino, "its entries are damaged", e);
		if (first_two(l, ri_span(p + HEAD, name), d.inode, &skip, e) < 0)
			return -1;
		if (!skip && d.inode != 0 && entry(l, ri_span(p + HEAD, name), d.inode, e) < 0)
			return -1;
		l->entries++;
		p += len;
		n -= len;
	}
	return 0;
}

static int dir_run(void *arg, const struct ri_extrun *r, struct ri_err *e)
{
	struct listing *l = arg;

	if (r->at != l->blocks)
		return ri_ext_bad(l->ino, "it has a hole where none can be", e);
	for (uint64_t k = 0; k < r->n; k++) {
		errcode_t rc =
		    ext2fs_read_dir_block4(l->x->fs, r->block + k, l->x->block, 0, l->ino);

		if (rc != 0)
			return ri_ext_lib(l->x, l->ino, "reading its names", rc, e);
		if (records(l, l->x->block, l->x->fs->blocksize, e) < 0)
			return -1;
	}
	l->blocks += r->n;
	return 0;
}

/*
 * The parent's number instead of "." and "..", then entries up to the end of i_block, then others.
 */
static int inline_names(struct listing *l, const struct ri_extraw *r, struct ri_err *e)
{
	const char *p = (const char *)r->p->i_block;
	struct ri_span rest;

	if (ri_ext_inline(l->x, r, &rest, e) < 0)
		return -1;
	if (ri_ext_size(l->x, r) != sizeof r->p->i_block + rest.n)
		return ri_ext_bad(l->ino, "it is not as large as its inline data", e);
	l->entries = 2;
	if (records(l, p + EXT4_INLINE_DATA_DOTDOT_SIZE,
		sizeof r->p->i_block - EXT4_INLINE_DATA_DOTDOT_SIZE, e) < 0)
		return -1;
	return records(l, rest.p, rest.n, e);
}

static int collect(struct listing *l, const struct ri_extraw *r, struct ri_err *e)
{
	uint64_t size = ri_ext_size(l->x, r), bs = l->x->fs->blocksize;

	if (ri_ext_flag(r, EXT4_INLINE_DATA_FL))
		return inline_names(l, r, e);
	if (size == 0 || size % bs != 0 || size / bs > ext2fs_blocks_count(l->x->fs->super))
		return ri_ext_bad(l->ino, "it is of an impossible size", e);
	if (ri_ext_map(l->x, r, size / bs, dir_run, l, e) < 0)
		return -1;
	return l->blocks == size / bs ? 0
				      : ri_ext_bad(l->ino, "it has a hole where none can be", e);
}

int ri_extfs_names(struct ri_extfs *fs, uint32_t dir, struct ri_fs_names *out, struct ri_err *e)
{
	RI_ON_EXIT(ri_fs_names_free) struct ri_fs_names names = { 0 };
	struct listing l = { .x = fs, .ino = dir, .out = &names };

	if (ri_ext_raw(fs, dir, &fs->raw, e) < 0)
		return -1;
	if (!ri_ext_is(&fs->raw, S_IFDIR))
		return ri_ext_bad(dir, "it is not a directory", e);
	if (collect(&l, &fs->raw, e) < 0)
		return -1;
	if (!ri_fs_names_sort(&names))
		return ri_ext_bad(dir, "two files in it have the same name", e);
	*out = names;
	names = (struct ri_fs_names){ 0 };
	return 0;
}
