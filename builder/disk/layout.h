// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * What is on a disk, read directly: partitions, LVM's logical volumes, and the kind of file system
 * that each contains. Names are those that libguestfs uses for the only disk of an appliance, so
 * that facts from both can be compared and combined.
 *
 * Everything here is hostile input. Whatever is not known for certain (md, dm-crypt, a volume that
 * is not linear, more than the one disk, another partition table than msdos and gpt) is
 * RI_E_UNSUPPORTED with a sentence: the caller then uses the appliance.
 */
#include "disk/devices.h"

/**
 * Read the layout of @disk, which stays in use as long as *@out does. @scratch (disk/scratch.h) is
 * used meanwhile.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_IO, RI_E_NOMEM.
 */
int ri_disklayout_read(struct ri_image *disk, int scratch, struct ri_disklayout *out,
    struct ri_err *e) RI_MUST_CHECK;
