// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Before a commit: what it will change, found by comparing the overlay with the volume.
 */
#include "commit/ranges.h"
#include "commit/record.h"
#include "commit/target.h"
#include "disk/image.h"

#include <stdio.h>

struct ri_scan {
	struct ri_target *target;  /* the volume, of @size bytes */
	struct ri_image *overlay;  /* as it shows the disk */
	const struct ri_ranges *r; /* where it has data of its own */
	uint64_t size;
	FILE *blocks; /* written: commit/blocks.h */
	int undo; /* written: what was in the nth changed block, at n * RI_BLOCK; -1: not kept */
};

/**
 * Compare, write down what changes together with the sample (commit/sample.h), and have room for it.
 * Progress "comparing" is reported.
 * @return 0 with the counts in *@out; -1 RI_E_IO, RI_E_BUDGET, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_scan(const struct ri_scan *s, struct ri_commit_record *out, struct ri_err *e) RI_MUST_CHECK;
