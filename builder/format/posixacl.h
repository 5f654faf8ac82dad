// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * POSIX ACLs between the kernel's extended attribute and libarchive's entry. The attribute
 * (include/uapi/linux/posix_acl_xattr.h): version 2 in 32 bits, then for each line tag and
 * permissions in 16 bits each and the id in 32, all little endian.
 */
#include "base/buf.h"

struct archive_entry;

#define RI_ACL_ACCESS "system.posix_acl_access"
#define RI_ACL_DEFAULT "system.posix_acl_default"

/** The attribute's name says which type: ARCHIVE_ENTRY_ACL_TYPE_ACCESS, _DEFAULT; 0: no ACL. */
int ri_posixacl_type(const char *xattr_name);

/** Whether libarchive can write all its ids as text: it holds them as int and turns those above
 * INT_MAX into 0. */
bool ri_posixacl_speakable(struct ri_span value);

/** Whether the attribute stays one beside an entry's ACLs: it is none, or one that cannot be written as text. */
bool ri_posixacl_stays(const char *xattr_name, struct ri_span value);

/** Add the attribute's lines to @entry. @return 0; -1 RI_E_GUEST (malformed), RI_E_NOMEM. */
int ri_posixacl_to_entry(struct ri_span value, int type, struct archive_entry *entry,
    struct ri_err *e) RI_MUST_CHECK;

/**
 * Append the attribute equivalent to @entry's ACL of @type; nothing if it has none.
 * @return 0; -1 RI_E_GUEST if a line has a name but no number, RI_E_NOMEM.
 */
int ri_posixacl_from_entry(struct archive_entry *entry, int type, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
