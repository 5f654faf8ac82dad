// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * Where the content of an fstab's entry is: on the disk that is built, or not.
 */
#include "os/fstab.h"
#include "os/ondisk.h"

enum ri_place { RI_PLACE_HERE, RI_PLACE_ELSEWHERE, RI_PLACE_NO_DISK, RI_PLACE_UNKNOWN };

/**
 * Find out where the source of @en is, by its name and type (fstab(5), mount(8), the links of udev below
 * /dev/disk). *@fs: what it is if it is HERE, of @disk. *@why: if it is UNKNOWN, what is not known of it, for
 * ri_buf_free.
 * @return 0; -1 RI_E_NOMEM.
 */
int ri_fstab_place(const struct ri_fstab_entry *en, const struct ri_ondisk *disk,
    enum ri_place *place, const struct ri_ondisk_fs **fs, struct ri_buf *why,
    struct ri_err *e) RI_MUST_CHECK;
