// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What qemu-img says of an image file.
 */
#include "base/buf.h"

#include <stdint.h>

/**
 * Check the image @path of @format (never probed), which builds on @below files: qemu-img can open
 * it, sees as many, and finds it undamaged.
 * @size becomes the size of the disk inside.
 * @return 0; -1 RI_E_UNSUPPORTED (wrong format, damaged, chain), RI_E_IO.
 */
int ri_qemu_img_check(const char *path, const char *format, size_t below, uint64_t *size,
    struct ri_err *e) RI_MUST_CHECK;
