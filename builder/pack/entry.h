// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The entry as stored in the archive, rebuilt from what a source delivered, so that it contains
 * what docs/format.md lists and nothing else, in the same form whatever the source.
 */
#include "base/err.h"

struct archive_entry;

/**
 * Fill the empty @to from @from, whose type is known (ri_pack_count): type, mode, numeric owner, mtime, device numbers,
 * links, extended attributes and ACLs; the size is left to the caller.
 * @return 0; -1 RI_E_GUEST (a malformed ACL), RI_E_NOMEM.
 */
int ri_pack_entry_make(struct archive_entry *from, struct archive_entry *to,
    struct ri_err *e) RI_MUST_CHECK;
