// SPDX-FileCopyrightText: The ramimg authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once
/*
 * A part of inspection: which subvolumes of a btrfs are the root of a Linux. Its snapshots look like it, so that
 * what each one's own fstab says decides.
 */
#include "guest/guest.h"

/**
 * Append to @ids the ids of the subvolumes @l that are roots, where the top-level one is mounted at "/": those whose
 * fstab mounts themselves as /, or else the only one that looks like a root.
 * @return 0; -1 RI_E_UNSUPPORTED: several look like one, and none has such an fstab; as the operations of
 *         guest/guest.h.
 */
int ri_find_subvols(struct ri_guest *g, const char *device, const struct ri_subvols *l,
    struct ri_subvols *roots, struct ri_err *e) RI_MUST_CHECK;

/** Whether there is a root below the directory @top, "" for "/": /etc, /bin, and an /etc/fstab or /etc/hosts. */
int ri_is_root(struct ri_guest *g, const char *top, bool *yes, struct ri_err *e) RI_MUST_CHECK;
