// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * bench_unpack ARCHIVE THREADS: decompress an archive (docs/format.md) to nowhere on that many threads,
 * with the fastest libraries there are, checksums compared; says how many bytes came out. No loader
 * can be faster than this.
 */
#include "base/cleanup.h"

#include <err.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <lz4.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>
#include <zstd.h>

enum {
	UNIT = 1 << 20, /* bytes that a unit decompresses to, at most */
	HEADER = 28,    /* of a gzip member */
	SKIPPED = 24,   /* in front of an LZ4 frame */
	FRAME = 19,     /* of one, in front of its block */
	TRAILER = 8,
	THREADS_MAX = 64
};

struct work {
	const uint8_t *p;
	size_t *at; /* where unit i begins; at[count] is the end */
	size_t count;
	enum { GZIP, ZSTD, LZ4 } kind;
	atomic_size_t next, bytes;
};

static size_t number(const uint8_t *p, size_t bytes)
{
	size_t n = 0;

	while (bytes-- > 0)
		n = n << 8 | p[bytes];
	return n;
}

static size_t unit_length(const struct work *w, const uint8_t *p, size_t left)
{
	size_t n;

	if (w->kind == GZIP)
		n = left < HEADER || memcmp(p + 10, "\x10\0RI\x0c", 6) != 0 ? 0 : number(p + 16, 4);
	else if (w->kind == LZ4)
		n = left < SKIPPED ? 0 : SKIPPED + number(p + 12, 4);
	else
		n = ZSTD_findFrameCompressedSize(p, left);
	if (n == 0 || n > left)
		errx(1, "not an archive of ramimg's at byte %zu", (size_t)(p - w->p));
	return n;
}

static void find_units(struct work *w, size_t size)
{
	size_t room = 0, at = 0;

	for (;;) {
		if (w->count == room) {
			room = room ? 2 * room : 1024;
			w->at = reallocarray(w->at, room, sizeof *w->at);
			if (!w->at)
				err(1, "units");
		}
		w->at[w->count] = at;
		if (at == size)
			return;
		at += unit_length(w, w->p + at, size - at);
		w->count++;
	}
}

static size_t gunzip(const uint8_t *p, size_t n, uint8_t *out)
{
	static _Thread_local struct inflate_state s;

	isal_inflate_init(&s);
	s.crc_flag = ISAL_GZIP;
	s.next_in = (uint8_t *)(uintptr_t)p;
	s.avail_in = (uint32_t)n;
	s.next_out = out;
	s.avail_out = UNIT;
	if (isal_inflate(&s) != ISAL_DECOMP_OK || s.block_state != ISAL_BLOCK_FINISH)
		errx(1, "a gzip member is damaged");
	return s.total_out;
}

static size_t unlz4(const uint8_t *p, size_t n, uint8_t *out)
{
	const uint8_t *frame = p + SKIPPED;
	int block = (int)(n - SKIPPED - FRAME - TRAILER);

	if (XXH64(frame, n - SKIPPED, 0) != number(p + 16, 8))
		errx(1, "an lz4 frame is damaged");
	if (frame[FRAME - 1] & 0x80) {
		memcpy(out, frame + FRAME, (size_t)block);
		return (size_t)block;
	}
	block = LZ4_decompress_safe((const char *)frame + FRAME, (char *)out, block, UNIT);
	if (block < 0)
		errx(1, "an lz4 frame is damaged");
	return (size_t)block;
}

static void *unpack(void *arg)
{
	struct work *w = arg;
	RI_FREE uint8_t *out = malloc(UNIT);
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	size_t i, n;

	if (!out || !zstd)
		err(1, "memory");
	while ((i = atomic_fetch_add(&w->next, 1)) < w->count) {
		n = w->at[i + 1] - w->at[i];
		if (w->kind == GZIP)
			n = gunzip(w->p + w->at[i], n, out);
		else if (w->kind == LZ4)
			n = unlz4(w->p + w->at[i], n, out);
		else
			n = ZSTD_decompressDCtx(zstd, out, UNIT, w->p + w->at[i], n);
		if (ZSTD_isError(n))
			errx(1, "a zstd frame is damaged: %s", ZSTD_getErrorName(n));
		atomic_fetch_add(&w->bytes, n);
	}
	ZSTD_freeDCtx(zstd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct work w = { 0 };
	pthread_t thread[THREADS_MAX];
	int threads = argc == 3 ? atoi(argv[2]) : 0;
	RI_FD int fd =
	    threads > 0 && threads <= THREADS_MAX ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < HEADER)
		errx(2, "usage: bench_unpack ARCHIVE THREADS");
	w.p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (w.p == MAP_FAILED)
		err(1, "%s", argv[1]);
	w.kind = w.p[0] == 0x1f ? GZIP : w.p[0] == 0x50 ? LZ4 : ZSTD;
	find_units(&w, (size_t)st.st_size);
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, unpack, &w) != 0)
			errx(1, "threads");
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%zu\n", w.bytes);
	free(w.at);
	return 0;
}
