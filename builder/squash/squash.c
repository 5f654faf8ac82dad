// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "squash/squash.h"
#include "squash/codec.h"
#include "squash/squash_internal.h"

#include <sqfs/error.h>
#include <sys/stat.h>

/*
 * Blocks under way for each thread. The ends of files are blocks as well, of which several make one that is compressed,
 * and they leave in the order in which they came: with few, the threads wait. In all no more than so many bytes, but
 * enough for each thread to have something to do.
 */
#define BACKLOG 48u
#define BACKLOG_BYTES ((uint64_t)64 << 20)
#define BACKLOG_LEAST 4u
/* The kernel's new_encode_dev (include/linux/kdev_t.h) in 32 bits. */
#define MAJOR_MAX 0xfffu
#define MINOR_MAX 0xfffffu

static uint32_t backlog(const struct ri_squash_opts *o)
{
	uint64_t n = BACKLOG_BYTES / o->block_size;

	n = n < BACKLOG * o->threads ? n : BACKLOG * o->threads;
	return (uint32_t)(n > BACKLOG_LEAST * o->threads ? n : BACKLOG_LEAST * o->threads);
}

static int begin_blocks(struct ri_squash *s, const struct ri_squash_opts *o, struct ri_err *e)
{
	const sqfs_block_processor_desc_t how = {
		.size = sizeof how,
		.max_block_size = o->block_size,
		.num_workers = o->threads,
		.max_backlog = backlog(o),
		.cmp = s->codec,
		.wr = s->writer,
		.tbl = s->fragments,
		/* With these it compares what has the same hash, of 32 bits, which any guest can make. */
		.file = &s->file.base,
		.uncmp = s->back,
	};
	int rc = sqfs_block_processor_create_ex(&how, &s->processor);

	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "starting its threads", e);
}

/* The head, to be written again when its figures are known, and what the kernel must know of the compressor. */
static int write_head(struct ri_squash *s, struct ri_err *e)
{
	int rc = sqfs_super_write(&s->super, &s->file.base);

	if (rc == 0)
		rc = s->codec->write_options(s->codec, &s->file.base);
	if (rc > 0)
		s->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
	return rc >= 0 ? 0 : ri_image_file_fail(&s->file, rc, "the head of the image", e);
}

static int begin(struct ri_squash *s, const struct ri_squash_opts *o, struct ri_err *e)
{
	if (ri_codec_new(o, false, &s->codec, e) < 0 || ri_codec_new(o, true, &s->back, e) < 0 ||
	    ri_sq_owners_init(&s->owners, e) < 0 || write_head(s, e) < 0)
		return -1;
	s->fragments = sqfs_frag_table_create(0);
	s->writer = sqfs_block_writer_create(&s->file.base, RI_SQUASH_ALIGN, 0);
	s->xattrs = sqfs_xattr_writer_create(0);
	if (!s->fragments || !s->writer || !s->xattrs)
		return ri_nomem(e);
	return begin_blocks(s, o, e);
}

int ri_squash_new(int fd, const struct ri_squash_opts *o, struct ri_squash **out, struct ri_err *e)
{
	RI_ON_EXIT(ri_squash_freep) struct ri_squash *s = calloc(1, sizeof *s);

	if (!s)
		return ri_nomem(e);
	s->block_size = o->block_size;
	if (ri_codec_super(o, &s->super, e) < 0 ||
	    ri_image_file_init(&s->file, fd, o->room, o->room_is, e) < 0 || begin(s, o, e) < 0)
		return -1;
	*out = ri_steal(s);
	return 0;
}

void ri_squash_freep(struct ri_squash **sp)
{
	struct ri_squash *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	/* Destroyed with blocks under way, it loses their memory; and they have pointers into the tree. */
	s->file.drops = true;
	if (s->processor && sqfs_block_processor_sync(s->processor) == 0)
		s->file_open = false;
	sqfs_destroy(s->processor);
	sqfs_destroy(s->writer);
	sqfs_destroy(s->xattrs);
	sqfs_destroy(s->fragments);
	sqfs_destroy(s->back);
	sqfs_destroy(s->codec);
	ri_sq_owners_free(&s->owners);
	ri_sq_tree_free(&s->tree);
	free(s);
}

static int end_file(struct ri_squash *s, struct ri_err *e)
{
	int rc = s->file_open ? sqfs_block_processor_end_file(s->processor) : 0;

	s->file_open = false;
	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "compressing", e);
}

static int begin_file(struct ri_squash *s, struct ri_sq_node *node, uint64_t size, struct ri_err *e)
{
	uint64_t blocks = size / s->block_size + (size % s->block_size != 0);
	int rc;

	if (blocks > RI_SQUASH_BLOCKS_MAX - s->blocks)
		return ri_fail(e, RI_E_BUDGET, 0,
		    "with %s the files have more than %llu blocks of %u bytes, holes included, which is "
		    "the most that an image may have",
		    node->name, (unsigned long long)RI_SQUASH_BLOCKS_MAX, s->block_size);
	s->blocks += blocks;
	rc = sqfs_block_processor_begin_file(s->processor, &node->inode, NULL, 0);
	s->file_open = rc == 0;
	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "compressing", e);
}

static sqfs_inode_generic_t *make_inode(unsigned type, size_t payload)
{
	sqfs_inode_generic_t *made = calloc(1, sizeof *made + payload);

	if (made) {
		made->base.type = (sqfs_u16)type;
		made->payload_bytes_available = made->payload_bytes_used = (sqfs_u32)payload;
	}
	return made;
}

static int make_symlink(struct ri_sq_node *node, const char *target, struct ri_err *e)
{
	size_t n = target ? strlen(target) : 0;

	if (n == 0 || n > RI_SQUASH_TARGET_MAX)
		return ri_fail(e, RI_E_GUEST, 0,
		    "a symbolic link with a target of %zu bytes, where %u are the most", n,
		    RI_SQUASH_TARGET_MAX);
	node->inode = make_inode(SQFS_INODE_SLINK, n);
	if (!node->inode)
		return ri_nomem(e);
	node->inode->data.slink.target_size = (sqfs_u32)n;
	memcpy(node->inode->extra, target, n);
	return 0;
}

static int make_device(struct ri_sq_node *node, const struct ri_squash_entry *in, struct ri_err *e)
{
	unsigned long major = in->rdev_major, minor = in->rdev_minor;

	if (major > MAJOR_MAX || minor > MINOR_MAX)
		return ri_fail(e, RI_E_GUEST, 0, "a device node with the numbers %lu:%lu", major,
		    minor);
	node->inode = make_inode(S_ISCHR(in->mode) ? SQFS_INODE_CDEV : SQFS_INODE_BDEV, 0);
	if (!node->inode)
		return ri_nomem(e);
	node->inode->data.dev.devno =
	    (sqfs_u32)((minor & 0xff) | major << 8 | (minor & ~0xfful) << 12);
	return 0;
}

/* What is of its type alone. */
static int fill(struct ri_squash *s, struct ri_sq_node *node, const struct ri_squash_entry *in,
    struct ri_err *e)
{
	switch (in->mode & S_IFMT) {
	case S_IFREG:
		return begin_file(s, node, in->size, e);
	case S_IFDIR:
		return 0; /* once its list is written */
	case S_IFLNK:
		return make_symlink(node, in->target, e);
	case S_IFCHR:
	case S_IFBLK:
		return make_device(node, in, e);
	case S_IFIFO:
		node->inode = make_inode(SQFS_INODE_FIFO, 0);
		return node->inode ? 0 : ri_nomem(e);
	default:
		return ri_fail(e, RI_E_GUEST, 0, "an inode of the unknown type 0%o",
		    in->mode & S_IFMT);
	}
}

/* fs/squashfs/xattr.c knows no others. */
static bool can_be_stored(const char *name)
{
	static const char *const kinds[] = { "user.", "trusted.", "security." };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(name, kinds[i], strlen(kinds[i])) == 0 && name[strlen(kinds[i])])
			return true;
	return false;
}

static int set_xattrs(struct ri_squash *s, struct ri_sq_node *node, const struct ri_xattrs *all,
    struct ri_err *e)
{
	int rc = sqfs_xattr_writer_begin(s->xattrs, 0);

	for (size_t i = 0; rc == 0 && i < all->n; i++) {
		const struct ri_span value = ri_buf_span(&all->v[i].value);

		if (can_be_stored(all->v[i].name))
			rc = sqfs_xattr_writer_add(s->xattrs, all->v[i].name, value.p, value.n);
		else
			s->r.lost_xattrs++;
	}
	if (rc == 0)
		rc = sqfs_xattr_writer_end(s->xattrs, &node->xattr);
	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "extended attributes", e);
}

static uint32_t clamp(struct ri_squash *s, int64_t time)
{
	if (time >= 0 && time <= UINT32_MAX)
		return (uint32_t)time;
	s->r.clamped_times++;
	return time < 0 ? 0 : UINT32_MAX;
}

static int add_link(struct ri_squash *s, const struct ri_squash_entry *in, struct ri_err *e)
{
	struct ri_sq_node *to, *node;

	if (ri_sq_tree_find(&s->tree, in->link, &to, e) < 0)
		return -1;
	if (!to)
		return ri_fail(e, RI_E_GUEST, 0,
		    "it is a hard link to %s, which did not come before", in->link);
	if (S_ISDIR(to->mode))
		return ri_fail(e, RI_E_GUEST, 0, "it is a hard link to the directory %s", in->link);
	if (ri_sq_tree_add(&s->tree, in->path, to->mode, &node, e) < 0)
		return -1;
	node->real = to->real;
	node->real->names_n++;
	return 0;
}

static int add_inode(struct ri_squash *s, const struct ri_squash_entry *in, struct ri_err *e)
{
	struct ri_sq_node *node;

	if (ri_sq_tree_add(&s->tree, in->path, in->mode, &node, e) < 0 ||
	    ri_sq_owners_index(&s->owners, in->uid, &node->uid, e) < 0 ||
	    ri_sq_owners_index(&s->owners, in->gid, &node->gid, e) < 0)
		return -1;
	node->mtime = clamp(s, in->mtime);
	if (in->xattrs && in->xattrs->n > 0 && set_xattrs(s, node, in->xattrs, e) < 0)
		return -1;
	return fill(s, node, in, e);
}

/* Where the root does not come, or not before what is in it, there is one that belongs to root. */
static int need_root(struct ri_squash *s, struct ri_err *e)
{
	const struct ri_squash_entry root = { .path = ".", .mode = S_IFDIR | 0755 };

	return s->tree.root ? 0 : add_inode(s, &root, e);
}

int ri_squash_add(struct ri_squash *s, const struct ri_squash_entry *in, struct ri_err *e)
{
	if (end_file(s, e) < 0 || (strcmp(in->path, ".") != 0 && need_root(s, e) < 0))
		return -1;
	return in->link ? add_link(s, in, e) : add_inode(s, in, e);
}

int ri_squash_data(void *squash, const void *p, size_t n, struct ri_err *e)
{
	struct ri_squash *s = squash;
	int rc = n > 0 ? sqfs_block_processor_append(s->processor, p, n) : 0;

	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "compressing", e);
}

static int pad(struct ri_squash *s)
{
	static const char zeros[RI_SQUASH_ALIGN];
	size_t behind = s->file.size % RI_SQUASH_ALIGN;

	if (behind == 0)
		return 0;
	return s->file.base.write_at(&s->file.base, s->file.size, zeros, RI_SQUASH_ALIGN - behind);
}

int ri_squash_finish(struct ri_squash *s, struct ri_squash_result *out, struct ri_err *e)
{
	int rc;

	if (end_file(s, e) < 0 || need_root(s, e) < 0)
		return -1;
	rc = sqfs_block_processor_finish(s->processor);
	if (rc != 0)
		return ri_image_file_fail(&s->file, rc, "compressing", e);
	if (ri_squash_tables(s, e) < 0)
		return -1;
	rc = pad(s);
	if (rc != 0)
		return ri_image_file_fail(&s->file, rc, "the end of the image", e);
	s->r.bytes = s->file.size;
	*out = s->r;
	return 0;
}

int ri_squash_trailer(struct ri_squash *s, const void *p, size_t n, struct ri_err *e)
{
	int rc = s->file.base.write_at(&s->file.base, s->file.size, p, n);

	return rc == 0 ? 0 : ri_image_file_fail(&s->file, rc, "what is behind the image", e);
}
