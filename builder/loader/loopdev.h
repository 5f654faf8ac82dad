// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A loop device on a file in RAM (loop(4)).
 */
#include "base/err.h"

#include <stdint.h>

/**
 * Attach the first @bytes of the file @fd, read-only, to a free loop device of the kernel's device directory @dev. It is
 * detached by itself once nobody has it open or mounted.
 * @return 0, the device's path in @path and it, opened, in *@out; -1 RI_E_IO: no loop device is free, or there are none.
 */
int ri_loop_attach(const char *dev, int fd, uint64_t bytes, char *path, size_t size, int *out,
    struct ri_err *e) RI_MUST_CHECK;
