#pragma once
/*
 * Decompression of an archive's framing: a run of gzip members (RFC 1952) or of Zstandard frames
 * (RFC 8878), each proven by its own checksum before its end is accepted. docs/format.md has what
 * ramimg writes; archives of other programs are read too.
 */
#include "loader/input.h"

#include <stdbool.h>
#include <stddef.h>

struct ri_decoder {
	const char *name; /* as the manifest writes it */
	/** Make the state. @return 0; -1 RI_E_NOMEM. */
	int (*open)(void **state, struct ri_err *e);
	/**
	 * Fill @out with the next bytes of content; *@n is less than @cap only where the archive
	 * ends. @return 0; -1 RI_E_VERIFY (damaged), or what ri_input_have gave.
	 */
	int (*decode)(void *state, struct ri_input *in, char *out, size_t cap, size_t *n,
	    struct ri_err *e);
	void (*close)(void *state);
};

extern const struct ri_decoder ri_decoder_gzip, ri_decoder_zstd;

/** The decoder that the manifest names. @return NULL when there is none of that name. */
const struct ri_decoder *ri_decoder_find(const char *name);
