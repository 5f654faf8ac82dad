// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Compression on all cores: the input is cut into pieces of RI_COMP_PIECE bytes, each compressed
 * separately into a gzip member, a zstd frame or an LZ4 frame and written in order. The bytes that come out
 * depend on the input, the kind and the level only, not on the number of threads or on how the
 * input arrived.
 */
#include "format/manifest.h"

/** Input bytes of every piece but the last. */
#define RI_COMP_PIECE ((size_t)1 << 20)
/** What threads = 0 gives at most: all their memory is 36 MiB at zstd's level 3 (measured), 126 at 9,
 * 163 at 19, and 40 with gzip. */
#define RI_COMP_THREADS_AUTO 8
#define RI_COMP_THREADS_MAX 64

/** One compression format, called by one thread at a time for each context. */
struct ri_compressor {
	const char *name;
	int level_min, level_max;
	size_t bound; /* output bytes of a piece at most */
	/** A context for @level. @return NULL when out of memory. */
	void *(*open)(int level);
	/**
	 * Compress @in into @out, which holds bound bytes.
	 * @return the length; 0 with *@why (a fixed string) on failure.
	 */
	size_t (*piece)(void *ctx, struct ri_span in, unsigned char *out, const char **why);
	/**
	 * Put @in, of 256 to 65535 bytes, uncompressed into a member or frame, whose length follows from that
	 * of @in and in which @in is followed by the trailer only. @return as piece.
	 */
	size_t (*store)(void *ctx, struct ri_span in, unsigned char *out, const char **why);
	void (*close)(void *ctx);
};

extern const struct ri_compressor ri_compressor_gzip, ri_compressor_zstd, ri_compressor_lz4;

/** How many threads compress where @asked are asked for; 0: one for each CPU that this process may use, at most
 * RI_COMP_THREADS_AUTO. */
unsigned ri_compress_threads(unsigned asked);

struct ri_comp;

struct ri_compress_result {
	uint64_t in_bytes, out_bytes;
	char sha256[RI_SHA256_HEX + 1]; /* of the output */
};

/**
 * Start the threads (0: one per CPU that this process may use, at most RI_COMP_THREADS_AUTO);
 * output goes to @fd, not closed, from its position on.
 * @return 0; -1 RI_E_CONFIG (level), RI_E_NOMEM, RI_E_IO.
 */
int ri_compress_new(enum ri_compression kind, int level, unsigned threads, int fd,
    struct ri_comp **out, struct ri_err *e) RI_MUST_CHECK;
/**
 * Before any input: let no more than @bytes come out; beyond, it fails with RI_E_BUDGET. The sentence
 * says that it grows beyond what @whose ("this file system has free"), which must live as long as @c.
 */
void ri_compress_limit(struct ri_comp *c, uint64_t bytes, const char *whose);
/**
 * Add input. Waits while the pool is full. An earlier failure of any thread (ENOSPC on @fd) comes
 * out here or in ri_compress_finish.
 */
int ri_compress_write(struct ri_comp *c, const void *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/**
 * Compress the rest of the input so far, which makes its last piece a short one, and wait for all of it to be
 * written. @sha256: of all output so far. @return 0; -1 as ri_compress_write.
 */
int ri_compress_settle(struct ri_comp *c, char sha256[RI_SHA256_HEX + 1],
    struct ri_err *e) RI_MUST_CHECK;
/**
 * After ri_compress_settle: @n bytes, 256 to 65535, as an uncompressed piece of their own, which is the last.
 * @return 0; -1 as ri_compress_write.
 */
int ri_compress_store(struct ri_comp *c, const void *p, size_t n, struct ri_err *e) RI_MUST_CHECK;
/** Bytes given to @c so far; for the thread that gives them. */
uint64_t ri_compress_in_bytes(const struct ri_comp *c);
/** Compress the rest, wait for all of it to be written, and tell what was made. */
int ri_compress_finish(struct ri_comp *c, struct ri_compress_result *out,
    struct ri_err *e) RI_MUST_CHECK;
/** End the threads, whatever they do, and release *@c; for RI_ON_EXIT. NULL is fine. */
void ri_compress_freep(struct ri_comp **c);
