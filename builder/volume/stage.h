// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The stage: a private qcow2 overlay over the volume. Nothing else of ramimg ever writes to the
 * volume, and only a commit (commit/commit.h) writes what it holds to it.
 *
 * One directory a volume (and one a process that only reads it), below the job's stage.dir:
 * "overlay.qcow2", and from the moment that a commit begins until it is over, "commit", the record
 * that says so. A run that finds an overlay without a record removes it: the volume was never
 * touched.
 */
#include "host/dir.h"
#include "volume/output.h"
#include "volume/volume.h"

/* The names in it that others need; "overlay.qcow2" is opened by path, by programs. */
#define RI_STAGE_RECORD "commit"
#define RI_STAGE_HANDOVER "handover.raw"

struct ri_stage {
	struct ri_dir below; /* stage.dir */
	struct ri_dir at;    /* its own directory */
	char *dir, *overlay, *record;
	char *handover; /* where the appliance's hand-over disk is until QEMU has it open */
	const struct ri_volume *volume; /* borrowed, locked */
	bool keep;                      /* a commit began: the directory must not be removed */
};

/**
 * Stage @v: remove what an earlier run left, then create the overlay. A @reader has its own stage
 * next to others' and never commits. A stage_dir that others could change is refused (ri_dir_open).
 * @return 0; -1 RI_E_IO, RI_E_COMMIT (a record of an interrupted commit is there).
 */
int ri_stage_new(const struct ri_volume *v, const char *stage_dir, bool reader,
    struct ri_stage *out, struct ri_err *e) RI_MUST_CHECK;

/** Make the overlay anew: it shows the volume as it is again. @return 0; -1 RI_E_IO, RI_E_NOMEM. */
int ri_stage_renew(const struct ri_stage *s, struct ri_err *e) RI_MUST_CHECK;

/**
 * The stage in which an earlier run recorded a commit to @v; @found says whether there is one. It
 * keeps its files until s->keep is taken back.
 * @return 0, and the caller ends it with ri_stage_discard; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_stage_find(const struct ri_volume *v, const char *stage_dir, struct ri_stage *out,
    bool *found, struct ri_err *e) RI_MUST_CHECK;

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
 * Refuse if an interrupted commit to @v waits in @old_dir (or NULL), where an earlier version of ramimg staged
 * and @stage_dir is today.
 * @return 0; -1 RI_E_COMMIT, RI_E_NOMEM; RI_E_IO: for want of memory or descriptors (volume/lack.h).
 */
int ri_stage_check_old(const struct ri_volume *v, const char *old_dir, const char *stage_dir,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Write the volume as the overlay shows it into a new image where @to says, under a temporary name
 * until it is whole, compressed as @to says if it is a qcow2. The volume is only read.
 * @return 0; -1 RI_E_IO; as ri_output_again.
 */
int ri_stage_export(const struct ri_stage *s, const struct ri_output *to,
    struct ri_err *e) RI_MUST_CHECK;

/** Remove the overlay (unless a commit began and did not end). */
void ri_stage_discard(struct ri_stage *s);
