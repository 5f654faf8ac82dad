// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fs/ext_xattr.h"
/*
 * Attributes as listxattr(2) and getxattr(2) show them.
 */
#include "fs/ext_internal.h"

#include "format/posixacl.h"

#include <sys/stat.h>

enum { ACL_VERSION = 1, ACL_VERSION_SHOWN = 2 };
enum { ALL_MAX = 16 << 20 /* of one file: many names may share one large value */ };

static const struct {
	const char *prefix; /* NULL: not shown */
	bool known, acl, plain;
} kinds[] = {
	[1] = { "user.", true, false, true },
	[2] = { RI_ACL_ACCESS, true, true, false },
	[3] = { RI_ACL_DEFAULT, true, true, false },
	[4] = { "trusted.", true, false, false },
	[6] = { "security.", true, false, false },
	[RI_EXT_ATTR_SYSTEM] = { NULL, true, false, false },
};

struct listing {
	struct ri_extfs *x;
	const struct ri_extraw *r;
	struct ri_xattrs *out;
	size_t bytes;
};

/* A value in an inode of its own; that inode's time of access is the value's checksum. */
static int far_value(struct listing *l, const struct ri_extattr *a, struct ri_buf *out,
    struct ri_err *e)
{
	struct ri_extraw *v = &l->x->value;

	if (!ext2fs_has_feature_ea_inode(l->x->fs->super))
		return ri_ext_bad(l->r->ino, "its attributes are damaged", e);
	if (ri_ext_raw(l->x, a->inum, v, e) < 0)
		return -1;
	if (!ri_ext_is(v, S_IFREG) || !ri_ext_flag(v, EXT4_EA_INODE_FL) ||
	    ri_ext_flag(v, EXT4_INLINE_DATA_FL) || ri_ext_size(l->x, v) != a->size)
		return ri_ext_bad(l->r->ino, "an attribute's value is not where it should be", e);
	if (ri_ext_whole(l->x, v, a->size, out, e) < 0)
		return -1;
	if (ext2fs_crc32c_le(l->x->fs->csum_seed, (const unsigned char *)out->p, out->n) !=
	    ext2fs_get_ea_inode_hash((struct ext2_inode *)v->p))
		return ri_ext_bad(l->r->ino, "an attribute's value has a wrong checksum", e);
	return 0;
}

/* On the disk, lines have an id only where they need one. */
static int acl_line(struct ri_span *s, struct ri_buf *out)
{
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} line = { .id = UINT32_MAX };
	size_t n = 4;

	if (s->n < n)
		return -1;
	memcpy(&line, s->p, n);
	if (line.perm > 7)
		return -1;
	switch (line.tag) {
	case 2: /* ACL_USER */
	case 8: /* ACL_GROUP */
		n = 8;
		if (s->n < n)
			return -1;
		memcpy(&line, s->p, n);
		break;
	case 1: /* the owner, the group, the mask, others */
	case 4:
	case 0x10:
	case 0x20:
		break;
	default:
		return -1;
	}
	ri_buf_add(out, &line, sizeof line);
	*s = ri_span_skip(*s, n);
	return 0;
}

static int acl(uint32_t ino, struct ri_span s, struct ri_buf *out, struct ri_err *e)
{
	uint32_t version = 0, shown = ACL_VERSION_SHOWN;

	if (s.n > sizeof version)
		memcpy(&version, s.p, sizeof version);
	if (version != ACL_VERSION)
		return ri_ext_bad(ino, "its ACL is damaged", e);
	ri_buf_add(out, &shown, sizeof shown);
	s = ri_span_skip(s, sizeof version);
	while (s.n > 0)
		if (acl_line(&s, out) < 0)
			return ri_ext_bad(ino, "its ACL is damaged", e);
	return ri_buf_check(out, e);
}

/* Attributes that the kernel lists but does not return, or does not return reliably. */
static bool odd(const struct ri_extraw *r, const struct ri_extattr *a)
{
	bool file = ri_ext_is(r, S_IFREG) || ri_ext_is(r, S_IFDIR);

	if (kinds[a->index].acl)
		return a->name.n != 0 || ri_ext_is(r, S_IFLNK);
	return a->name.n == 0 || (kinds[a->index].plain && !file);
}

static int put(struct listing *l, const struct ri_extattr *a, struct ri_span value,
    struct ri_err *e)
{
	RI_BUF name = { 0 };

	ri_buf_add_str(&name, kinds[a->index].prefix);
	ri_buf_add_span(&name, a->name);
	if (ri_buf_check(&name, e) < 0)
		return -1;
	l->bytes += value.n;
	if (l->bytes > ALL_MAX)
		return ri_ext_bad(l->r->ino, "its attributes are too large", e);
	if (ri_xattrs_find(l->out, name.p))
		return ri_ext_bad(l->r->ino, "it has an attribute twice", e);
	return ri_xattrs_add(l->out, ri_buf_span(&name), value, e);
}

static int attr(void *arg, const struct ri_extattr *a, struct ri_err *e)
{
	struct listing *l = arg;
	struct ri_span value = a->value;
	RI_BUF far = { 0 };
	RI_BUF shown = { 0 };

	if (a->index >= sizeof kinds / sizeof *kinds || !kinds[a->index].known)
		return ri_ext_bad(l->r->ino, "it has an attribute of an unknown kind", e);
	if (!kinds[a->index].prefix)
		return 0;
	if (odd(l->r, a))
		return ri_ext_bad(l->r->ino, "it has an attribute that it cannot have", e);
	if (a->inum != 0) {
		if (far_value(l, a, &far, e) < 0)
			return -1;
		value = ri_buf_span(&far);
	}
	if (kinds[a->index].acl) {
		if (acl(l->r->ino, value, &shown, e) < 0)
			return -1;
		value = ri_buf_span(&shown);
	}
	return put(l, a, value, e);
}

static int by_name(const void *a, const void *b)
{
	const struct ri_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int ri_extfs_xattrs(struct ri_extfs *fs, const struct ri_fs_inode *i, struct ri_xattrs *out,
    struct ri_err *e)
{
	RI_ON_EXIT(ri_xattrs_free) struct ri_xattrs list = { 0 };
	struct listing l = { .x = fs, .r = &fs->raw, .out = &list };

	if (ri_ext_raw(fs, i->ino, &fs->raw, e) < 0 ||
	    ri_ext_attrs(fs, &fs->raw, true, attr, &l, e) < 0)
		return -1;
	if (list.n > 0)
		qsort(list.v, list.n, sizeof *list.v, by_name);
	*out = list;
	list = (struct ri_xattrs){ 0 };
	return 0;
}
