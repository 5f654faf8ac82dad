// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A volume's target, by its format.
 */
#include "commit/target.h"
#include "volume/volume.h"

/**
 * The disk inside @v, which is open for writing and borrowed: a raw one is written through its
 * descriptor, another format by a qemu-nbd (disk/qemu_nbd.h). Until it is released no QEMU can open an
 * image file. @dir is a directory of this user's alone.
 * @return 0; -1 RI_E_BUSY, RI_E_IO, RI_E_NOMEM, RI_E_CANCELLED.
 */
int ri_target_open(const struct ri_volume *v, const char *dir, struct ri_target **out,
    struct ri_err *e) RI_MUST_CHECK;
