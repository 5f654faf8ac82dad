// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The file of --output, which may take another one's place: that one must be nobody's.
 */
#include "volume/volume.h"

#include <sys/types.h>

/** Where an image is to be written. Initialise with RI_OUTPUT_INIT. */
struct ri_output {
	const char *path;   /* borrowed */
	const char *format; /* as its name says */
	const char *
	    compress; /* how a qcow2 is compressed: "zstd", "zlib"; NULL: not; borrowed, set by the caller */
	struct ri_volume old; /* what is there and will be replaced, locked; fd -1: nothing */
	mode_t mode;          /* of the file that is made */
	uid_t uid;
	gid_t gid;
};

#define RI_OUTPUT_INIT                                                                             \
	{                                                                                          \
		.old = RI_VOLUME_INIT                                                              \
	}

/**
 * Check the name @path, and what is there already: nothing, or with @replace a plain file that is
 * writable, nobody's backing file, whose owner can be kept, and that nobody else uses
 * (volume/exclusive.h). It is locked until ri_output_close.
 *
 * @volume, unless NULL, is what will be read: @path must be neither it nor a file that it builds on.
 *
 * @return 0; -1 RI_E_USAGE, RI_E_UNSUPPORTED, RI_E_BUSY, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_output_open(const char *path, bool replace, const struct ri_volume *volume,
    struct ri_output *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Right before a file takes the place: what is there is still what was seen, and still nobody's.
 * @return 0; -1 RI_E_BUSY, RI_E_IO, RI_E_CANCELLED.
 */
int ri_output_again(const struct ri_output *o, struct ri_err *e) RI_MUST_CHECK;

/** Unlock and close. */
void ri_output_close(struct ri_output *o);
