// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the files layout*.c share.
 */
#include "disk/layout.h"

/** A partition as its table describes it. */
struct ri_part {
	int number;
	char uuid[40]; /* as PARTUUID= in an fstab has it; "" where the table gives none */
	char name
	    [112]; /* the same for PARTLABEL=: UTF-8 of the 36 UTF-16 units that a GPT has for it */
	uint64_t at,
	    bytes; /* of an extended one only what the kernel shows of it: its first 1024 */
};

struct ri_parts {
	const char *ptable; /* "msdos" or "gpt"; NULL without a table */
	struct ri_part *v;  /* by number; none: what the table is of has no partitions */
	size_t n;
};

/**
 * Read the partition table of @disk, of which @scratch (disk/scratch.h) gets the places that tell.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_layout_parts(struct ri_image *disk, int scratch, struct ri_parts *out,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Fill in type, uuid and label of @d from its image, in the same way.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_layout_tags(struct ri_blockdev *d, int scratch, struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the logical volumes whose physical volumes are among the devices of @l so far, which are
 * at the offsets @at of @disk (as many as @l has devices).
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_layout_volumes(struct ri_disklayout *l, struct ri_image *disk, int scratch,
    const uint64_t *at, struct ri_err *e) RI_MUST_CHECK;
