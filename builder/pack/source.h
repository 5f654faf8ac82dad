// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where the entries of an archive come from. Sources stand beside each other behind this table:
 * a tar stream out of the appliance (source_tar), later the file system itself.
 *
 * What every source promises, so that the archive is the same whichever gave it:
 *  - A directory comes before what is in it. The root comes as "." or not at all.
 *  - Paths are raw bytes relative to the root, without "./" in front and "/" at the end, without
 *    empty, "." or ".." components. The same holds for hard-link targets, each of which is the path
 *    of an earlier entry.
 *  - Times are floor seconds + nanoseconds (-0.5 s is -1 s and 500,000,000 ns).
 *  - Extended attributes are those that listxattr(2) shows, under their own names. POSIX ACLs come
 *    as system.posix_acl_access and system.posix_acl_default in the kernel's binary form
 *    (include/uapi/linux/posix_acl_xattr.h), numeric ids.
 *  - The end is only told when it is proven to be the end: a stream cut short is an error.
 */
#include "base/buf.h"

#include <stdint.h>

struct archive_entry;
struct ri_source;

/**
 * Bytes of the current entry's file; what lies between blocks is a hole. They may change while they
 * are looked at, where another process has them too: to be copied on, never decided on twice.
 */
struct ri_source_block {
	const void *p; /* valid until the next call into the source */
	size_t n;
	uint64_t offset; /* never decreases, blocks do not overlap */
};

struct ri_source_ops {
	/**
	 * The next entry into *@entry (owned by the source, valid until the next call of next), or
	 * NULL after the last. What was not read of the entry before is skipped.
	 * @return 0; -1 RI_E_IO, RI_E_GUEST, RI_E_CANCELLED.
	 */
	int (*next)(struct ri_source *s, struct archive_entry **entry, struct ri_err *e);
	/**
	 * The next block of the current entry's data.
	 * @return 1 and *@b; 0 after the last; -1 as above.
	 */
	int (*data)(struct ri_source *s, struct ri_source_block *b, struct ri_err *e);
	void (*free)(struct ri_source *s);
};

/** The common first member of every source's structure. */
struct ri_source {
	const struct ri_source_ops *ops;
};

/** Release *@s, for RI_ON_EXIT; NULL is fine. */
static inline void ri_source_freep(struct ri_source **s)
{
	if (*s)
		(*s)->ops->free(*s);
	*s = NULL;
}
