// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The directory of artifacts. A build makes them in a directory ".new" inside it and moves them up
 * once all is done, so that a failed build leaves the previous one's in place.
 */
#include "host/dir.h"

/** The directory, for ri_artifacts_close. Zero-initialise it. */
struct ri_artifacts {
	struct ri_dir dir;          /* locked; not open where nothing is kept */
	struct ri_dir making;       /* dir/.new, or in @stage */
	const struct ri_dir *stage; /* borrowed: nothing is kept; or NULL */
};

/**
 * Create @dir if need be, lock it, and create an empty ".new" in it.
 * @return 0; -1 RI_E_BUSY: another build has it locked; RI_E_IO: also if others could change what is in it
 *         (ri_dir_open); RI_E_NOMEM.
 */
int ri_artifacts_open(const char *dir, struct ri_artifacts *out, struct ri_err *e) RI_MUST_CHECK;
/**
 * For a build that keeps none of them: they are made in a directory of their own in @stage, which has to outlive *@out.
 * @return 0; -1 RI_E_IO, RI_E_NOMEM.
 */
int ri_artifacts_open_stage(const struct ri_dir *stage, struct ri_artifacts *out,
    struct ri_err *e) RI_MUST_CHECK;
/**
 * Move everything from ".new" into the directory, replacing files of the same name; none is for others to
 * read. What is in a stage stays there.
 * @return 0; -1 RI_E_IO: some may have been moved.
 */
int ri_artifacts_keep(struct ri_artifacts *o, struct ri_err *e) RI_MUST_CHECK;
/** Remove the directory in which they were made with what was not kept, unlock the directory and release the memory. */
void ri_artifacts_close(struct ri_artifacts *o);
