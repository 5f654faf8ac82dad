// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A large file at the end of an initrd, in an archive of its own.
 */
#include "base/err.h"

#include <stdint.h>

/* A cpio archive of the kind that the kernel reads has 32 bits for a file's length: this is too long. */
#define RI_INITRD_BROUGHT_MAX ((uint64_t)1 << 32)

/**
 * Append the file @from to the initrd @out, as @path with the mode 0600: zeros as ri_initrd_append has them, and
 * one newc archive with this member alone, copied piece by piece. Its directory has to be in @out. Same input, same
 * bytes. What is there after a failure the caller removes.
 * @return 0; -1 RI_E_BUDGET: it has RI_INITRD_BROUGHT_MAX bytes or more; RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_initrd_bring(const char *out, const char *path, const char *from,
    struct ri_err *e) RI_MUST_CHECK;
