// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The archive's content in order, decompressed on all cores while the caller works on what came
 * before. Memory is bounded, whatever the number of cores and whatever the archive claims.
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_frames;

struct ri_frames_opts {
	int fd;                  /* stays the caller's, with O_DIRECT set or not */
	uint64_t bytes;          /* length that the file must have */
	const char *compression; /* the manifest's word */
	uint64_t memory;         /* what the loader may take beside the tree, in bytes */
	unsigned cpus;           /* 0: as many as this process may use */
	const char *sha256; /* of the whole file, to be compared at its end; NULL: not wanted */
};

/**
 * Begin to decompress. @return 0 and the reader in *@out, for ri_frames_close; -1
 * RI_E_UNSUPPORTED (no such compression), RI_E_NOMEM, RI_E_IO.
 */
int ri_frames_open(const struct ri_frames_opts *o, struct ri_frames **out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The next piece of content, valid until the next call; empty where the archive ended as it must.
 * What is reported is the first damage in the archive, whichever core met which first.
 * @return 0; -1 RI_E_VERIFY (damaged or cut off), RI_E_IO, RI_E_NOMEM.
 */
int ri_frames_next(struct ri_frames *f, struct ri_span *piece, struct ri_err *e) RI_MUST_CHECK;
/** CPUs that this process may use. */
unsigned ri_usable_cpus(void);
/** Bytes that the units on their way take at most: within the budget. */
uint64_t ri_frames_memory(const struct ri_frames *f);
/** Stop the threads, wherever they are, and release everything. */
void ri_frames_close(struct ri_frames **f);

/** The decoder that the manifest names. @return NULL if there is no decoder of that name. */
const struct ri_decoder *ri_decoder_find(const char *name);
