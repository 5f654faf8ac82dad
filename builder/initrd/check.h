// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Whether an initrd is one that ramimg can extend.
 */
#include "initrd/initrd.h"

/**
 * Whether the @size bytes of @fd are a whole initramfs made by a generator that ramimg extends. All of it is
 * decompressed and walked, with limits on sizes and entries, since it comes out of a guest: to be
 * called in a process of its own (parse/initrd.h).
 * @return 0; -1 RI_E_GUEST (empty, damaged, cut short), RI_E_UNSUPPORTED (made by another generator,
 * named where known), RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_initrd_check(int fd, uint64_t size, struct ri_initrd_info *out,
    struct ri_err *e) RI_MUST_CHECK;
