// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Decompression of an archive's framing: a run of gzip members (RFC 1952), of Zstandard frames
 * (RFC 8878) or of LZ4 frames, each proven by its own checksum before its end is accepted. docs/format.md
 * has what ramimg writes: parts that are cut out of the file without decompressing them, so that every
 * core can work on one. Archives of gzip and zstd are read too, as a stream, on one core.
 */
#include "format/loader_memory.h"
#include "loader/input.h"

#include <stddef.h>

/* A member or frame, or a stretch of a stream. */
struct ri_unit {
	uint64_t start; /* where it begins in the file, for messages */
	char *packed;   /* RI_UNIT_PACKED bytes */
	size_t packed_n;
	char *content; /* RI_UNIT_CONTENT bytes */
	size_t content_n;
	bool whole; /* a member or frame, of which only packed is there yet */
};

struct ri_decoder {
	const char *name; /* as the manifest writes it */
	/** Make what cutting needs. @return 0; -1 RI_E_NOMEM. */
	int (*open)(void **state, struct ri_err *e);
	/**
	 * The next unit: a whole one to decompress, or content already. Called for one after the
	 * other, never twice at a time. @return 1; 0 where the archive ends as it may; -1
	 * RI_E_VERIFY (damaged), or what ri_input_have gave.
	 */
	int (*next)(void *state, struct ri_input *in, struct ri_unit *u, struct ri_err *e);
	void (*close)(void *state);
	/** Make what decompressing needs, for one thread. @return 0; -1 RI_E_NOMEM. */
	int (*worker_open)(void **worker, struct ri_err *e);
	/** Decompress and prove a whole unit. @return 0; -1 RI_E_VERIFY. */
	int (*decompress)(void *worker, struct ri_unit *u, struct ri_err *e);
	void (*worker_close)(void *worker);
};

extern const struct ri_decoder ri_decoder_gzip, ri_decoder_zstd, ri_decoder_lz4;
