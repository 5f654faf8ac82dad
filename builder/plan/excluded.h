// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What the rules leave out of the archive, for the report: a row for each path that was found before
 * packing (guest/find_excluded.h) and for each rule that dropped entries while packing (pack/pack.h).
 */
#include "base/buf.h"

#include <stdint.h>

struct ri_excluded {
	char *
	    what; /* a path in the guest, ending in "/" where only the directory's contents are meant,
		       or a rule as written */
	uint64_t entries; /* dropped while packing; 0 where they were not even read */
	uint64_t bytes;   /* on the disk; of entries dropped while packing, their files' lengths */
};

struct ri_excluded_list {
	struct ri_excluded *v;
	size_t n;
};

/**
 * Add @entries and @bytes to the row of @what, which is made if it is not there yet.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_excluded_add(struct ri_excluded_list *l, const char *what, uint64_t entries, uint64_t bytes,
    struct ri_err *e) RI_MUST_CHECK;
void ri_excluded_free(struct ri_excluded_list *l);
