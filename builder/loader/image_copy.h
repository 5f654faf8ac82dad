// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * An image from the disk into a file in RAM, each MiB proven by its hash before anything looks at it. All CPUs
 * read, hash and write pieces at the same time, past the page cache where the disk's file system allows that: what is
 * read once need not be kept.
 */
#include "loader/tarin.h"

#include "format/loader_memory.h"

struct ri_image_copy {
	int from;       /* the archive, opened to be read; O_DIRECT may be set */
	int to;         /* a file to be written from its beginning; -1: only proven */
	uint64_t bytes; /* length of the archive */
	struct ri_span
	    hashes; /* RI_IMAGE_HASH bytes for each RI_IMAGE_PIECE of it, the last of what is left */
	unsigned threads;
	struct ri_tick tick; /* told from the calling thread how many bytes are done */
};

/**
 * Copy and prove. Any failure of any thread ends all; the first by place is told.
 * @return 0; -1 RI_E_VERIFY (damaged, shorter than its length, a wrong number of hashes), RI_E_IO, RI_E_BUDGET (no room
 * for it), RI_E_NOMEM.
 */
int ri_image_copy(const struct ri_image_copy *c, struct ri_err *e) RI_MUST_CHECK;
