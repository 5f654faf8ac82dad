// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: mounting the guest's file systems as its fstab has them.
 */
#include "guest/guest.h"

/**
 * Mount every file system of @os, and those that the fstab names by PARTUUID, which are added to
 * @os. The mounts and the fstab are recorded in @f; the fstab is read as soon as the root is
 * mounted, as it says which mounts are optional. @l lists the disk's file systems.
 * @return 0; -1 RI_E_UNSUPPORTED, RI_E_GUEST, RI_E_IO, RI_E_CANCELLED, RI_E_NOMEM.
 */
int ri_inspect_mount_all(struct ri_guest *g, const struct ri_guest_fslist *l,
    struct ri_guest_os *os, bool readonly, struct ri_facts *f, struct ri_err *e) RI_MUST_CHECK;
