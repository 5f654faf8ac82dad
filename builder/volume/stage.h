// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The stage: a private qcow2 overlay over the volume. Nothing else of ramimg ever writes to the
 * volume, and only ri_stage_commit writes the overlay's content to it.
 *
 * One directory a volume (and one a process that only reads it), below the job's stage.dir:
 * "overlay.qcow2", and from the moment that a
 * commit begins until it is over, "commit", the record that says so. A run that finds an overlay
 * without a record removes it: the volume was never touched. One that finds a record completes the
 * commit, which may be repeated: it copies the same clusters to the same places.
 */
#include "volume/volume.h"

struct ri_stage {
	char *dir, *overlay, *record;
	char *handover; /* where the appliance's hand-over disk is until QEMU has it open */
	const struct ri_volume *volume; /* borrowed, locked */
	bool keep;                      /* a commit began: the directory must not be removed */
};

/**
 * Stage @v: complete or remove what an earlier run left, then create the overlay. A @reader has its
 * own stage next to others' and never commits.
 * @return 0; -1 RI_E_IO, RI_E_COMMIT (an earlier commit could still not be completed).
 */
int ri_stage_new(const struct ri_volume *v, const char *stage_dir, bool reader,
    struct ri_stage *out, struct ri_err *e) RI_MUST_CHECK;

/**
 * Complete the commit that an earlier run began on @v.
 * @done says whether there was one.
 * @return 0; -1 RI_E_COMMIT where it failed again: the record stays.
 */
int ri_stage_recover(const struct ri_volume *v, const char *stage_dir, bool *done,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Whether an interrupted commit waits for @v to be recovered.
 * @return 0; -1 RI_E_IO.
 */
int ri_stage_pending(const struct ri_volume *v, const char *stage_dir, bool *pending,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * The same for a volume that is not open, by its ri_volume_id.
 * @return 0; -1 RI_E_IO.
 */
int ri_stage_waiting(const char *id, const char *stage_dir, bool *waiting,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Check the overlay and commit it to the volume (qemu-img commit). Not cancellable.
 * @return 0; -1 with RI_E_IO or RI_E_VERIFY before the first byte is written to the volume, with
 *         RI_E_COMMIT after: then the stage stays for `ramimg recover`.
 */
int ri_stage_commit(struct ri_stage *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * Write the volume as the overlay shows it into a new image @path of @format, under a temporary
 * name until it is whole. The volume is only read.
 * @return 0; -1 RI_E_IO.
 */
int ri_stage_export(const struct ri_stage *s, const char *path, const char *format,
    struct ri_err *e) RI_MUST_CHECK;

/** Remove the overlay (unless a commit began and did not end). */
void ri_stage_discard(struct ri_stage *s);
