// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading one file out of the archive that was appended.
 */
#include "initrd/initrd.h"

/**
 * Append the bytes of the file @member ("ramimg/manifest") of the archive that ri_initrd_append put
 * at the end of @path to @out.
 * @return 0; -1 RI_E_VERIFY (no such archive or member, damaged), RI_E_IO, RI_E_NOMEM.
 */
int ri_initrd_read_member(const char *path, const char *member, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
