// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The commit: what the stage holds reaches the volume, so that whatever happens meanwhile the volume can be
 * completed or put back.
 *
 * A volume is known by its content. Before its first byte is written, a list of blocks (commit/blocks.h)
 * says of each what is there and what will be, and what is there is kept. The record (commit/record.h) makes
 * that valid; it is removed when all is written. Where a record is found, the blocks are compared first:
 * only where each holds what was there or what was to be is the commit completed or undone.
 */
#include "commit/target.h"
#include "disk/image.h"
#include "volume/stage.h"

/** By what it reads and writes; a test has its own. */
struct ri_commit_io {
	/** As ri_overlay_open (commit/overlay.h). */
	int (*overlay)(const struct ri_stage *s, struct ri_image **out, struct ri_err *e);
	/** As ri_target_open (commit/open_target.h). */
	int (*target)(const struct ri_volume *v, const char *dir, struct ri_target **out,
	    struct ri_err *e);
};
extern const struct ri_commit_io ri_commit_io;

/** How a commit is done. */
struct ri_commit_opts {
	bool undo; /* what is there is kept */
	const struct ri_commit_io *io;
	/** Called once the commit is recorded, before the first byte is written; may be NULL. */
	int (*begin)(void *arg, struct ri_err *e);
	/** Called after begin was, when the record is gone; may be NULL. */
	int (*end)(void *arg, struct ri_err *e);
	void *arg;
};

/**
 * Commit @s to its volume: find what changes, have room for it, keep what is there, record, write, flush,
 * forget the record. Not cancellable once it is recorded.
 * @return 0; -1 with the volume untouched: RI_E_VERIFY, RI_E_IO, RI_E_BUDGET (no room), RI_E_BUSY
 *         (somebody else has the volume, or another file is in its place), RI_E_CANCELLED; or RI_E_COMMIT,
 *         and the stage stays for `ramimg recover`, unless the message says that the volume is done.
 */
int ri_commit(struct ri_stage *s, const struct ri_commit_opts *o, struct ri_err *e) RI_MUST_CHECK;

enum ri_recover_how {
	RI_RECOVER_COMPLETE,
	RI_RECOVER_UNDO,    /* put back what was there */
	RI_RECOVER_DISCARD, /* forget the record, whatever the volume is */
};

struct ri_recovered {
	bool found; /* there was a record */
	/* Blocks that the commit changes; how many of them were written when it was found, and how many
	 * only in part. All 0 after RI_RECOVER_DISCARD. */
	uint64_t blocks, written, torn;
};

/**
 * End the commit to @v that an earlier run began, if there is one.
 * @return 0; -1 RI_E_COMMIT, with the volume as it was where it is not as the commit left it, and the
 *         record stays.
 */
int ri_recover(const struct ri_volume *v, const char *stage_dir, enum ri_recover_how how,
    const struct ri_commit_io *io, struct ri_recovered *out, struct ri_err *e) RI_MUST_CHECK;
