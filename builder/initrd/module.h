// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A kernel module's file as what the kernel loads: decompressed. The compression is told by the first bytes, whatever the
 * file is called, as kmod does (libkmod-file.c).
 */
#include "base/buf.h"

#include <stdint.h>

/**
 * Append what the @size bytes of @fd are when decompressed to @out, at most @max bytes. They come out of a guest: to be
 * called in a process of its own (parse/module.h).
 * @return 0; -1 RI_E_GUEST (not gzip, xz or zstd, damaged, cut short, more than one of them), RI_E_BUDGET
 *         (more than @max bytes), RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM; part of it may have been appended.
 */
int ri_initrd_unpack_module(int fd, uint64_t size, uint64_t max, struct ri_buf *out,
    struct ri_err *e) RI_MUST_CHECK;
