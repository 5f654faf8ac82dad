// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * The name of a file with holes, in the tar headers that libarchive made for it. If the name is not
 * UTF-8 and longer than a ustar header allows, libarchive 3.6.2 writes what it made for that header
 * into the record GNU.sparse.name, by which every reader unpacks the file: under a name cut short.
 */
#include "base/buf.h"

/**
 * Append @headers (a pax header, its records, and whatever follows) to @out, with @name in the
 * record GNU.sparse.name. @return 0; -1 RI_E_GUEST if they are not such headers, RI_E_NOMEM.
 */
int ri_pack_sparsename(struct ri_span headers, const char *name, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
