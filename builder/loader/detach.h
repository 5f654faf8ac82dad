// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Taking a block device out of the running kernel.
 */
#include "loader/blockdev.h"

/**
 * Take @disk out of the kernel, by the way its bus has for that, and see that it is gone.
 * @return 0; -1 RI_E_UNSUPPORTED (no way known), RI_E_IO.
 */
int ri_block_detach(const struct ri_release_paths *p, const char *disk,
    struct ri_err *e) RI_MUST_CHECK;
