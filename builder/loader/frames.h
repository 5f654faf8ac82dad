#pragma once
/*
 * The archive's content in order, decompressed by a thread of its own while the caller works on
 * what came before. Memory is bounded: RI_FRAMES_SLOTS pieces and the codec's own.
 */
#include "base/buf.h"

#include <stdint.h>

#define RI_FRAMES_SLOTS 8
#define RI_FRAMES_PIECE (1 << 20)
/* What the loader takes beside the tree it writes: the pieces, the input, a zstd window of 8 MiB
 * and libarchive's buffers, rounded up; it is part of the RAM that a boot must have. */
#define RI_LOADER_BYTES (24u << 20)

struct ri_frames;

/**
 * Begin to decompress the first @bytes of @fd, which stays the caller's and must be that long.
 * @compression is the manifest's word. @return 0 and the reader in *@out, for ri_frames_close;
 * -1 RI_E_UNSUPPORTED (no such compression), RI_E_NOMEM, RI_E_IO.
 */
int ri_frames_open(int fd, uint64_t bytes, const char *compression, struct ri_frames **out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * The next piece of content, valid until the next call; empty where the archive ended as it must.
 * @return 0; -1 RI_E_VERIFY (damaged or cut off), RI_E_IO, RI_E_NOMEM.
 */
int ri_frames_next(struct ri_frames *f, struct ri_span *piece, struct ri_err *e) RI_MUST_CHECK;
/** Stop the thread, wherever it is, and release everything. */
void ri_frames_close(struct ri_frames **f);
