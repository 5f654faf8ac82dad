// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Attributes as stored on the disk: a list of entries from the front, values from the back; in the
 * inode behind its fields, and in a block.
 */
#include "fs/ext_internal.h"

#include <ext2fs/ext2_ext_attr.h>

enum { LIST_END = 4 /* zeros */, VALUE_MAX = 65536 /* XATTR_SIZE_MAX */ };

struct area {
	uint32_t ino;
	struct ri_span all; /* offsets count from here */
	size_t first;       /* entry */
	size_t list_end;    /* behind its zeros, once it is known */
};

static bool read_entry(const struct area *a, size_t at, struct ext2_ext_attr_entry *x)
{
	if (a->all.n - at < LIST_END + sizeof *x)
		return false;
	memcpy(x, a->all.p + at, sizeof *x);
	return EXT2_EXT_ATTR_LEN(x->e_name_len) <= a->all.n - at - LIST_END;
}

static bool at_end(const struct area *a, size_t at)
{
	return memcmp(a->all.p + at, "\0\0\0", LIST_END) == 0;
}

static int find_end(struct area *a, struct ri_err *e)
{
	size_t at = a->first;

	if (a->all.n < at + LIST_END)
		return ri_ext_bad(a->ino, "its attributes are damaged", e);
	while (!at_end(a, at)) {
		struct ext2_ext_attr_entry x;

		if (!read_entry(a, at, &x))
			return ri_ext_bad(a->ino, "its attributes are damaged", e);
		at += EXT2_EXT_ATTR_LEN(x.e_name_len);
	}
	a->list_end = at + LIST_END;
	return 0;
}

static bool value_sane(const struct area *a, const struct ext2_ext_attr_entry *x)
{
	if (x->e_value_size > VALUE_MAX)
		return false;
	if (x->e_value_inum != 0 || x->e_value_size == 0)
		return true;
	return x->e_value_offs >= a->list_end && x->e_value_offs <= a->all.n &&
	       x->e_value_size <= a->all.n - x->e_value_offs;
}

static int each(struct area *a, ri_ext_attr_fn *fn, void *arg, struct ri_err *e)
{
	if (find_end(a, e) < 0)
		return -1;
	for (size_t at = a->first; !at_end(a, at);) {
		struct ext2_ext_attr_entry x;
		struct ri_extattr out;

		if (!read_entry(a, at, &x) || !value_sane(a, &x))
			return ri_ext_bad(a->ino, "its attributes are damaged", e);
		out = (struct ri_extattr){ .index = x.e_name_index,
			.name = ri_span(a->all.p + at + sizeof x, x.e_name_len),
			.value = ri_span("", 0),
			.inum = x.e_value_inum,
			.size = x.e_value_size };
		if (x.e_value_inum == 0 && x.e_value_size > 0)
			out.value = ri_span(a->all.p + x.e_value_offs, x.e_value_size);
		if (memchr(out.name.p, '\0', out.name.n))
			return ri_ext_bad(a->ino, "its attributes are damaged", e);
		if (fn(arg, &out, e) < 0)
			return -1;
		at += EXT2_EXT_ATTR_LEN(x.e_name_len);
	}
	return 0;
}

static int in_inode(struct ri_extfs *x, const struct ri_extraw *r, ri_ext_attr_fn *fn, void *arg,
    struct ri_err *e)
{
	static const uint32_t magic = EXT2_EXT_ATTR_MAGIC;
	struct area a = { .ino = r->ino, .all = ri_ext_spare(x, r) };

	if (a.all.n < sizeof magic || memcmp(a.all.p, &magic, sizeof magic) != 0)
		return 0;
	a.all = ri_span_skip(a.all, sizeof magic);
	return each(&a, fn, arg, e);
}

static int in_block(struct ri_extfs *x, const struct ri_extraw *r, ri_ext_attr_fn *fn, void *arg,
    struct ri_err *e)
{
	uint64_t block = ext2fs_file_acl_block(x->fs, (struct ext2_inode *)r->p);
	struct area a = { .ino = r->ino,
		.all = ri_span(x->block, x->fs->blocksize),
		.first = sizeof(struct ext2_ext_attr_header) };
	struct ext2_ext_attr_header h;
	errcode_t rc;

	if (block == 0)
		return 0;
	if (!ri_ext_within(x, block, 1))
		return ri_ext_bad(r->ino, "it points to a block that is not there", e);
	rc = ext2fs_read_ext_attr3(x->fs, block, x->block, r->ino);
	if (rc != 0)
		return ri_ext_lib(x, r->ino, "reading its attributes", rc, e);
	memcpy(&h, x->block, sizeof h);
	if (h.h_magic != EXT2_EXT_ATTR_MAGIC || h.h_blocks != 1)
		return ri_ext_bad(r->ino, "its attributes are damaged", e);
	return each(&a, fn, arg, e);
}

int ri_ext_attrs(struct ri_extfs *x, const struct ri_extraw *r, bool block, ri_ext_attr_fn *fn,
    void *arg, struct ri_err *e)
{
	if (in_inode(x, r, fn, arg, e) < 0)
		return -1;
	return block ? in_block(x, r, fn, arg, e) : 0;
}

struct rest {
	struct ri_span bytes;
	bool found;
};

static int find_rest(void *arg, const struct ri_extattr *a, struct ri_err *e)
{
	struct rest *rest = arg;

	(void)e;
	if (a->index == RI_EXT_ATTR_SYSTEM && ri_span_eq(a->name, ri_str("data")) && a->inum == 0)
		*rest = (struct rest){ a->value, true };
	return 0;
}

int ri_ext_inline(struct ri_extfs *x, const struct ri_extraw *r, struct ri_span *rest,
    struct ri_err *e)
{
	struct rest found = { 0 };

	if (ri_ext_attrs(x, r, false, find_rest, &found, e) < 0)
		return -1;
	if (!found.found)
		return ri_ext_bad(r->ino, "its inline data is not there", e);
	*rest = found.bytes;
	return 0;
}
