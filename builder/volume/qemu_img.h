// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What qemu-img says of an image file.
 */
#include "volume/volume.h"

/**
 * Check the image @v, of the format that was said (never probed): qemu-img can open it, sees as many files
 * below it as v->below has, and finds it undamaged. It can open no others.
 * @size becomes the size of the disk inside.
 * @return 0; -1 RI_E_UNSUPPORTED (wrong format, damaged, chain), RI_E_IO.
 */
int ri_qemu_img_check(const struct ri_volume *v, uint64_t *size, struct ri_err *e) RI_MUST_CHECK;
