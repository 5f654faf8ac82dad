// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A directory's list tells where the inodes of its entries are, and its inode where its list is. So it goes backwards:
 * a directory was made before what is in it, and the one made last has no directory in it.
 */
#include "base/cancel.h"
#include "squash/squash_internal.h"

#include <sqfs/dir_writer.h>
#include <sqfs/meta_writer.h>
#include <sys/stat.h>

/* The fewest bytes of a directory's index for each part of its list, and how many the inode can count. */
#define INDEX_ENTRY 13u
#define INDEX_MAX 65535u

struct tables {
	struct ri_squash *s;
	sqfs_meta_writer_t *inodes, *lists;
	sqfs_dir_writer_t *dir;
};

static void tables_end(struct tables *t)
{
	sqfs_destroy(t->dir);
	sqfs_destroy(t->lists);
	sqfs_destroy(t->inodes);
}

static int failed(const struct tables *t, int rc, struct ri_err *e)
{
	return ri_image_file_fail(&t->s->file, rc, "the tables of the image", e);
}

static int tables_begin(struct tables *t, struct ri_err *e)
{
	sqfs_file_t *file = &t->s->file.base;

	t->inodes = sqfs_meta_writer_create(file, t->s->codec, 0);
	t->lists = sqfs_meta_writer_create(file, t->s->codec, SQFS_META_WRITER_KEEP_IN_MEMORY);
	if (t->lists)
		t->dir = sqfs_dir_writer_create(t->lists, SQFS_DIR_WRITER_CREATE_EXPORT_TABLE);
	return t->inodes && t->dir ? 0 : ri_nomem(e);
}

static void set_names(sqfs_inode_generic_t *inode, uint32_t n)
{
	switch (inode->base.type) {
	case SQFS_INODE_DIR:
		inode->data.dir.nlink = n;
		break;
	case SQFS_INODE_EXT_DIR:
		inode->data.dir_ext.nlink = n;
		break;
	case SQFS_INODE_FILE:
		if (n == 1)
			break; /* the short form has no count */
		sqfs_inode_make_extended(inode);
		inode->data.file_ext.nlink = n;
		break;
	case SQFS_INODE_EXT_FILE:
		inode->data.file_ext.nlink = n;
		break;
	default:
		inode->data.ipc.nlink = n; /* all others, of both forms, have it first */
	}
}

/* @node's inode, with what does not depend on its type. */
static int write_inode(struct tables *t, struct ri_sq_node *node, struct ri_err *e)
{
	sqfs_inode_generic_t *inode = node->inode;
	sqfs_u64 block;
	sqfs_u32 offset;
	int rc = 0;

	inode->base.mode = node->mode;
	inode->base.uid_idx = node->uid;
	inode->base.gid_idx = node->gid;
	inode->base.mod_time = node->mtime;
	inode->base.inode_number = node->number;
	if (!S_ISDIR(node->mode) && node->xattr != RI_SQ_NO_XATTR)
		rc = sqfs_inode_set_xattr_index(inode, node->xattr);
	set_names(inode, S_ISDIR(node->mode) ? node->subdirs_n + 2 : node->names_n);
	sqfs_meta_writer_get_position(t->inodes, &block, &offset);
	node->ref = block << 16 | offset;
	node->is_written = true;
	if (rc == 0)
		rc = sqfs_meta_writer_write_inode(t->inodes, inode);
	free(inode);
	node->inode = NULL;
	return rc == 0 ? 0 : failed(t, rc, e);
}

/* The list of @d, whose entries' inodes are written. */
static int write_list(struct tables *t, const struct ri_sq_node *d, struct ri_sq_node **list,
    struct ri_err *e)
{
	int rc = sqfs_dir_writer_begin(t->dir, 0);

	for (uint32_t i = 0; rc == 0 && i < d->children_n; i++)
		rc = sqfs_dir_writer_add_entry(t->dir, list[i]->name, list[i]->real->number,
		    list[i]->real->ref, list[i]->real->mode);
	if (rc == 0)
		rc = sqfs_dir_writer_end(t->dir);
	return rc == 0 ? 0 : failed(t, rc, e);
}

/* Its own inode, to be written with its parent's other entries. */
static int make_dir_inode(struct tables *t, struct ri_sq_node *d, struct ri_err *e)
{
	/* The root's parent is a number that no inode has, as mksquashfs has it. */
	uint32_t above = d->parent ? d->parent->number : d->number + 1;

	d->inode = sqfs_dir_writer_create_inode(t->dir, 0, d->xattr, above);
	if (!d->inode)
		return ri_nomem(e);
	/* The library counts the parts without a look at the 16 bits there are. A list needs no index. */
	if (d->inode->base.type == SQFS_INODE_EXT_DIR &&
	    d->inode->payload_bytes_used / INDEX_ENTRY > INDEX_MAX) {
		d->inode->data.dir_ext.inodex_count = 0;
		d->inode->payload_bytes_used = 0;
	}
	return 0;
}

static int write_dir(struct tables *t, struct ri_sq_node *d, struct ri_err *e)
{
	RI_FREE struct ri_sq_node **list = ri_sq_tree_list(d);

	if (!list)
		return ri_nomem(e);
	if (ri_cancel_check(e) < 0)
		return -1;
	for (uint32_t i = 0; i < d->children_n; i++)
		if (!list[i]->real->is_written && write_inode(t, list[i]->real, e) < 0)
			return -1;
	return write_list(t, d, list, e) < 0 ? -1 : make_dir_inode(t, d, e);
}

/* In the order in which the inodes are written: a directory's entries stand beside each other. */
static int number(struct ri_squash *s, struct ri_err *e)
{
	uint32_t last = 0;

	for (struct ri_sq_node *d = s->tree.newest; d; d = d->before) {
		RI_FREE struct ri_sq_node **list = NULL;

		if (!S_ISDIR(d->mode))
			continue;
		list = ri_sq_tree_list(d);
		if (!list)
			return ri_nomem(e);
		for (uint32_t i = 0; i < d->children_n; i++)
			if (list[i]->real->number == 0)
				list[i]->real->number = ++last;
	}
	s->tree.root->number = ++last;
	s->super.inode_count = last;
	return 0;
}

static int write_tree(struct tables *t, struct ri_err *e)
{
	struct ri_squash *s = t->s;
	int rc;

	s->super.inode_table_start = s->file.size;
	for (struct ri_sq_node *d = s->tree.newest; d; d = d->before)
		if (S_ISDIR(d->mode) && write_dir(t, d, e) < 0)
			return -1;
	if (write_inode(t, s->tree.root, e) < 0)
		return -1;
	s->super.root_inode_ref = s->tree.root->ref;
	rc = sqfs_meta_writer_flush(t->inodes);
	if (rc == 0)
		rc = sqfs_meta_writer_flush(t->lists);
	s->super.directory_table_start = s->file.size;
	if (rc == 0)
		rc = sqfs_meta_write_write_to_file(t->lists);
	return rc == 0 ? 0 : failed(t, rc, e);
}

int ri_squash_tables(struct ri_squash *s, struct ri_err *e)
{
	RI_ON_EXIT(tables_end) struct tables t = { .s = s };
	sqfs_file_t *file = &s->file.base;
	int rc;

	if (tables_begin(&t, e) < 0 || number(s, e) < 0 || write_tree(&t, e) < 0)
		return -1;
	rc = sqfs_frag_table_write(s->fragments, file, &s->super, s->codec);
	/* By which NFS finds an inode again. */
	if (rc == 0)
		rc = sqfs_dir_writer_write_export_table(t.dir, file, s->codec, s->tree.root->number,
		    s->tree.root->ref, &s->super);
	if (rc == 0)
		rc = sqfs_id_table_write(s->owners.table, file, &s->super, s->codec);
	if (rc == 0)
		rc = sqfs_xattr_writer_flush(s->xattrs, file, &s->super, s->codec);
	s->super.flags &= (sqfs_u16)~SQFS_FLAG_NO_DUPLICATES;
	s->super.bytes_used = s->file.size;
	if (rc == 0)
		rc = sqfs_super_write(&s->super, file);
	return rc == 0 ? 0 : failed(&t, rc, e);
}
