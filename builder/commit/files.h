// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The files of a commit, in the stage's directory beside the overlay, and what they describe.
 *
 * "commit" is the record, and valid as soon as it has its name; "blocks" the list that it names by digest;
 * "undo" what was there.
 */
#include "commit/record.h"
#include "commit/target.h"
#include "disk/image.h"
#include "volume/stage.h"

#include <stdio.h>

struct ri_commit_files {
	struct ri_stage *stage; /* borrowed */
	struct ri_commit_record record;
	FILE *blocks;
	int undo; /* -1: not kept */
	struct ri_image *overlay;
	struct ri_target *target;
};

#define RI_COMMIT_FILES_INIT(s)                                                                    \
	{                                                                                          \
		.stage = (s), .undo = -1                                                           \
	}

/** Make empty ones. @return 0; -1 RI_E_IO. */
int ri_commit_files_create(struct ri_commit_files *f, bool undo, struct ri_err *e) RI_MUST_CHECK;
/** Have what was written to them on the disk, and the list's digest in the record's struct. */
int ri_commit_files_sync(struct ri_commit_files *f, struct ri_err *e) RI_MUST_CHECK;
/** Write the record: from now on the commit counts as begun. @return 0; -1 RI_E_IO. */
int ri_commit_files_record(const struct ri_commit_files *f, struct ri_err *e) RI_MUST_CHECK;
/**
 * Open those of an earlier run, compared with its record.
 * @return 0; -1 RI_E_COMMIT (of another volume, damaged), RI_E_IO.
 */
int ri_commit_files_open(struct ri_commit_files *f, struct ri_err *e) RI_MUST_CHECK;
/** The commit is over: remove its record, for good. @return 0; -1 RI_E_IO. */
int ri_commit_files_forget(const struct ri_stage *s, struct ri_err *e) RI_MUST_CHECK;
void ri_commit_files_close(struct ri_commit_files *f);
