// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The data of one regular file between source and tar. The tar's header holds the map of holes, so
 * all of a file must have been seen before its header is written: small files wait in memory,
 * others in an unlinked sparse file.
 *
 * What becomes a hole, in units of pages of 4096 bytes (what a tmpfs allocates):
 *  - a page of which the source delivered no byte,
 *  - a run of at least RI_BODY_ZERO_RUN pages that are such or all zeros: the source may not know
 *    the holes of the file system, and zeros cost memory in a tmpfs.
 * The content read back is the same in any case.
 */
#include "pack/source.h"

#define RI_BODY_PAGE 4096u
#define RI_BODY_ZERO_RUN 16u /* pages: 64 KiB */
/** Files up to this length wait in memory. */
#define RI_BODY_IN_MEMORY ((uint64_t)8 << 20)
/** Pieces of data that a map has at most; beyond, the smallest holes are given up. */
#define RI_BODY_EXTENTS_MAX ((size_t)1 << 17)

/** A piece of data: page-aligned, but for the end of the file. */
struct ri_body_extent {
	uint64_t offset, length;
};

/** Called from time to time with how many bytes of the current file have come. */
typedef void ri_body_seen_fn(void *arg, uint64_t bytes);

struct ri_body {
	const char *spool_dir;
	ri_body_seen_fn *seen;
	void *seen_arg;
	int spool;          /* fd, or -1 until needed */
	unsigned char *mem; /* RI_BODY_IN_MEMORY bytes, made when needed */
	/* The current file */
	uint64_t size;
	struct ri_body_extent *ext;
	size_t ext_n, ext_cap, ext_max; /* the last is RI_BODY_EXTENTS_MAX, less in tests */
	/* Pages seen so far, and the run of pages without data at their end. */
	uint64_t pages;
	uint64_t run;       /* its length; its kinds while it is shorter than RI_BODY_ZERO_RUN: */
	uint32_t run_zeros; /* bit i: page i of the run is all zeros, else nothing came */
	uint64_t min_hole;  /* pages; grows when the map gets too long */
	/* The page being put together, at pages * RI_BODY_PAGE. */
	unsigned char page[RI_BODY_PAGE];
	bool page_begun;
};

/** @spool_dir as in ri_pack_opts; must outlive @b. */
void ri_body_init(struct ri_body *b, const char *spool_dir, ri_body_seen_fn *seen, void *seen_arg);
void ri_body_free(struct ri_body *b);

/** Take in the data of the current entry of @src, a file of @size bytes. */
int ri_body_read(struct ri_body *b, struct ri_source *src, uint64_t size,
    struct ri_err *e) RI_MUST_CHECK;
/** Take in @bytes instead. */
int ri_body_set(struct ri_body *b, struct ri_span bytes, struct ri_err *e) RI_MUST_CHECK;
/** Whether the file taken in has holes; its map is b->ext[0..ext_n). */
bool ri_body_sparse(const struct ri_body *b);

typedef int ri_body_put_fn(void *arg, const void *p, size_t n, struct ri_err *e);
/**
 * Give the whole content, zeros for holes, piece by piece to @put (what archive_write_data wants,
 * which drops the holes again).
 */
int ri_body_replay(struct ri_body *b, ri_body_put_fn *put, void *arg,
    struct ri_err *e) RI_MUST_CHECK;
