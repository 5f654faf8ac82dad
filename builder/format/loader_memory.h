// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the loader takes beside the root while it unpacks an archive, by the number of CPUs. One sum for the loader itself
 * and for whoever says beforehand how much memory a VM needs (plan/ram_need.h).
 */
#include <stdint.h>

/* What ramimg puts into one gzip member, zstd or LZ4 frame, at most. */
#define RI_UNIT_CONTENT (1 << 20)
/* What that may take when it does not get smaller, by any of them. */
#define RI_UNIT_PACKED (RI_UNIT_CONTENT + (64 << 10))

/** Threads that decompress, and units that are on their way. */
struct ri_loader_size {
	unsigned threads, units;
	uint64_t bytes; /* that they and all else take at most */
};

/**
 * As many threads as @cpus, and two on one: it can decompress while the disk is waited for. Units for what each has at
 * hand and as much in store. Fewer of both where they would take more than @limit bytes, but never fewer than one
 * thread and two units.
 */
struct ri_loader_size ri_loader_size(uint64_t limit, unsigned cpus);

#define RI_IMAGE_PIECE (1 << 20) /* of an image, what has a hash of its own and is read at once */
#define RI_IMAGE_HASH 8 /* bytes of that hash: XXH64 with seed 0, the most significant first */

/**
 * The same of an image, which is copied: as many threads as @cpus, two on one, RI_IMAGE_THREADS at most, each with one
 * piece.
 */
struct ri_loader_size ri_loader_image_size(unsigned cpus);
#define RI_IMAGE_THREADS 16
