// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The table of an image's owners and groups: inodes have indices of 16 bits into it, the ids are of 32. libsquashfs looks
 * through the whole of it for each id, so that what it said is kept here.
 */
#include "base/err.h"

#include <sqfs/id_table.h>
#include <stdint.h>

/** Zero-initialise it. */
struct ri_sq_owners {
	sqfs_id_table_t *table;
	void *known; /* tsearch(3) */
	unsigned n;
};

/** @return 0; -1 RI_E_NOMEM. */
int ri_sq_owners_init(struct ri_sq_owners *o, struct ri_err *e) RI_MUST_CHECK;
/** The index of @id. @return 0; -1 RI_E_GUEST (no id of 32 bits, one more than the table holds), RI_E_NOMEM. */
int ri_sq_owners_index(struct ri_sq_owners *o, int64_t id, uint16_t *out,
    struct ri_err *e) RI_MUST_CHECK;
void ri_sq_owners_free(struct ri_sq_owners *o);
