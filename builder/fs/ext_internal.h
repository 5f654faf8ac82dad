// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files of the ext reader share.
 *
 * libext2fs opens the file system and reads superblock, group descriptors and inodes, and it knows
 * the checksum of everything. What belongs to an inode (extents, block maps, directories,
 * attributes) is walked here, with every number checked first. Structures are read as stored on the
 * disk, so this is for little endian machines.
 */
#include "fs/ext.h"

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "ext structures are little endian");

enum { RI_EXT_DEPTH_MAX = 5 /* of an extent tree, as the kernel has it */ };

/** The image as libext2fs's io_channel sees it. */
struct ri_extdisk {
	struct ri_image *image;
	struct ri_err err; /* why a read failed, if the image was to blame */
	struct ri_extwindow *windows;
};

/** An inode as stored on the disk: s_inode_size bytes, followed by zeros if that is less. */
struct ri_extraw {
	uint32_t ino; /* 0: nothing read yet */
	struct ext2_inode_large *p;
};

struct ri_extfs {
	ext2_filsys fs;
	struct ri_extdisk disk;
	struct ri_extraw raw,
	    value;   /* the last one asked for, and one that holds an attribute's value */
	char *node;  /* RI_EXT_DEPTH_MAX blocks: one for each level of a tree */
	char *block; /* a directory's or an attributes' */
	char *piece; /* of data */
	uint64_t size, avail;
};

/** libext2fs's view of @d. */
errcode_t ri_extdisk_open(struct ri_extdisk *d, ext2_filsys *fs);
void ri_extdisk_free(struct ri_extdisk *d);

/**
 * Whether everything in the superblock is supported; the image has @bytes. @return 0; -1
 * RI_E_UNSUPPORTED.
 */
int ri_ext_super(const struct ext2_super_block *s, uint64_t bytes, struct ri_err *e) RI_MUST_CHECK;

/**
 * Turn a failure of libext2fs into ours: the image's own error if there was one, else
 * RI_E_UNSUPPORTED.
 * @return always -1.
 */
int ri_ext_lib(struct ri_extfs *x, uint32_t ino, const char *what, errcode_t rc, struct ri_err *e);
/** RI_E_UNSUPPORTED about an inode that neither libext2fs nor this reader understands. */
int ri_ext_bad(uint32_t ino, const char *what, struct ri_err *e);

/**
 * Read inode @ino into @r, unless it is there already; one that is in use and of a kind we read.
 */
int ri_ext_raw(struct ri_extfs *x, uint32_t ino, struct ri_extraw *r,
    struct ri_err *e) RI_MUST_CHECK;
uint64_t ri_ext_size(const struct ri_extfs *x, const struct ri_extraw *r);
/**
 * The bytes of the inode after its fields, which may contain attributes; empty for 128-byte inodes.
 */
struct ri_span ri_ext_spare(const struct ri_extfs *x, const struct ri_extraw *r);

static inline bool ri_ext_is(const struct ri_extraw *r, uint32_t type)
{
	return (r->p->i_mode & 0170000u) == type;
}

static inline bool ri_ext_flag(const struct ri_extraw *r, uint32_t flag)
{
	return (r->p->i_flags & flag) != 0;
}

/** Whether @n blocks from @block on are blocks of the file system. */
bool ri_ext_within(const struct ri_extfs *x, uint64_t block, uint64_t n);
/** One block, through the cache. */
int ri_ext_block(struct ri_extfs *x, uint32_t ino, uint64_t block, char *to,
    struct ri_err *e) RI_MUST_CHECK;

/** @n blocks of a file from its block @at on, which are on the disk from @block on. */
struct ri_extrun {
	uint64_t at, block, n;
};
typedef int ri_ext_run_fn(void *arg, const struct ri_extrun *r, struct ri_err *e);
/**
 * What of the first @blocks blocks of the inode is on the disk, in order, as few runs as possible.
 * @return 0; -1; or what @fn returned if that is not 0.
 */
int ri_ext_map(struct ri_extfs *x, const struct ri_extraw *r, uint64_t blocks, ri_ext_run_fn *fn,
    void *arg, struct ri_err *e) RI_MUST_CHECK;
/** All @n bytes of an inode that has no holes. */
int ri_ext_whole(struct ri_extfs *x, const struct ri_extraw *r, uint64_t n, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;

/** An attribute: its value, or the inode that holds it. */
struct ri_extattr {
	uint8_t index;
	struct ri_span name, value;
	uint32_t inum, size;
};
typedef int ri_ext_attr_fn(void *arg, const struct ri_extattr *a, struct ri_err *e);
/** Those in the inode, then (@block too) those in its attribute block. */
int ri_ext_attrs(struct ri_extfs *x, const struct ri_extraw *r, bool block, ri_ext_attr_fn *fn,
    void *arg, struct ri_err *e) RI_MUST_CHECK;
#define RI_EXT_ATTR_SYSTEM 7
/** The rest of inline data, after the 60 bytes of i_block. */
int ri_ext_inline(struct ri_extfs *x, const struct ri_extraw *r, struct ri_span *rest,
    struct ri_err *e) RI_MUST_CHECK;
