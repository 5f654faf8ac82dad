// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The record of a commit: the file that is there from before the first byte is written to a volume until
 * the commit is over. It says of which volume it is and what the files beside it have to be.
 */
#include "format/manifest.h" /* RI_SHA256_HEX */
#include "volume/volume.h"

struct ri_commit_record {
	uint64_t blocks;                       /* entries in the list of blocks */
	uint64_t changed;                      /* of which the commit changes so many */
	char blocks_sha256[RI_SHA256_HEX + 1]; /* of that file */
	bool undo;                             /* what was there is kept beside it */
};

/** The record's text. @return 0; -1 RI_E_NOMEM. */
int ri_commit_record_text(const struct ri_volume *v, const struct ri_commit_record *r,
    struct ri_buf *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Read it, and compare the volume's name, format and size.
 * @return 0; -1 RI_E_COMMIT: it is of another volume, of another version, or damaged.
 */
int ri_commit_record_parse(struct ri_span text, const struct ri_volume *v,
    struct ri_commit_record *out, struct ri_err *e) RI_MUST_CHECK;
