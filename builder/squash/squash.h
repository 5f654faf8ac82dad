// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Writing a squashfs image (Linux: fs/squashfs, Documentation/filesystems/squashfs.rst) by libsquashfs, the library of
 * squashfs-tools-ng: entries come one after the other, a directory before what is in it, and each file's data after
 * its entry. Blocks are compressed on several threads and written as they come; inodes and directories are kept in
 * memory, some 250 bytes each, and written last. docs/format.md says what is kept.
 */
#include "format/manifest.h"
#include "format/xattrs.h"

/** What the format allows. */
#define RI_SQUASH_BLOCK_MIN 4096u
#define RI_SQUASH_BLOCK_MAX (1u << 20)
#define RI_SQUASH_IDS_MAX 65535u /* different owners and groups */
#define RI_SQUASH_TARGET_MAX                                                                       \
	4095u /* bytes of a symbolic link's target: fs/squashfs/inode.c takes a page */
#define RI_SQUASH_NAME_MAX 255u
/** The image's length is a multiple of this, so that a loop device has all of it. */
#define RI_SQUASH_ALIGN 4096u
/*
 * Blocks that all files have together, holes included: each takes four bytes of memory here and of the kernel's time
 * there. 8 TiB with blocks of 128 KiB.
 */
#define RI_SQUASH_BLOCKS_MAX ((uint64_t)1 << 26)

struct ri_squash_opts {
	enum ri_compression compression;
	int level;           /* gzip: 1..9, zstd: 1..22, lz4: 0 fast, 1 thorough (lz4hc) */
	uint32_t block_size; /* bytes, a power of two */
	unsigned threads;    /* that compress, 1 or more */
	/* The most bytes that may be written, ri_squash_trailer's included; NULL: any number. The sentence says that it
	 * grows beyond what room_is ("this file system has free"), which must live as long as the image is written. */
	const char *room_is;
	uint64_t room;
};

struct ri_squash;

/** An entry; nothing of it is needed after the call. */
struct ri_squash_entry {
	const char *path; /* relative to the root, "etc/fstab"; "." is the root itself */
	/*
	 * The path of an earlier entry which is no directory: this is a further name of it, and all but the path is
	 * ignored. NULL: an inode of its own.
	 */
	const char *link;
	unsigned mode;    /* S_IFMT and permissions */
	int64_t uid, gid; /* of 32 bits */
	int64_t
	    mtime; /* seconds; what 32 bits without a sign do not hold becomes the next that they do */
	unsigned long rdev_major, rdev_minor;
	const char *target; /* of a symbolic link */
	uint64_t size;      /* of a regular file */
	/* Names beginning with user., trusted. or security.; others are left out. NULL: none */
	const struct ri_xattrs *xattrs;
};

struct ri_squash_result {
	uint64_t bytes;         /* of the image, a multiple of RI_SQUASH_ALIGN */
	uint64_t clamped_times; /* inodes whose time did not fit */
	uint64_t lost_xattrs;   /* attributes that were left out */
};

/**
 * Begin an image in @fd, not closed, from its position on; it must be open for reading too, as equal blocks are compared.
 * @return 0; -1 RI_E_CONFIG (level, block size), RI_E_NOMEM, RI_E_IO.
 */
int ri_squash_new(int fd, const struct ri_squash_opts *o, struct ri_squash **out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Add an entry. A regular file's data come next, all of its size.
 * After a failure, here or below, only ri_squash_freep is left.
 * @return 0; -1 RI_E_GUEST (its directory did not come, it came already, a link to a directory, something that the
 * format has no room for), RI_E_BUDGET (blocks), RI_E_IO, RI_E_NOMEM.
 */
int ri_squash_add(struct ri_squash *s, const struct ri_squash_entry *in,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Data of the file added last; zeros for holes: blocks of nothing but zeros take no room. Waits while the threads have
 * enough to do. An earlier failure of theirs comes out here or in ri_squash_finish.
 * @squash: a struct ri_squash. @return 0; -1 RI_E_IO (writing), RI_E_BUDGET (room), RI_E_NOMEM.
 */
int ri_squash_data(void *squash, const void *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** Write the rest and the tables. @return 0; -1 as ri_squash_data. */
int ri_squash_finish(struct ri_squash *s, struct ri_squash_result *out,
    struct ri_err *e) RI_MUST_CHECK;
/** After ri_squash_finish: put @n bytes behind the image, which are not of it. @return 0; -1 RI_E_IO, RI_E_BUDGET. */
int ri_squash_trailer(struct ri_squash *s, const void *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** End the threads and release *@s, finished or not; for RI_ON_EXIT. NULL is fine. */
void ri_squash_freep(struct ri_squash **s);
