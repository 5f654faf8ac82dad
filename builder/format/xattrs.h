// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The extended attributes of an entry as a list that can be sorted and searched.
 */
#include "base/buf.h"

struct archive_entry;

struct ri_xattr {
	char *name;
	struct ri_buf value;
};

struct ri_xattrs {
	struct ri_xattr *v;
	size_t n;
};

/** Add a copy, unless the list already contains that name. @return 0; -1 RI_E_NOMEM. */
int ri_xattrs_add(struct ri_xattrs *x, struct ri_span name, struct ri_span value,
    struct ri_err *e) RI_MUST_CHECK;
/** Add those of @entry. @return 0; -1 RI_E_NOMEM. */
int ri_xattrs_get(struct ri_xattrs *x, struct archive_entry *entry, struct ri_err *e) RI_MUST_CHECK;
/** Replace those of @entry, in the order of their names. @return 0; -1 RI_E_NOMEM. */
int ri_xattrs_set(struct ri_xattrs *x, struct archive_entry *entry, struct ri_err *e) RI_MUST_CHECK;
const struct ri_xattr *ri_xattrs_find(const struct ri_xattrs *x, const char *name);
void ri_xattrs_free(struct ri_xattrs *x);
