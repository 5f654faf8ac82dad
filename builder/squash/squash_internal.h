// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An image that is being written.
 */
#include "squash/image_file.h"
#include "squash/owners.h"
#include "squash/squash.h"
#include "squash/tree.h"

#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/compressor.h>
#include <sqfs/frag_table.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>

struct ri_squash {
	struct ri_image_file file;
	sqfs_super_t super;
	uint32_t block_size;
	sqfs_compressor_t *codec, *back;
	sqfs_frag_table_t *fragments;
	sqfs_block_writer_t *writer;
	sqfs_block_processor_t *processor;
	sqfs_xattr_writer_t *xattrs;
	struct ri_sq_owners owners;
	struct ri_sq_tree tree;
	bool file_open;  /* data of the entry added last may come */
	uint64_t blocks; /* of all files */
	struct ri_squash_result r;
};

/** The tables behind all data: inodes, directories, fragments, ids, attributes, and the head. @return 0; -1. */
int ri_squash_tables(struct ri_squash *s, struct ri_err *e) RI_MUST_CHECK;
