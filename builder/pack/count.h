// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is counted of each entry, whatever the form of the archive.
 */
#include "pack/tmpfs_need.h"

struct archive_entry;

/** Figures that grow entry by entry. */
struct ri_pack_counts {
	struct ri_tmpfs_need need;
	/* ACLs that can be said as text are counted as files with one, not as attributes. */
	uint64_t xattr_files, xattrs, acl_files, capability_files;
};

/**
 * Add @from, but for its data. @return 0; -1 RI_E_GUEST (a type that no archive knows, a link without a target),
 * RI_E_NOMEM.
 */
int ri_pack_count(struct archive_entry *from, struct ri_pack_counts *counts,
    struct ri_err *e) RI_MUST_CHECK;
