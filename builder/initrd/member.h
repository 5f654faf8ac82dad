// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Reading one file out of the archive that was appended.
 */
#include "initrd/initrd.h"

/** The most bytes that a file may have: ramload is the largest. */
#define RI_INITRD_MEMBER_MAX ((uint32_t)64 << 20)

/**
 * Append the bytes of the file @member ("ramimg/manifest") of the archive that ri_initrd_append put
 * at the end of the @size bytes of @fd to @out. They come out of a guest: to be called in a process
 * of its own (parse/initrd.h).
 * @return 0; -1 RI_E_VERIFY (no such archive or member, damaged), RI_E_IO, RI_E_NOMEM.
 */
int ri_initrd_read_member(int fd, uint64_t size, const char *member, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
