// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether a volume is as a commit left it: each block that the commit is about holds what was there or what
 * was to be, and nothing else has changed.
 */
#include "commit/blocks.h"
#include "commit/target.h"
#include "disk/image.h"

/** What is asked about, all borrowed. */
struct ri_proof {
	struct ri_target *target; /* the volume, of @size bytes */
	uint64_t size;
	FILE *blocks;             /* from its position on */
	struct ri_image *overlay; /* what was to be */
	int undo;                 /* what was there, as ri_scan has it; -1: not kept */
};

struct ri_proven {
	uint64_t as_before; /* blocks that hold what was there */
	uint64_t as_after;  /* that hold what was to be */
	uint64_t torn;      /* that hold sectors of both */
};

/**
 * Read all of it. Progress "proving" is reported.
 * @return 0 with the counts of blocks that change; -1 RI_E_COMMIT with a sentence that says what is not
 *         as it was left, RI_E_IO, RI_E_NOMEM.
 */
int ri_prove(const struct ri_proof *p, struct ri_proven *out, struct ri_err *e) RI_MUST_CHECK;
